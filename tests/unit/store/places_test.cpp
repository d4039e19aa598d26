#include "store/places.h"

#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/gallery.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/files.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"

namespace kith {
namespace {
namespace fs = std::filesystem;
using testing::ElementsAre;

class PlacesUnit : public testing::Test {
 protected:
  void make_gallery() {
    test::Synthetic random(64);
    Gallery gallery = Gallery::open_or_create(people(), {"identity", "synthetic", 64});
    gallery.add("Ada", std::vector{Sample{0, "a.jpg", "1", random.direction(), 1}});
  }
  fs::path people() const { return folder_.path() / "people.kith"; }
  test::TempDir folder_;
};

TEST_F(PlacesUnit, NotedOnceAndStruck) {
  for (const bool gallery : {false, true}) {
    if (gallery) make_gallery();
    for (int i = 0; i < 2; ++i) {
      note_place(people(), PlaceKind::kPage, "/x/page\xff.html");
      note_place(people(), PlaceKind::kSightings, "/x/b/../film.sightings");
    }
    const NotedPlace film{PlaceKind::kSightings, "/x/film.sightings"};
    EXPECT_THAT(noted_places(people()), ElementsAre(film, NotedPlace{PlaceKind::kPage, "/x/page\xff.html"}));
    strike_places(people(), {"/x/page\xff.html", "/x/nothing"});
    EXPECT_THAT(noted_places(people()), ElementsAre(film));
  }
}

TEST_F(PlacesUnit, TheGalleryTakesTheListOver) {
  write_file(people().string() + ".sightings", "/old/one.sightings\n");  // as an earlier Kith wrote it
  note_place(people(), PlaceKind::kChips, "/x/chips");
  make_gallery();
  EXPECT_EQ(noted_places(people()).size(), 2U);
  note_place(people(), PlaceKind::kCopies, "/x/named.mp4");
  EXPECT_FALSE(fs::exists(people().string() + ".sightings"));
  EXPECT_THAT(noted_places(people()), ElementsAre(NotedPlace{PlaceKind::kSightings, "/old/one.sightings"},
                                                  NotedPlace{PlaceKind::kChips, "/x/chips"},
                                                  NotedPlace{PlaceKind::kCopies, "/x/named.mp4"}));
  EXPECT_EQ(Gallery::open(people()).people().size(), 1U);
}

// Twelve runs at once, before there is a gallery and after: none is lost.
TEST_F(PlacesUnit, AListThatCannotBeReadIsNotAnEmptyOne) {
  fs::create_directory(people().string() + ".sightings");
  EXPECT_THROW(noted_places(people()), Error);
}

TEST_F(PlacesUnit, ManyProcessesAtOnce) {
  for (const bool gallery : {false, true}) {
    if (gallery) make_gallery();
    std::vector<pid_t> children;
    for (int i = 0; i < 12; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        try {
          note_place(people(), PlaceKind::kSightings, "/runs/" + std::to_string(gallery ? 100 + i : i));
          _exit(0);
        } catch (const std::exception&) {
          _exit(1);
        }
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(noted_places(people()).size(), gallery ? 24U : 12U);
  }
}

TEST_F(PlacesUnit, ATableThatIsNotOurs) {
  make_gallery();
  write_file(folder_.path() / "other",
             "no gallery at all, whatever it may be called; longer than a header is: 100 bytes .....");
  EXPECT_THROW(note_place(folder_.path() / "other", PlaceKind::kPage, "/x"), Error);
}

TEST_F(PlacesUnit, AReplacedGalleryKeepsThem) {
  make_gallery();
  note_place(people(), PlaceKind::kPage, "/x/page.html");
  Gallery fresh = Gallery::replace(people(), {"identity", "synthetic", 64});
  test::Synthetic random(64);
  fresh.add("Bea", std::vector{Sample{0, "b.jpg", "2", random.direction(), 1}});
  fresh.commit_replacement();
  EXPECT_EQ(noted_places(people()).size(), 1U);
}

}  // namespace
}  // namespace kith
