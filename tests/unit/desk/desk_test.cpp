// The desk with the installed networks, on samples/.
#include "desk/desk.h"

#include <kith/error.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "desk/photo_id.h"
#include "support/pictures.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

PhotoBytes photo(const std::string& below) { return {below, read_file(test::samples() / below)}; }

const Stages& stages() {
  static const Stages stages{StageOptions()};
  return stages;
}

class DeskModel : public testing::Test {
 protected:
  void SetUp() override {
    KITH_NEEDS_MODEL("fr_feature");
    options_.data = dir_.path() / "data";
    options_.keep_pictures = true;
    desk_ = std::make_unique<Desk>(
        stages(), Gallery::open_or_create(dir_.path() / "people.kith", stages().embedder().binding()),
        options_);
  }
  std::vector<EnrolledPhoto> enrol(const std::string& name, const std::vector<PhotoBytes>& photos,
                                   const EnrolRules& rules = {}) {
    return desk_->enrol(name, photos, rules);
  }
  std::optional<std::string> name_in(const std::string& below) {
    const LookedAt seen = desk_->look(photo(below).bytes, below);
    if (seen.faces.empty()) return "no face";
    return desk_->known()->identify({&seen.faces[0].embedding, 1}, {&seen.faces[0].quality, 1}).front().name;
  }
  test::TempDir dir_;
  DeskOptions options_;
  std::unique_ptr<Desk> desk_;
};

TEST_F(DeskModel, EnrolsNamesRenamesAndErases) {
  const auto added =
      enrol("Ada", {photo("raw/amara/01.jpg"), photo("raw/amara/02.jpg"), photo("raw/amara/03.jpg")});
  for (const EnrolledPhoto& one : added) {
    EXPECT_EQ(one.refused, std::nullopt) << one.detail;
    EXPECT_TRUE(is_uuid(one.id));
    EXPECT_EQ(desk_->find_photo(one.id)->person, "Ada");
  }
  EXPECT_EQ(name_in("test/amara/01.jpg"), "Ada");
  EXPECT_EQ(name_in("test/stranger_1/01.jpg"), std::nullopt);
  EXPECT_EQ(desk_->picture(desk_->find_photo(added[0].id)->sample), photo("raw/amara/01.jpg").bytes);
  EXPECT_FALSE(desk_->rename("Ada", "Ada Lovelace"));
  EXPECT_EQ(name_in("test/amara/01.jpg"), "Ada Lovelace");
  EXPECT_EQ(desk_->find_photo(added[0].id)->person, "Ada Lovelace");  // the id stays
  EXPECT_EQ(desk_->kept_name("ADA lovelace"), "Ada Lovelace");
  EXPECT_EQ(desk_->erase("Ada Lovelace"), 3);
  EXPECT_EQ(name_in("test/amara/01.jpg"), std::nullopt);
  EXPECT_TRUE(fs::is_empty(options_.data / "pictures"));
  EXPECT_EQ(desk_->erase("Ada Lovelace"), std::nullopt);
}

TEST_F(DeskModel, SaysWhyAPhotoIsRefused) {
  enrol("Ada", {photo("raw/amara/01.jpg"), photo("raw/amara/02.jpg"), photo("raw/amara/03.jpg")});
  const cv::Mat empty(200, 200, CV_8UC3, cv::Scalar(200, 180, 160));
  const cv::Mat one = cv::imread((test::samples() / "raw/amara/04.jpg").string());
  const cv::Mat other = cv::imread((test::samples() / "raw/bruno/01.jpg").string());
  cv::Mat right, two, small;
  cv::resize(other, right, one.size());
  cv::hconcat(one, right, two);
  cv::resize(one, small, {}, 0.18, 0.18, cv::INTER_AREA);
  cv::copyMakeBorder(small, small, 60, 60, 60, 60, cv::BORDER_CONSTANT, cv::Scalar::all(120));
  const auto answers = enrol("Grace", {photo("raw/amara/05.jpg"),
                                       {"empty.png", test::encoded(".png", empty)},
                                       {"two.png", test::encoded(".png", two)},
                                       {"small.png", test::encoded(".png", small)},
                                       {"notes.txt", "no picture"},
                                       {"", ""},
                                       photo("raw/farah/01.jpg"),
                                       photo("raw/farah/01.jpg")});
  const std::vector<std::optional<Refusal>> expected = {
      Refusal::kLooksLikeOther, Refusal::kNoFace,     Refusal::kSeveralFaces, Refusal::kTooSmall,
      Refusal::kUnreadable,     Refusal::kUnreadable, std::nullopt,           Refusal::kDuplicate};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(answers[i].refused, expected[i]) << i << ": " << answers[i].detail;
  // Whoever knows better says so.
  EXPECT_EQ(enrol("Grace", {photo("raw/amara/05.jpg")}, {.strict = false})[0].refused, std::nullopt);
  std::string bomb = test::encoded(".png", empty);
  bomb.replace(16, 8, std::string("\0\0\x75\x30\0\0\x75\x30", 8));
  EXPECT_EQ(enrol("Grace", {{"bomb.png", bomb}})[0].refused, Refusal::kTooLarge);
  EXPECT_THROW(enrol("unknown", {photo("raw/farah/02.jpg")}), Error);
}

TEST_F(DeskModel, FollowsWhatAnotherProcessChanges) {
  enrol("Ada", {photo("raw/amara/01.jpg"), photo("raw/amara/02.jpg")});
  Gallery other = Gallery::open(dir_.path() / "people.kith");
  other.rename("Ada", "Grace");
  for (int i = 0; i < 100 && desk_->known()->find("Grace") == nullptr; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_NE(desk_->known()->find("Grace"), nullptr);
  other.remove("Grace");
  for (int i = 0; i < 100 && !desk_->known()->people().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(desk_->known()->people().empty());
}

TEST_F(DeskModel, ErasingAllLeavesACopy) {
  enrol("Ada", {photo("raw/amara/01.jpg")});
  enrol("Bruno", {photo("raw/bruno/01.jpg")});
  desk_->empty_names().add("Nobody yet");
  const auto [count, copy] = desk_->erase_all();
  EXPECT_EQ(count, 3U);
  EXPECT_TRUE(desk_->names().empty());
  EXPECT_EQ(Gallery::open(copy).people().size(), 2U);
}

TEST_F(DeskModel, NearestPeopleComeInOrder) {
  enrol("Ada", {photo("raw/amara/01.jpg"), photo("raw/amara/02.jpg")});
  enrol("Bruno", {photo("raw/bruno/01.jpg")});
  const LookedAt seen = desk_->look(photo("test/amara/01.jpg").bytes, "a");
  const auto nearest = desk_->known()->nearest(seen.faces[0].embedding, 5);
  ASSERT_EQ(nearest.size(), 2U);
  EXPECT_EQ(nearest[0].name, "Ada");
  EXPECT_GT(nearest[0].score, nearest[1].score);
  EXPECT_TRUE(desk_->reject("Ada", photo("test/amara/01.jpg")));
  EXPECT_EQ(desk_->known()->nearest(seen.faces[0].embedding, 5).size(), 1U);
  EXPECT_EQ(name_in("test/amara/01.jpg"), std::nullopt);
  desk_->undo();
  EXPECT_EQ(name_in("test/amara/01.jpg"), "Ada");
}

// Enrolling, asking and erasing at the same time: every answer is one of a gallery that there was.
TEST_F(DeskModel, ManyThreadsAtOnce) {
  const std::vector<std::string> people = {"amara", "bruno", "carmen", "dana"};
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (const std::string& name : people) {
    threads.emplace_back([&, name] {
      for (int round = 0; round < 3; ++round) {
        enrol(name, {photo("raw/" + name + "/01.jpg"), photo("raw/" + name + "/02.jpg")}, {.strict = false});
        const auto found = name_in("test/" + name + "/01.jpg");
        if (found && *found != name) ++wrong;
        if (round < 2 && desk_->erase(name) != 2) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(desk_->known()->people().size(), people.size());
  EXPECT_EQ(Gallery::open(dir_.path() / "people.kith").people().size(), people.size());
}

}  // namespace
}  // namespace kith
