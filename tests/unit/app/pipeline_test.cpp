#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/pipeline.h>

#include <thread>

#include "support/test_data.h"

namespace kith {
namespace {

// The same photo again and again.
class Repeating final : public FrameSource {
 public:
  Repeating(cv::Mat image, int frames) : image_(std::move(image)), left_(frames) {
    info_.kind = SourceKind::kVideo;
    info_.size = image_.size();
  }
  const SourceInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (left_-- <= 0) return std::nullopt;
    Frame frame;
    frame.image = image_;
    frame.index = index_++;
    return frame;
  }

 private:
  SourceInfo info_;
  cv::Mat image_;
  int left_;
  std::int64_t index_ = 0;
};

class Recorder final : public Sink {
 public:
  void begin(const SourceInfo&) override { note(); }
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    note();
    EXPECT_EQ(frame.index, frames++);
    if (faces.size() == 1) ++with_face;
    if (frame.index == full_at) throw Error(ErrorCode::kIo, "the disk is full");
  }
  void finish(const Summary&) override { note(); }
  bool wants_stop() const override { return frames == stop_at; }

  std::int64_t frames = 0, with_face = 0, full_at = -1, stop_at = -1;

 private:
  void note() const { EXPECT_EQ(std::this_thread::get_id(), thread_) << "windows belong to one thread"; }
  std::thread::id thread_ = std::this_thread::get_id();
};

class PipelineModel : public testing::Test {
 protected:
  void SetUp() override {
    KITH_NEEDS_MODEL("mtcnn");
    KITH_NEEDS_MODEL("landmarks-68");
    KITH_NEEDS_MODEL("fr_feature");
    stages_.emplace(StageOptions{});
    photo_ = read_image(test::samples() / "test" / "amara" / "01.jpg");
  }

  Summary run(Recorder& sink, int frames) {
    const Embedder& embedder = stages_->embedder();
    const Gallery nobody = Gallery::in_memory({embedder.identity(), embedder.name(), embedder.dimension()});
    Pipeline pipeline(*stages_, Identifier(nobody, {}));
    Repeating source(photo_, frames);
    pipeline.run(source, sink, stop_);
    sink.finish(pipeline.summary());
    return pipeline.summary();
  }

  std::optional<Stages> stages_;
  cv::Mat photo_;
  std::atomic<bool> stop_ = false;
};

TEST_F(PipelineModel, WritesEveryFrameInOrderOnTheCallersThread) {
  Recorder sink;
  const Summary summary = run(sink, 12);
  EXPECT_EQ(sink.frames, 12);
  EXPECT_EQ(sink.with_face, 12);
  EXPECT_EQ(summary.frames, 12);
  EXPECT_EQ(summary.faces, 12);
}

TEST_F(PipelineModel, EndsWhenTheSinkWantsTo) {
  Recorder sink;
  sink.stop_at = 3;
  EXPECT_EQ(run(sink, 1000).frames, 3);
}

TEST_F(PipelineModel, EndsWhenTheSinkFails) {
  Recorder sink;
  sink.full_at = 2;
  EXPECT_THROW(run(sink, 1000), Error);
  EXPECT_EQ(sink.frames, 3);
}

}  // namespace
}  // namespace kith
