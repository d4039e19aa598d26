// A camera and the installed models: faces that move fast, people who are known.
#include <gtest/gtest.h>
#include <kith/pipeline.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "support/test_data.h"

namespace kith {
namespace {

const cv::Size kPicture{640, 360};

// A photo that moves from side to side over a grey wall.
class MovingPhoto final : public FrameSource {
 public:
  MovingPhoto(cv::Mat photo, int step_px, int frames)
      : photo_(std::move(photo)), step_px_(step_px), left_(frames) {
    info_.kind = SourceKind::kCamera;
    info_.name = "camera";
    info_.size = kPicture;
  }
  const SourceInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (left_-- <= 0) return std::nullopt;
    const int room = kPicture.width - photo_.cols;
    const int way = static_cast<int>(index_) * step_px_ % (2 * room);
    Frame frame;
    frame.image = cv::Mat(kPicture, CV_8UC3, cv::Scalar::all(110));
    photo_.copyTo(frame.image({way < room ? way : 2 * room - way, 80, photo_.cols, photo_.rows}));
    frame.index = index_;
    frame.time_ms = static_cast<double>(index_++) * 40;
    frame.source = info_.name;
    return frame;
  }

 private:
  SourceInfo info_;
  cv::Mat photo_;
  int step_px_;
  int left_;
  std::int64_t index_ = 0;
};

class Counter final : public Sink {
 public:
  void begin(const SourceInfo&) override {}
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    EXPECT_FALSE(frame.failure) << *frame.failure;
    for (const RecognizedFace& face : faces) {
      if (face.detected) ++(face.identity.name == "amara" ? right : other);
    }
  }
  void finish(const Summary&) override {}

  int right = 0, other = 0;
};

class CameraModel : public testing::Test {
 protected:
  void SetUp() override {
    KITH_NEEDS_MODEL("mtcnn");
    KITH_NEEDS_MODEL("landmarks-68");
    KITH_NEEDS_MODEL("fr_feature");
    stages_.emplace(StageOptions{});
  }

  Person enrol(const std::string& name) const {
    Person person;
    person.name = name;
    for (const auto& entry : std::filesystem::directory_iterator(test::samples() / "raw" / name)) {
      const cv::Mat photo = read_image(entry.path());
      const std::vector<Face> faces = stages_->detect(photo);
      if (faces.empty()) continue;
      const std::vector<Face> main{faces[main_face(faces, photo.size())]};
      Sample& sample = person.samples.emplace_back();
      sample.embedding = stages_->embedder().embed(stages_->align(photo, main)).front();
      if (person.samples.size() == 5) break;
    }
    return person;
  }

  std::optional<Stages> stages_;
  const std::atomic<bool> stop_ = false;
};

TEST_F(CameraModel, FastFacesEndWithASummaryAndTheRightName) {
  const std::vector<Person> people{enrol("amara"), enrol("bruno")};
  IdentifierOptions naming;
  naming.calibration = stages_->embedder().calibration();
  cv::Mat photo = read_image(test::samples() / "test" / "amara" / "01.jpg");
  cv::resize(photo(cv::Rect(90, 75, 280, 320)), photo, {}, 0.6, 0.6, cv::INTER_AREA);  // a face of 112 px
  const std::vector<Face> faces = stages_->detect(photo);
  ASSERT_EQ(faces.size(), 1U);
  for (const int every : {0, 3}) {
    for (const double widths : {0.3, 0.7, 1.0, 1.5}) {
      SCOPED_TRACE(testing::Message() << widths << " widths a frame, every " << every);
      PipelineOptions options;
      options.detect_every = every;
      Pipeline pipeline(*stages_, Identifier(people, naming), options);
      MovingPhoto source(photo, static_cast<int>(std::lround(widths * faces[0].box.width)), 12);
      Counter sink;
      pipeline.run(source, sink, stop_);
      const Summary summary = pipeline.summary();
      EXPECT_EQ(summary.frames, 12);
      EXPECT_EQ(summary.failed, 0);
      EXPECT_EQ(sink.other, 0);
      EXPECT_GE(sink.right, 4);
      ASSERT_EQ(summary.people.size(), 1U);
      EXPECT_EQ(summary.people[0].name, "amara");
    }
  }
}

}  // namespace
}  // namespace kith
