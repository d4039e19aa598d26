#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/pipeline.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/media.h"
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

// A camera that gives some pictures and then nothing, until it is told to stop.
class Silent final : public FrameSource {
 public:
  Silent(cv::Mat image, int frames) : image_(std::move(image)), left_(frames) {
    info_.kind = SourceKind::kCamera;
    info_.size = image_.size();
  }
  const SourceInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (left_-- > 0) {
      Frame frame;
      frame.image = image_;
      frame.index = index_++;
      return frame;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_; });
    return std::nullopt;
  }
  void stop() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  SourceInfo info_;
  cv::Mat image_;
  int left_;
  std::int64_t index_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
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
  void idle() override {
    note();
    ++idle_calls;
  }
  void finish(const Summary&) override { note(); }
  bool wants_stop() const override { return frames == stop_at || idle_calls == stop_when_idle; }

  std::int64_t frames = 0, with_face = 0, full_at = -1, stop_at = -1, idle_calls = 0, stop_when_idle = -1;

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
    Repeating source(photo_, frames);
    return run(sink, source);
  }
  Summary run(Recorder& sink, FrameSource& source) {
    const Embedder& embedder = stages_->embedder();
    const Gallery nobody = Gallery::in_memory({embedder.identity(), embedder.name(), embedder.dimension()});
    Pipeline pipeline(*stages_, Identifier(nobody.people(), identifier_options(stages_->embedder(), nobody)));
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

TEST_F(PipelineModel, ASilentCameraEndsWhenTheSinkWantsTo) {
  Silent camera(photo_, 1);
  Recorder sink;
  sink.stop_when_idle = 2;                 // q, while no picture comes
  EXPECT_LE(run(sink, camera).frames, 1);  // a slow machine has not looked at it yet
}

TEST_F(PipelineModel, ASinkThatFailsDoesNotWaitForACamera) {
  Silent camera(photo_, 1);
  Recorder sink;
  sink.full_at = 0;
  EXPECT_THROW(run(sink, camera), Error);
}

TEST_F(PipelineModel, EndsWhenTheSinkFails) {
  Recorder sink;
  sink.full_at = 2;
  EXPECT_THROW(run(sink, 1000), Error);
  EXPECT_EQ(sink.frames, 3);
}

// Keeps what it is told of a video, with or without its pictures.
class Listener final : public Sink {
 public:
  explicit Listener(bool wants_pictures) : wants_pictures_(wants_pictures) {}
  void begin(const SourceInfo&) override {}
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    EXPECT_EQ(frame.index, static_cast<std::int64_t>(frames.size()));
    EXPECT_EQ(frame.image.empty(), !wants_pictures_);
    sizes.push_back(wants_pictures_ ? frame.image.size() : frame.size);
    pictures.push_back(frame.image.clone());
    frames.emplace_back(faces.begin(), faces.end());
  }
  void track(const TrackReport& track) override { tracks.push_back(track); }
  void progress(std::int64_t frame) override {
    looked_at = frame;
    if (stop_at >= 0 && looked_at >= stop_at) stop = true;
  }
  void finish(const Summary&) override {}
  bool wants_pictures() const override { return wants_pictures_; }

  std::vector<std::vector<RecognizedFace>> frames;
  std::vector<cv::Mat> pictures;
  std::vector<cv::Size> sizes;
  std::vector<TrackReport> tracks;
  std::int64_t looked_at = 0, stop_at = -1;
  std::atomic<bool> stop = false;

 private:
  bool wants_pictures_;
};

class SecondPassModel : public PipelineModel {
 protected:
  void SetUp() override {
    PipelineModel::SetUp();
    if (IsSkipped()) return;
    clip_ = folder_.path() / "clip.mp4";
    test::make_media("-i '" + (test::samples() / "gallery.mp4").string() + "' -t 1.2 -c copy", clip_);
  }

  Summary listen(Listener& sink, int every = 0) {
    const Embedder& embedder = stages_->embedder();
    const Gallery nobody = Gallery::in_memory({embedder.identity(), embedder.name(), embedder.dimension()});
    PipelineOptions options;
    options.detect_every = every;
    Pipeline pipeline(*stages_, Identifier(nobody.people(), identifier_options(stages_->embedder(), nobody)),
                      options);
    SourceOptions reading;
    reading.stop = &sink.stop;
    pipeline.run(*FrameSource::open(clip_.string(), reading), sink, sink.stop);
    return pipeline.summary();
  }

  test::TempDir folder_;
  std::filesystem::path clip_;
};

TEST_F(SecondPassModel, FramesGetTheirOwnPicturesWhenTheyAreDecided) {
  Listener with(true), without(false);
  listen(with);
  listen(without);
  ASSERT_EQ(with.frames.size(), without.frames.size());
  ASSERT_GT(with.frames.size(), 25U);
  EXPECT_EQ(with.sizes, without.sizes);
  EXPECT_EQ(with.looked_at, static_cast<std::int64_t>(with.frames.size()));
  const auto source = FrameSource::open(clip_.string());
  for (const cv::Mat& picture : with.pictures) {
    const std::optional<Frame> frame = source->next();
    ASSERT_TRUE(frame);
    ASSERT_EQ(cv::norm(frame->image, picture, cv::NORM_INF), 0);
  }
}

TEST_F(SecondPassModel, TracksAreReportedWithTheirEvidence) {
  Listener sink(false);
  const Summary summary = listen(sink);
  ASSERT_FALSE(sink.tracks.empty());
  EXPECT_EQ(summary.unknown_tracks + summary.unclear_tracks, static_cast<std::int64_t>(sink.tracks.size()));
  std::int64_t faces = 0;
  for (const TrackReport& track : sink.tracks) {
    faces += track.frames;
    ASSERT_FALSE(track.evidence.empty());
    EXPECT_LE(track.evidence.size(), TrackHistory::kMostLooks);
    EXPECT_FALSE(track.chip.empty());
    EXPECT_EQ(track.fused.size(), static_cast<std::size_t>(stages_->embedder().dimension()));
    for (const TrackReport::Evidence& look : track.evidence) {
      const std::vector<RecognizedFace>& there = sink.frames.at(static_cast<std::size_t>(look.frame));
      EXPECT_TRUE(std::any_of(there.begin(), there.end(), [&](const RecognizedFace& face) {
        return face.track == track.id && face.own && face.detected;
      }));
    }
  }
  EXPECT_EQ(faces, summary.faces);
}

TEST_F(SecondPassModel, WhatWasLookedAtBeforeAnInterruptionIsWritten) {
  Listener sink(false);
  sink.stop_at = 10;  // nothing has been written by then: all tracks go on
  listen(sink);
  EXPECT_GE(sink.frames.size(), 10U);
  EXPECT_EQ(sink.looked_at, static_cast<std::int64_t>(sink.frames.size()));
  Listener drawn(true);  // a second reading may not take longer than who interrupts will wait
  drawn.stop_at = 10;
  listen(drawn);
  EXPECT_GE(drawn.frames.size(), 1U);
  EXPECT_LE(static_cast<std::int64_t>(drawn.frames.size()), drawn.looked_at);
  Recorder live;
  live.stop_at = 2;
  EXPECT_EQ(run(live, 50).frames, 2);
}

TEST_F(SecondPassModel, SparseDetectionFindsTheSameFaces) {
  Listener every(false), sparse(false);
  listen(every, 1);
  listen(sparse);
  ASSERT_EQ(every.frames.size(), sparse.frames.size());
  std::size_t found = 0, all = 0, interpolated = 0;
  for (std::size_t i = 0; i < every.frames.size(); ++i) {
    for (const RecognizedFace& face : every.frames[i]) {
      ++all;
      EXPECT_TRUE(face.detected);
      const auto same =
          std::find_if(sparse.frames[i].begin(), sparse.frames[i].end(),
                       [&](const auto& other) { return iou(face.face.box, other.face.box) > 0.6F; });
      if (same == sparse.frames[i].end()) continue;
      ++found;
      if (!same->detected) ++interpolated;
    }
  }
  EXPECT_GE(found, all * 97 / 100);
  EXPECT_GE(interpolated, all / 2);
}

}  // namespace
}  // namespace kith
