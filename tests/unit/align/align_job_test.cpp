#include "align/align_job.h"

#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "support/test_data.h"

#define KITH_NEEDS_STAGES()         \
  KITH_NEEDS_MODEL("mtcnn");        \
  KITH_NEEDS_MODEL("landmarks-68"); \
  KITH_NEEDS_MODEL("fr_feature")

namespace kith {
namespace {
namespace fs = std::filesystem;

class AlignJobModel : public testing::Test {
 protected:
  static cv::Mat photo(const std::string& name) { return read_image(test::samples() / "raw" / name); }

  void add(const std::string& name, const cv::Mat& image) {
    fs::create_directories((raw_ / name).parent_path());
    cv::imwrite((raw_ / name).string(), image);
  }
  AlignOptions options(const ChipGeometry& geometry = arcface_112()) const {
    AlignOptions options;
    options.input = raw_;
    options.output = chips_;
    options.manifest.geometry = geometry;
    options.workers = 2;
    return options;
  }
  AlignReport align(const AlignOptions& options, bool stopped = false) {
    static const Stages stages(StageOptions{.embedder = ""});
    const std::atomic<bool> stop = stopped;
    progress_ = {};
    return align_folder(stages, options, stop, [&](std::int64_t done, std::int64_t total) {
      const std::scoped_lock lock(mutex_);
      progress_ = std::max(progress_, {done, total});
    });
  }
  const AlignItem& item(const AlignReport& report, const std::string& name) const {
    for (const AlignItem& item : report.items) {
      if (item.source == (raw_ / name).string()) return item;
    }
    throw std::runtime_error(name + " is not in the report");
  }

  test::TempDir folder_;
  fs::path raw_ = folder_.path() / "raw";
  fs::path chips_ = folder_.path() / "chips";
  std::mutex mutex_;
  std::pair<std::int64_t, std::int64_t> progress_;
};

TEST_F(AlignJobModel, EveryInputIsInTheReport) {
  KITH_NEEDS_STAGES();
  add("p/1.jpg", photo("amara/01.jpg"));
  add("p/1.png", photo("amara/02.jpg"));
  cv::Mat two;
  cv::Mat left = photo("amara/03.jpg");
  cv::Mat right = photo("bruno/03.jpg");
  cv::resize(right, right, left.size());
  cv::hconcat(left, right, two);
  add("p/two.png", two);
  add("p/none.png", cv::Mat(300, 300, CV_8UC3, cv::Scalar(90, 120, 60)));
  add("q/again.png", photo("amara/02.jpg"));
  cv::Mat tiny;
  cv::resize(photo("amara/04.jpg"), tiny, {}, 0.05, 0.05, cv::INTER_AREA);
  add("q/tiny.png", tiny);
  add("q/speck.png", cv::Mat(5, 5, CV_8UC3, cv::Scalar::all(0)));
  write_file(raw_ / "q/broken.jpg", "no picture");
  write_file(raw_ / "q/notes.txt", "text");

  const AlignReport report = align(options());
  EXPECT_EQ(report.items.size(), 9U);
  EXPECT_EQ(item(report, "p/1.jpg").status, AlignStatus::kAligned);
  EXPECT_EQ(item(report, "p/1.png").status, AlignStatus::kAligned);
  EXPECT_EQ(item(report, "p/two.png").status, AlignStatus::kSeveralFaces);
  EXPECT_EQ(item(report, "p/none.png").status, AlignStatus::kNoFace);
  EXPECT_EQ(item(report, "q/again.png").status, AlignStatus::kDuplicate);
  EXPECT_EQ(item(report, "q/again.png").duplicate_of, (raw_ / "p/1.png").string());
  EXPECT_EQ(item(report, "q/tiny.png").status, AlignStatus::kTooSmall) << item(report, "q/tiny.png").why;
  EXPECT_EQ(item(report, "q/speck.png").status, AlignStatus::kTooSmall);
  EXPECT_EQ(item(report, "q/broken.jpg").status, AlignStatus::kUnreadable);
  EXPECT_EQ(item(report, "q/notes.txt").status, AlignStatus::kPassedOver);
  EXPECT_EQ(report.chips(), 3);
  for (const char* chip : {"p/1.png", "p/1.png.png", "p/two.png"}) {
    EXPECT_EQ(cv::imread((chips_ / chip).string()).size(), cv::Size(112, 112)) << chip;
  }
  EXPECT_FALSE(fs::exists(chips_ / "q/again.png"));
  EXPECT_TRUE(fs::exists(chips_ / "audit.json"));
  EXPECT_TRUE(fs::exists(chips_ / "audit.html"));
  EXPECT_EQ(load_manifest(chips_)->geometry, arcface_112());
}

TEST_F(AlignJobModel, AnInterruptedRunGoesOn) {
  KITH_NEEDS_STAGES();
  add("p/1.png", photo("amara/01.jpg"));
  add("p/2.png", photo("amara/02.jpg"));
  const AlignReport first = align(options(), true);
  EXPECT_TRUE(first.interrupted);
  EXPECT_EQ(first.counts().at(AlignStatus::kPending), 2);
  const AlignReport second = align(options());
  EXPECT_FALSE(second.interrupted);
  EXPECT_EQ(second.counts().at(AlignStatus::kAligned), 2);

  // Nothing is redone, and all is reported. A photo that changed is.
  write_file(chips_ / "p/1.png", "mark");
  add("p/2.png", cv::Mat(300, 300, CV_8UC3, cv::Scalar(90, 120, 60)));
  fs::last_write_time(raw_ / "p/2.png", fs::last_write_time(raw_ / "p/2.png") + std::chrono::seconds(2));
  const AlignReport third = align(options());
  EXPECT_EQ(read_file(chips_ / "p/1.png"), "mark");
  EXPECT_EQ(third.counts().at(AlignStatus::kAligned), 1);
  EXPECT_EQ(third.counts().at(AlignStatus::kNoFace), 1);
  EXPECT_FALSE(fs::exists(chips_ / "p/2.png"));
  EXPECT_EQ(progress_, std::pair(std::int64_t{2}, std::int64_t{2}));
}

TEST_F(AlignJobModel, AChipThatCouldNotBeWrittenIsWrittenNextTime) {
  add("amara/01.png", photo("amara/01.jpg"));
  const fs::path chip = chips_ / "amara/01.png";
  align(options());
  fs::remove(chip);
  fs::create_directory(chip);  // it cannot be written, as on a full disk
  add("amara/01.png", photo("amara/02.jpg"));
  EXPECT_EQ(item(align(options()), "amara/01.png").status, AlignStatus::kUnreadable);
  fs::remove(chip);
  EXPECT_EQ(item(align(options()), "amara/01.png").status, AlignStatus::kAligned);
  EXPECT_TRUE(fs::is_regular_file(chip));
}

TEST_F(AlignJobModel, AllFaces) {
  KITH_NEEDS_STAGES();
  cv::Mat two;
  cv::Mat left = photo("amara/03.jpg");
  cv::Mat right = photo("bruno/03.jpg");
  cv::resize(right, right, left.size());
  cv::hconcat(left, right, two);
  add("two.png", two);
  AlignOptions all = options(box_crop(160, 32));
  all.multiple_faces = true;
  all.random_order = true;
  const AlignReport report = align(all);
  EXPECT_EQ(report.chips(), 2);
  EXPECT_EQ(cv::imread((chips_ / "two_1.png").string()).size(), cv::Size(160, 160));
}

TEST_F(AlignJobModel, WrongFolders) {
  KITH_NEEDS_STAGES();
  EXPECT_THROW(align(options()), Error);  // no photos
  add("p/1.png", photo("amara/01.jpg"));
  AlignOptions same = options();
  same.output = raw_;
  EXPECT_THROW(align(same), Error);
  same.output = raw_ / "p";
  EXPECT_THROW(align(same), Error);  // not empty, no chips
  align(options());
  EXPECT_THROW(align(options(box_crop(160, 32))), Error);  // another geometry

  // Chips below the photos are not taken for photos, but accounted for.
  AlignOptions below = options();
  below.output = raw_ / "chips";
  for (int i = 0; i < 2; ++i) {
    const AlignReport report = align(below);
    EXPECT_EQ(report.items.size(), 2U);
    EXPECT_EQ(item(report, "chips").status, AlignStatus::kPassedOver);
  }
}

}  // namespace
}  // namespace kith
