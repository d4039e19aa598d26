#include <kith/error.h>
#include <kith/pipeline.h>

#include <iostream>

int main() {
  kith::StageOptions options;
  options.detector = "none-such";
  try {
    const kith::Stages stages(options);
  } catch (const kith::Error& e) {
    std::cout << e.what() << '\n';
    return e.code() == kith::ErrorCode::kNotFound ? 0 : 1;
  }
  return 1;
}
