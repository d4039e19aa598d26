#include <opencv2/imgproc.hpp>
