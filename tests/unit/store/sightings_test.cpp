#include "store/sightings.h"

#include <gmock/gmock.h>
#include <kith/error.h>
#include <sys/stat.h>

#include "core/files.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"
#include "unit/store/make_gallery.h"

namespace kith {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;

const Gallery::Binding kBinding{"identity-1", "synthetic", 64};

class SightingsUnit : public testing::Test {
 protected:
  Sighting sighting(const std::string& source, int track) {
    Sighting s;
    s.source = source;
    s.track = track;
    s.first_ms = 10 * track;
    s.last_ms = 10 * track + 500;
    s.frames = 12;
    s.quality = 0.5F;
    s.embedding = random_.direction();
    s.chip = {0xFF, 0xD8, static_cast<unsigned char>(track)};
    return s;
  }
  bool holds(const Embedding& v) const {
    const std::string_view bytes(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(float));
    return read_file(path_).find(bytes.substr(0, 32)) != std::string::npos;
  }

  test::TempDir folder_;
  fs::path path_ = folder_.path() / "film.sightings";
  test::Synthetic random_{64};
};

TEST_F(SightingsUnit, RoundTripAndPrivateFile) {
  Sighting named = sighting("/a.mp4", 1);
  named.name = "Ада";
  named.state = IdentityState::kNamed;
  named.confidence = 0.75F;
  named.sidecar = "/a.jsonl";
  {
    Sightings file = Sightings::open_or_create(path_, kBinding);
    file.add({}, std::vector{named, sighting("/a.mp4", 2)});
  }
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  Sightings file = Sightings::open(path_);
  EXPECT_EQ(file.binding().name, "synthetic");
  const std::vector<Sighting> rows = file.all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "Ада");
  EXPECT_EQ(rows[0].state, IdentityState::kNamed);
  EXPECT_EQ(rows[0].sidecar, "/a.jsonl");
  EXPECT_EQ(rows[0].embedding, named.embedding);
  EXPECT_EQ(rows[0].chip, named.chip);
  EXPECT_EQ(rows[1].name, std::nullopt);
  EXPECT_EQ(rows[1].group, std::nullopt);
  EXPECT_EQ(rows[1].last_ms, 520);
}

TEST_F(SightingsUnit, ASourceSeenAgainTakesThePlaceOfItsRows) {
  Sightings file = Sightings::open_or_create(path_, kBinding);
  const auto ids = file.add({"/a.mp4"}, std::vector{sighting("/a.mp4", 1), sighting("/b.mp4", 2)});
  file.add_together({{ids[1], ids[0]}});
  EXPECT_EQ(file.together(), (std::set<Sightings::Pair>{{ids[0], ids[1]}}));
  file.add({"/a.mp4"}, std::vector{sighting("/a.mp4", 7)});
  EXPECT_TRUE(file.together().empty());
  const auto rows = file.all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].source, "/b.mp4");
  EXPECT_EQ(rows[1].track, 7);
  file.add_together({{ids[0], ids[1]}});  // a row that is gone is not an error
}

TEST_F(SightingsUnit, GroupIdsAreNeverGivenTwice) {
  Sightings file = Sightings::open_or_create(path_, kBinding);
  const auto ids = file.add({}, std::vector{sighting("/a.mp4", 1), sighting("/a.mp4", 2)});
  file.set_groups({{ids[0], 4}, {ids[1], 9}});
  EXPECT_EQ(file.all()[1].group, 9);
  file.set_groups({{ids[0], 4}});
  EXPECT_EQ(file.all()[1].group, std::nullopt);
  EXPECT_EQ(file.last_group(), 9);
}

TEST_F(SightingsUnit, ErasedMeansErased) {
  Sightings file = Sightings::open_or_create(path_, kBinding);
  std::vector<Sighting> rows;
  for (int i = 0; i < 40; ++i) rows.push_back(sighting("/a.mp4", i));
  const auto ids = file.add({}, rows);
  file.set_name(std::vector{ids[3], ids[30]}, "Ada");
  EXPECT_EQ(file.all()[3].state, IdentityState::kNamed);
  ASSERT_TRUE(holds(rows[3].embedding));
  EXPECT_EQ(file.erase("Ada"), 2);
  EXPECT_FALSE(holds(rows[3].embedding));
  EXPECT_FALSE(holds(rows[30].embedding));
  EXPECT_TRUE(holds(rows[4].embedding));
  EXPECT_EQ(read_file(path_).find("Ada"), std::string::npos);
  EXPECT_EQ(file.all().size(), 38U);
  EXPECT_EQ(file.erase("Ada"), 0);
  EXPECT_FALSE(fs::exists(path_.string() + "-journal"));
}

TEST_F(SightingsUnit, ReplacedRowsLeaveNoBytes) {
  Sightings file = Sightings::open_or_create(path_, kBinding);
  const Sighting old = sighting("/a.mp4", 1);
  file.add({}, std::vector{old});
  file.add({"/a.mp4"}, std::vector{sighting("/a.mp4", 1)});
  EXPECT_FALSE(holds(old.embedding));
}

TEST_F(SightingsUnit, WhatIsNoSightingsFileIsRefused) {
  const auto code = [](const fs::path& path) {
    try {
      Sightings::open(path);
    } catch (const Error& e) {
      return e.code();
    }
    return ErrorCode::kInternal;
  };
  EXPECT_EQ(code(folder_.path() / "none"), ErrorCode::kNotFound);
  write_file(folder_.path() / "diary", "somebody's diary");
  EXPECT_EQ(code(folder_.path() / "diary"), ErrorCode::kCorrupt);
  EXPECT_THROW(Sightings::open_or_create(folder_.path() / "diary", kBinding), Error);
  EXPECT_EQ(read_file(folder_.path() / "diary"), "somebody's diary");
  test::make_gallery(folder_.path() / "people.kith", random_.people(2, 2), 64);
  EXPECT_EQ(code(folder_.path() / "people.kith"), ErrorCode::kCorrupt);
  Sightings::open_or_create(path_, kBinding);
  std::string bytes = read_file(path_);
  bytes[63] = 9;  // user_version
  write_file(folder_.path() / "newer", bytes);
  EXPECT_EQ(code(folder_.path() / "newer"), ErrorCode::kUnsupported);
  try {
    Sightings::open_or_create(path_, {"identity-2", "other", 64});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(e.what(), HasSubstr("embedder synthetic"));
  }
  Sightings file = Sightings::open(path_);
  Sighting wrong = sighting("/a.mp4", 1);
  wrong.embedding.resize(3);
  EXPECT_THROW(file.add({}, std::vector{sighting("/a.mp4", 2), wrong}), Error);
  EXPECT_TRUE(file.all().empty()) << "all or nothing";
}

}  // namespace
}  // namespace kith
