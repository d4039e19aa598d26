#include "enrol/train.h"

#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/frame.h>
#include <unistd.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "align/align_job.h"
#include "core/files.h"
#include "enrol/classify.h"
#include "enrol/enrol.h"
#include "photos/chips_manifest.h"
#include "support/test_data.h"

#define KITH_NEEDS_MODELS()       \
  KITH_NEEDS_MODEL("mtcnn");      \
  KITH_NEEDS_MODEL("fr_feature"); \
  KITH_NEEDS_MODEL("landmarks-68")
#define KITH_NEEDS_THRESHOLDS()                               \
  if (!threshold_at(stages().embedder().calibration(), 1e-3)) \
  GTEST_SKIP() << "fr_feature has no thresholds: kith model calibrate"

namespace kith {
namespace {

namespace fs = std::filesystem;
using test::samples;
using testing::HasSubstr;

const std::atomic<bool> kNeverStop = false;
void no_progress(std::int64_t, std::int64_t) {}

const Stages& stages() {
  static const Stages shared{StageOptions{}};
  return shared;
}

std::map<std::string, int> photos_of(const TrainReport& report) {
  std::map<std::string, int> photos;
  for (const PersonChange& change : report.people) photos[change.name] = change.photos;
  return photos;
}

class TrainModel : public testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "people.kith"; }
  TrainReport train_on(const fs::path& input) const {
    return train(stages(), {{input.string()}, file(), {}, true}, kNeverStop, no_progress);
  }
  Classification classify_all(const fs::path& input) const {
    return classify(stages(), Gallery::open(file()), {{input.string()}, {}, Classifier::kTemplates},
                    kNeverStop, no_progress);
  }
  /// A folder of people with a few photos of the samples each.
  fs::path photos(std::initializer_list<const char*> names, int count) const {
    for (const char* name : names) {
      fs::create_directories(folder_.path() / "photos" / name);
      for (int i = 1; i <= count; ++i) {
        const std::string photo = (i < 10 ? "0" : "") + std::to_string(i) + ".jpg";
        fs::copy_file(samples() / "raw" / name / photo, folder_.path() / "photos" / name / photo);
      }
    }
    return folder_.path() / "photos";
  }
  test::TempDir folder_;
};

TEST_F(TrainModel, SamplesAreNamedAndStrangersAreNot) {
  KITH_NEEDS_MODELS();
  KITH_NEEDS_THRESHOLDS();
  const TrainReport report = train_on(samples() / "raw");
  EXPECT_TRUE(report.written);
  EXPECT_EQ(report.people.size(), 6U);
  EXPECT_EQ(report.counts().at(PhotoStatus::kUsed), 72);
  EXPECT_EQ(report.validation.photos, 72);
  EXPECT_EQ(report.validation.wrong, 0);
  EXPECT_GE(report.validation.correct, 70);
  EXPECT_TRUE(report.suspects.empty());

  const Classification result = classify_all(samples() / "test");
  EXPECT_EQ(result.images, 32);
  EXPECT_EQ(result.faces, 32);
  EXPECT_EQ(result.unknown, 8);
  EXPECT_EQ(result.correct, 32);
  EXPECT_EQ(result.confusion().at("stranger_1").at("unknown"), 4);
  EXPECT_EQ(result.confusion().at("amara").at("amara"), 4);
}

TEST_F(TrainModel, EveryPhotoIsAccountedFor) {
  KITH_NEEDS_MODELS();
  const fs::path root = photos({"amara", "bruno", "carmen"}, 4);
  fs::copy_file(root / "amara/01.jpg", root / "amara/again.jpg");
  fs::create_directories(root / "bruno/deep/er");
  fs::rename(root / "bruno/01.jpg", root / "bruno/deep/er/01.jpg");
  fs::create_directory_symlink(samples() / "raw" / "dana", root / "дана");
  fs::copy_file(samples() / "raw/elias/01.jpg", root / "loose.jpg");
  write_file(root / "amara/broken.jpg", read_file(root / "amara/02.jpg").substr(0, 3000));
  write_file(root / "amara/empty.jpg", "");
  cv::imwrite((root / "carmen/grey.png").string(), cv::Mat(200, 200, CV_8UC3, cv::Scalar(90, 90, 90)));
  write_file(root / "carmen/notes.txt", "not a picture");
  fs::copy_file(samples() / "raw/bruno/07.jpg", root / "amara/wrong.jpg");

  const TrainReport report = train_on(root);
  const auto counts = report.counts();
  EXPECT_EQ(counts.at(PhotoStatus::kDuplicate), 1);
  EXPECT_EQ(counts.at(PhotoStatus::kUnreadable), 2);
  EXPECT_EQ(counts.at(PhotoStatus::kNoFace), 1);
  EXPECT_EQ(counts.at(PhotoStatus::kNoPerson), 1);
  EXPECT_EQ(counts.at(PhotoStatus::kUsed), 4 + 4 + 4 + 12 + 1);
  int sum = 0;
  for (const auto& [status, n] : counts) sum += n;
  EXPECT_EQ(sum, static_cast<int>(report.photos.size()));
  EXPECT_EQ(photos_of(report),
            (std::map<std::string, int>{{"amara", 5}, {"bruno", 4}, {"carmen", 4}, {"дана", 12}}));
  ASSERT_EQ(report.suspects.size(), 1U);
  EXPECT_THAT(report.suspects[0].source, HasSubstr("amara/wrong.jpg"));
  EXPECT_EQ(report.suspects[0].looks_like, "bruno");
}

TEST_F(TrainModel, OnePersonAndTwoPhotos) {
  KITH_NEEDS_MODELS();
  KITH_NEEDS_THRESHOLDS();
  const fs::path root = photos({"amara"}, 1);
  EXPECT_TRUE(train_on(root).written);
  EXPECT_EQ(classify_all(samples() / "test/amara").correct, 4)
      << "a folder of photos is called what it is called";
  EXPECT_EQ(classify_all(samples() / "test/stranger_1").correct, 4);

  fs::create_directory(root / "bruno");
  fs::copy_file(samples() / "raw/bruno/01.jpg", root / "bruno/01.jpg");
  EXPECT_EQ(train_on(root).validation.photos, 0);
  const Classification result = classify_all(samples() / "test");
  EXPECT_EQ(result.confusion().at("amara").at("amara"), 4);
  EXPECT_EQ(result.confusion().at("bruno").at("bruno"), 4);
  EXPECT_GE(result.correct, 31)
      << "the others are strangers now; of these 24 relatives of one face model, one may pass";
}

TEST_F(TrainModel, AddRemoveRename) {
  KITH_NEEDS_MODELS();
  KITH_NEEDS_THRESHOLDS();
  const auto add = [&](const std::string& name, std::vector<std::string> inputs) {
    Gallery gallery = Gallery::open_or_create(file(), stages().embedder().binding());
    return enrol(stages(), gallery, name, inputs, kNeverStop, no_progress);
  };
  const std::string raw = (samples() / "raw").string();
  EXPECT_EQ(add("Amara", {raw + "/amara/01.jpg", raw + "/amara/02.jpg", "missing.jpg"}).added, 2);
  EXPECT_EQ(add("Amara", {raw + "/amara/02.jpg", raw + "/amara/03.jpg"}).added, 1);
  const EnrolReport again = add("Amara", {raw + "/amara/03.jpg"});
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(again.enrolled, 3);
  EXPECT_EQ(again.outcomes[0].status, PhotoStatus::kDuplicate);
  EXPECT_EQ(add("Bruno", {raw + "/bruno"}).added, 12);
  const EnrolReport wrong = add("Dana", {raw + "/dana/01.jpg", raw + "/dana/02.jpg", raw + "/bruno/12.jpg"});
  ASSERT_EQ(wrong.suspects.size(), 1U);
  EXPECT_EQ(wrong.suspects[0].looks_like, "Bruno");
  Gallery gallery = Gallery::open(file());
  gallery.rename("Amara", "amara");
  gallery.remove("Bruno");
  gallery.remove("Dana");
  EXPECT_EQ(classify_all(samples() / "test/bruno").unknown, 4);
  EXPECT_EQ(classify_all(samples() / "test/amara").correct, 4);
}

TEST_F(TrainModel, ChipsGiveTheSameAndOthersAreRefused) {
  KITH_NEEDS_MODELS();
  const fs::path root = photos({"amara", "bruno"}, 3), chips = folder_.path() / "chips";
  for (const char* name : {"amara", "bruno"}) {
    fs::create_directories(chips / name);
    for (const fs::path& photo : list_photos(root / name).pictures) {
      const cv::Mat image = read_image(photo);
      const std::vector<Face> faces = stages().detect(image);
      cv::imwrite((chips / name / photo.stem()).string() + ".png",
                  stages().align(image, faces)[main_face(faces, image.size())]);
    }
  }
  ChipsManifest manifest{stages().embedder().geometry(), "fr_feature", "mtcnn", {}};
  store_manifest(chips, manifest);
  train_on(root);
  const Embedding from_photo = Gallery::open(file()).find("amara")->samples[0].embedding;
  EXPECT_EQ(train_on(chips).counts().at(PhotoStatus::kUsed), 6);
  EXPECT_GT(similarity(Gallery::open(file()).find("amara")->samples[0].embedding, from_photo), 0.9999F);
  EXPECT_EQ(photos_of(train_on(chips / "amara")).at("amara"), 3)
      << "one person's chips, whose manifest lies above";

  const cv::Mat good = cv::imread((chips / "amara/01.png").string());
  cv::imwrite((chips / "amara/grey.png").string(), cv::Mat(good.size(), CV_8UC3, cv::Scalar::all(90)));
  const TrainReport with_nothing = train_on(chips);
  EXPECT_EQ(with_nothing.counts().at(PhotoStatus::kNoFace), 1) << "a chip that shows nothing like a face";
  EXPECT_EQ(with_nothing.counts().at(PhotoStatus::kUsed), 6);
  fs::remove(chips / "amara/grey.png");

  cv::imwrite((chips / "amara/odd.png").string(), cv::Mat(50, 50, CV_8UC3, cv::Scalar::all(0)));
  EXPECT_EQ(train_on(chips).counts().at(PhotoStatus::kUnreadable), 1);
  manifest.geometry = box_crop(160, 32);
  store_manifest(chips, manifest);
  try {
    train_on(chips);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(e.what(), HasSubstr("160x160 box crop"));
  }
}

// The demo's own way: align, then train.
TEST_F(TrainModel, ChipsGiveTheGalleryThatThePhotosGive) {
  KITH_NEEDS_MODELS();
  const fs::path root = photos({"amara", "bruno"}, 4), chips = folder_.path() / "chips";
  fs::copy_file(test::samples() / "raw/carmen/01.jpg", root / "amara/ohne_namen\xff.jpg");
  AlignOptions options;
  options.input = root;
  options.output = chips;
  options.manifest = {stages().embedder().geometry(), "fr_feature", "mtcnn", {}};
  align_folder(stages(), options, kNeverStop, no_progress);
  train_on(root);
  const std::vector<Person> from_photos = Gallery::open(file()).people();
  fs::remove(file());
  // Chips may be moved and renamed.
  fs::rename(chips, folder_.path() / "elsewhere");
  fs::rename(folder_.path() / "elsewhere/amara/01.png", folder_.path() / "elsewhere/amara/zz.png");
  train_on(folder_.path() / "elsewhere");
  std::vector<Person> from_chips = Gallery::open(file()).people();
  ASSERT_EQ(from_chips.size(), from_photos.size());
  for (std::size_t p = 0; p < from_photos.size(); ++p) {
    std::vector<Sample>& samples = from_chips[p].samples;
    std::ranges::sort(samples, {}, &Sample::source);
    ASSERT_EQ(samples.size(), from_photos[p].samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Sample& expected = from_photos[p].samples[i];
      EXPECT_EQ(samples[i].source, expected.source);
      EXPECT_EQ(samples[i].checksum, expected.checksum);
      EXPECT_EQ(samples[i].quality, expected.quality) << expected.source;
      EXPECT_EQ(samples[i].embedding, expected.embedding) << "chips are lossless";
      EXPECT_LT(samples[i].quality, 0.99F);
    }
    EXPECT_GT(similarity(from_chips[p].centre, from_photos[p].centre), 0.99999F);
  }
  Gallery gallery = Gallery::open(file());
  const EnrolReport again = enrol(stages(), gallery, "amara", std::vector{(root / "amara/02.jpg").string()},
                                  kNeverStop, no_progress);
  EXPECT_EQ(again.added, 0) << "the very photo is known";
  // One that was changed by hand is a picture of its own.
  const fs::path chip = folder_.path() / "elsewhere/amara/zz.png";
  cv::Mat changed = cv::imread(chip.string());
  cv::imwrite(chip.string(), changed * 0.9);
  train_on(folder_.path() / "elsewhere");
  EXPECT_EQ(std::ranges::count(Gallery::open(file()).find("amara")->samples, chip.string(), &Sample::source),
            1);
}

TEST_F(TrainModel, NothingIsWrittenWithoutAFaceOrWhenInterrupted) {
  KITH_NEEDS_MODELS();
  fs::create_directories(folder_.path() / "none/x");
  cv::imwrite((folder_.path() / "none/x/grey.png").string(),
              cv::Mat(200, 200, CV_8UC3, cv::Scalar(90, 90, 90)));
  EXPECT_FALSE(train_on(folder_.path() / "none").written);
  std::atomic<bool> stop = false;
  const TrainReport report = train(stages(), {{photos({"amara"}, 3).string()}, file(), {}, false}, stop,
                                   [&](std::int64_t, std::int64_t) { stop = true; });
  EXPECT_FALSE(report.written);
  EXPECT_FALSE(fs::exists(file()));
  fs::create_directories(folder_.path() / "empty");
  EXPECT_THROW(train_on(folder_.path() / "empty"), Error);
  write_file(file(), "somebody's diary");
  EXPECT_THROW(train_on(folder_.path() / "photos"), Error);
  EXPECT_EQ(read_file(file()), "somebody's diary");
}

}  // namespace
}  // namespace kith
