#include "cli/advice.h"

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

TEST(AdviceUnit, TheCommandThatHelps) {
  EXPECT_EQ(with_advice("model \"mtcnn\" is not installed"),
            "model \"mtcnn\" is not installed: kith model install mtcnn");
  EXPECT_EQ(with_advice("x.onnx: has no contract, so its preprocessing is unknown"),
            "x.onnx: has no contract, so its preprocessing is unknown: kith model import x.onnx --contract "
            "FILE.json");
  EXPECT_EQ(with_advice("the embedder has no thresholds"), "the embedder has no thresholds") << "which one?";
  EXPECT_EQ(with_advice("film.mp4: no such file"), "film.mp4: no such file");
}

}  // namespace
}  // namespace kith::cli
