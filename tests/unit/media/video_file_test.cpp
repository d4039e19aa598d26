// Video files in and out, on real input.
#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/frame.h>
#include <kith/sink.h>

#include "support/test_data.h"

namespace kith {
namespace {

TEST(VideoFileUnit, SampleVideoHasAllItsFrames) {
  const auto source = FrameSource::open((test::samples() / "gallery.mp4").string());
  EXPECT_EQ(source->info().size, cv::Size(1280, 720));
  EXPECT_DOUBLE_EQ(source->info().fps, 25);
  EXPECT_EQ(source->info().frames, 400);
  std::int64_t frames = 0;
  while (const auto frame = source->next()) {
    ASSERT_FALSE(frame->failure) << *frame->failure;
    ASSERT_EQ(frame->image.size(), cv::Size(1280, 720));
    ASSERT_EQ(frame->index, frames);
    ASSERT_NEAR(frame->time_ms, 40.0 * static_cast<double>(frames), 0.01);
    ++frames;
  }
  EXPECT_EQ(frames, 400);
  EXPECT_FALSE(source->next());
}

}  // namespace
}  // namespace kith
