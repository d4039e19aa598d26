// Breaks a rule a line; tools/check_layers must find every one.
#include <kith/pipeline.h>
#include <sqlite3.h>

#include "../core/files.h"
#include "face/nms.h"
