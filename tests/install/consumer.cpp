// usage: consumer PICTURE VIDEO: reads them, and asks for a detector that there is not.
#include <kith/error.h>
#include <kith/pipeline.h>

#include <iostream>

int main(int, char** argv) {
  kith::StageOptions options;
  options.detector = "none-such";
  try {
    std::cout << kith::read_image(argv[1]).size() << '\n';
    std::cout << kith::FrameSource::open(argv[2])->next()->image.size() << '\n';
    const kith::Stages stages(options);
  } catch (const kith::Error& e) {
    std::cout << e.what() << '\n';
    return e.code() == kith::ErrorCode::kNotFound ? 0 : 1;
  }
  return 1;
}
