// Training into a gallery that is there already, and correcting it.
#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/frame.h>
#include <kith/gallery.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "enrol/enrol.h"
#include "enrol/train.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"

namespace kith {
namespace {
namespace fs = std::filesystem;
using test::samples;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::atomic<bool> kNeverStop = false;
void no_progress(std::int64_t, std::int64_t) {}

TEST(MixedPhotosUnit, SeveralPeopleInOneFolderAreTold) {
  test::Synthetic synthetic(64);
  const std::vector<Sample> one = synthetic.person("one", 12).samples;
  EXPECT_THAT(groups_if_mixed(one, {}), IsEmpty());
  EXPECT_THAT(groups_if_mixed(std::span(one).first(2), {}), IsEmpty());
  std::vector<Sample> several;
  for (int i = 0; i < 5; ++i) several.push_back(synthetic.person("p", 1).samples.front());
  EXPECT_THAT(groups_if_mixed(several, {}), ElementsAre(1, 1, 1, 1, 1));
  several.insert(several.end(), one.begin(), one.end());
  EXPECT_THAT(groups_if_mixed(several, {}), IsEmpty()) << "a few strangers among many photos of one";
  for (Sample& sample : several) sample.quality = 0.01F;
  EXPECT_THAT(groups_if_mixed(several, {}), IsEmpty()) << "poor faces are like nobody";
}

class TrainAgainModel : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* model : {"mtcnn", "fr_feature", "landmarks-68"}) {
      if (!fs::exists(test::installed(model))) GTEST_SKIP() << "not installed: kith model install " << model;
    }
  }
  const Stages& stages() const {
    static const Stages shared{StageOptions{}};
    return shared;
  }
  fs::path file() const { return folder_.path() / "people.kith"; }
  fs::path photo(const char* name, int number) const {
    return samples() / "raw" / name / ((number < 10 ? "0" : "") + std::to_string(number) + ".jpg");
  }
  fs::path copy(const char* name, int number, const fs::path& folder) const {
    fs::create_directories(folder_.path() / folder);
    fs::copy_file(photo(name, number),
                  folder_.path() / folder / (std::string(name) + std::to_string(number) + ".jpg"));
    return folder_.path() / folder / (std::string(name) + std::to_string(number) + ".jpg");
  }
  TrainReport train_on(const fs::path& folder, bool replace = false) const {
    return train(stages(), {{(folder_.path() / folder).string()}, file(), {}, replace}, kNeverStop,
                 no_progress);
  }
  void add(const char* name, std::vector<std::string> photos) const {
    Gallery gallery = Gallery::open_or_create(file(), stages().embedder().binding());
    enrol(stages(), gallery, name, photos, kNeverStop, no_progress);
  }
  test::TempDir folder_;
};

TEST_F(TrainAgainModel, KeepsWhoIsInNoFolderAndWhatWasRejected) {
  for (int i = 1; i <= 3; ++i) {
    copy("amara", i, "photos/amara");
    copy("bruno", i, "photos/bruno");
  }
  TrainReport report = train_on("photos");
  EXPECT_TRUE(report.people[0].is_new);
  add("carmen", {photo("carmen", 1).string(), photo("carmen", 2).string()});
  Gallery gallery = Gallery::open(file());
  reject(stages(), gallery, "amara", std::vector<std::string>{photo("dana", 1).string()});
  report = train_on("photos");
  EXPECT_TRUE(report.written);
  EXPECT_THAT(report.kept, ElementsAre("carmen"));
  for (const PersonChange& change : report.people)
    EXPECT_EQ(change.added + change.changed + change.removed + (change.is_new ? 1 : 0), 0) << change.name;
  const Snapshot now = gallery.snapshot();
  EXPECT_THAT(*now.people, SizeIs(3));
  EXPECT_THAT(gallery.find("amara")->rejected, SizeIs(1));

  copy("bruno", 4, "photos/bruno");
  fs::remove(folder_.path() / "photos/bruno/bruno1.jpg");
  fs::create_directories(folder_.path() / "photos/empty");
  fs::create_directories(folder_.path() / "photos/unknown");
  copy("elias", 1, "photos/unknown");
  report = train_on("photos");
  EXPECT_EQ(report.people[1].added, 1);
  EXPECT_EQ(report.people[1].removed, 1);
  EXPECT_TRUE(report.nobody.contains("empty"));
  EXPECT_TRUE(report.nobody.contains("unknown"));
  EXPECT_EQ(report.counts().at(PhotoStatus::kNoPerson), 1);

  EXPECT_THAT(train_on("photos", true).kept, IsEmpty()) << "--replace";
  EXPECT_THAT(*gallery.snapshot().people, SizeIs(2));
  EXPECT_THAT(Gallery::open(Gallery::backup_of(file())).people(), SizeIs(3));
}

TEST_F(TrainAgainModel, AFolderOfLoosePhotosOfManyIsNobody) {
  add("amara", {photo("amara", 1).string()});
  for (const char* name : {"amara", "bruno", "carmen", "dana"}) {
    for (int i = 5; i <= 6; ++i) copy(name, i, "phone");
  }
  const TrainReport report = train_on("phone");
  EXPECT_FALSE(report.written);
  EXPECT_TRUE(report.mixed.contains("phone"));
  EXPECT_THAT(Gallery::open(file()).people(), SizeIs(1));
}

TEST_F(TrainAgainModel, OfSeveralFacesTheOneLikeTheOtherPhotosIsTaken) {
  for (int i = 1; i <= 4; ++i) copy("amara", i, "photos/amara");
  // Bruno in front, Amara smaller beside him.
  const cv::Mat bruno = read_image(photo("bruno", 1));
  cv::Mat amara = read_image(photo("amara", 5)), both;
  const double scale = 0.6 * bruno.rows / amara.rows;
  cv::resize(amara, amara, {}, scale, scale, cv::INTER_AREA);
  cv::copyMakeBorder(amara, amara, 0, bruno.rows - amara.rows, 0, 0, cv::BORDER_CONSTANT,
                     cv::Scalar::all(127));
  cv::hconcat(bruno, amara, both);
  const std::string party = (folder_.path() / "photos/amara/party.png").string();
  cv::imwrite(party, both);
  const TrainReport report = train_on("photos/amara");
  EXPECT_EQ(std::ranges::count(report.outcomes, true, &PhotoOutcome::other_face), 1);
  const Person person = *Gallery::open(file()).find("amara");
  const auto sample = std::ranges::find(person.samples, party, &Sample::source);
  ASSERT_NE(sample, person.samples.end());
  EXPECT_GT(similarity(sample->embedding, person.centre), 0.5F);
  EXPECT_THAT(train_on("photos/amara").people.front().changed, 0) << "the same again";
}

TEST_F(TrainAgainModel, ARenamedPersonsFolderIsNoticed) {
  for (int i = 1; i <= 3; ++i) copy("amara", i, "photos/amara");
  copy("bruno", 1, "photos/bruno");
  train_on("photos");
  Gallery::open(file()).rename("amara", "Amara Okafor");
  const TrainReport report = train_on("photos");
  ASSERT_THAT(report.same_photos, SizeIs(1));
  EXPECT_EQ(report.same_photos[0].name, "amara");
  EXPECT_EQ(report.same_photos[0].other, "Amara Okafor");
  EXPECT_EQ(report.same_photos[0].photos, 3);
}

TEST_F(TrainAgainModel, ARejectedPhotoIsTheFaceThatWasEnrolledFromIt) {
  for (int i = 1; i <= 4; ++i) copy("amara", i, "photos/amara");
  const fs::path wrong = copy("dana", 1, "photos/amara");
  train_on("photos");
  Gallery gallery = Gallery::open(file());
  const RejectReport report = reject(stages(), gallery, "amara", std::vector{wrong.string()});
  EXPECT_TRUE(report.outcomes.at(0).taken_out);
  EXPECT_THAT(gallery.find("amara")->samples, SizeIs(4));
  EXPECT_EQ(train_on("photos").counts().at(PhotoStatus::kRejected), 1) << "and stays out";

  const std::string third = (folder_.path() / "photos/amara/amara3.jpg").string();
  const RemoveReport removed = remove_photos(
      gallery, "amara", std::vector{third, photo("amara", 4).string(), photo("bruno", 1).string()});
  EXPECT_THAT(removed.removed, ElementsAre(third, testing::EndsWith("photos/amara/amara4.jpg")));
  EXPECT_THAT(removed.not_found, SizeIs(1));
  EXPECT_THAT(gallery.find("amara")->samples, SizeIs(2));
  gallery.undo();
  EXPECT_THAT(gallery.find("amara")->samples, SizeIs(4));
}

}  // namespace
}  // namespace kith
