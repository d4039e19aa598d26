// kith-train: makes and improves face networks. A program of its own: the only one that needs libtorch.
#include <kith/error.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <opencv2/core.hpp>
#include <string>

#include "train/commands.h"

namespace kith::train {

namespace {

Exit run(int argc, char** argv) {
  CLI::App app("Train face networks: chips -> kith-train pack -> run -> export -> a model for kith");
  app.name("kith-train");
  app.require_subcommand(1);
  Action chosen;
  add_run(app, chosen);
#ifdef KITH_TRAIN_WITH_MODELS
  add_pack(app, chosen);
  add_import(app, chosen);
  add_export(app, chosen);
#endif
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Exit::kDone : Exit::kUsage;
  }
  try {
    return chosen();
  } catch (const Error& error) {
    std::cerr << "kith-train: " << error.what() << '\n';
    return error.code() == ErrorCode::kInvalidArgument ? Exit::kUsage : Exit::kFailed;
  } catch (const std::exception& error) {  // libtorch's and OpenCV's
    const std::string text = error.what();
    std::cerr << "kith-train: " << text.substr(0, text.find('\n')) << '\n';
    return Exit::kFailed;
  }
}

}  // namespace
}  // namespace kith::train

int main(int argc, char** argv) {
  const auto stop = [](int) { kith::train::interrupted = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  cv::setNumThreads(1);  // pictures are small; batches run on threads of their own
  return static_cast<int>(kith::train::run(argc, argv));
}
