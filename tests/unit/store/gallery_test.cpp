#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/gallery.h>

#include <algorithm>
#include <fstream>

#include "core/files.h"
#include "store/database.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"
#include "unit/store/make_gallery.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using test::make_gallery;
using test::Synthetic;
using test::TempDir;
using testing::HasSubstr;

constexpr int kDimension = 16;

class GalleryUnit : public testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "people.kith"; }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
  TempDir folder_;
  Synthetic synthetic_{kDimension};
};

template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e;
  }
  return {ErrorCode::kInternal, "no error"};
}

bool contains(const std::string& bytes, std::span<const float> vector) {
  const std::string needle(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
  return bytes.find(needle) != std::string::npos;
}

TEST_F(GalleryUnit, KeepsPeopleInOneFile) {
  const std::vector<Person> people = synthetic_.people(4, 3);
  make_gallery(file(), people, kDimension);
  EXPECT_EQ(files(), std::vector<std::string>{"people.kith"});

  const Gallery gallery = Gallery::open(file());
  EXPECT_EQ(gallery.binding().identity, "identity-1");
  EXPECT_EQ(gallery.binding().name, "synthetic");
  EXPECT_EQ(gallery.binding().dimension, kDimension);
  ASSERT_EQ(gallery.people().size(), 4U);
  for (std::size_t i = 0; i < people.size(); ++i) {
    const Person& person = gallery.people()[i];
    EXPECT_EQ(person.name, people[i].name);
    ASSERT_EQ(person.samples.size(), 3U);
    for (std::size_t j = 0; j < 3; ++j) {
      EXPECT_EQ(person.samples[j].embedding, people[i].samples[j].embedding);
      EXPECT_EQ(person.samples[j].source, people[i].samples[j].source);
      EXPECT_EQ(person.samples[j].checksum, people[i].samples[j].checksum);
    }
    EXPECT_NEAR(dot(person.centre, person.centre), 1, 1e-5);
  }
  EXPECT_NE(gallery.find("person 102"), nullptr);
  EXPECT_EQ(gallery.find("nobody"), nullptr);
}

TEST_F(GalleryUnit, TemplateIsTheQualityWeightedMean) {
  Person person = synthetic_.person("a", 2);
  person.samples[0].quality = 0.25F;
  person.samples[1].quality = 0.75F;
  const Gallery gallery = make_gallery(file(), std::vector{person}, kDimension);
  Embedding expected(kDimension);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] = 0.25F * person.samples[0].embedding[i] + 0.75F * person.samples[1].embedding[i];
  }
  scale_to_unit(expected);
  EXPECT_THAT(gallery.people()[0].centre, testing::Pointwise(testing::FloatNear(1e-6F), expected));
}

TEST_F(GalleryUnit, NamesInAnyScriptStayAsTheyAre) {
  std::vector<Person> people;
  for (const char* name :
       {"Zoë", "Ольга", "山田太郎", "محمد", "ไก่", "👩‍🚀", "O'Brien; DROP TABLE people", "\xff\xfe"}) {
    people.push_back(synthetic_.person(name, 2));
  }
  make_gallery(file(), people, kDimension);
  const Gallery gallery = Gallery::open(file());
  EXPECT_EQ(gallery.people().size(), people.size());
  for (const Person& person : people) EXPECT_NE(gallery.find(person.name), nullptr) << person.name;
  EXPECT_TRUE(std::ranges::is_sorted(gallery.people(), {}, &Person::name));
}

TEST_F(GalleryUnit, AddSkipsWhatIsEnrolled) {
  Gallery gallery = make_gallery(file(), synthetic_.people(1, 3), kDimension);
  const Person more = synthetic_.person("more", 3);
  EXPECT_EQ(gallery.add("more", more.samples), 3);
  EXPECT_EQ(gallery.add("more", more.samples), 0);
  EXPECT_EQ(gallery.add("person 100", more.samples), 3) << "the same photo may be enrolled for somebody else";
  EXPECT_EQ(Gallery::open(file()).find("more")->samples.size(), 3U);
  EXPECT_EQ(gallery.add("nothing", {}), 0);
  EXPECT_EQ(gallery.find("nothing"), nullptr);
}

TEST_F(GalleryUnit, RenameMovesOrMerges) {
  Gallery gallery = make_gallery(file(), synthetic_.people(3, 3), kDimension);
  gallery.rename("person 100", "Ada");
  EXPECT_EQ(gallery.people().front().name, "Ada");
  gallery.add("person 101", gallery.find("Ada")->samples);
  gallery.rename("person 101", "Ada");
  EXPECT_EQ(gallery.people().size(), 2U);
  EXPECT_EQ(gallery.find("Ada")->samples.size(), 6U) << "photos that both had are kept once";
  gallery.rename("Ada", "Ada");
  EXPECT_EQ(Gallery::open(file()).find("Ada")->samples.size(), 6U);
}

TEST_F(GalleryUnit, RefusesWhatCannotWorkAndStaysAsItWas) {
  Gallery gallery = make_gallery(file(), synthetic_.people(2, 2), kDimension);
  const std::string before = read_file(file());
  const Person one = synthetic_.person("x", 1);
  EXPECT_EQ(error_of([&] { gallery.add("", one.samples); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([&] { gallery.rename("person 100", ""); }).code(), ErrorCode::kInvalidArgument);
  Sample wrong = one.samples[0];
  wrong.embedding.push_back(0);
  EXPECT_THAT(error_of([&] { gallery.add("x", std::vector{wrong}); }).what(), HasSubstr("17 numbers"));
  wrong.embedding = Embedding(kDimension, 0.0F);
  EXPECT_THAT(error_of([&] { gallery.add("x", std::vector{wrong}); }).what(), HasSubstr("unit vector"));
  wrong.embedding = Embedding(kDimension, std::nanf(""));
  EXPECT_THAT(error_of([&] { gallery.add("x", std::vector{wrong}); }).what(), HasSubstr("unit vector"));

  const Error removal = error_of([&] { gallery.remove("Person 10"); });
  EXPECT_EQ(removal.code(), ErrorCode::kNotFound);
  EXPECT_THAT(removal.what(), HasSubstr("did you mean person 100, person 101"));
  EXPECT_EQ(error_of([&] { gallery.rename("who", "ever"); }).code(), ErrorCode::kNotFound);
  EXPECT_EQ(read_file(file()), before);
  EXPECT_EQ(gallery.people().size(), 2U);
}

TEST_F(GalleryUnit, IsBoundToItsEmbedder) {
  const Gallery gallery = make_gallery(file(), synthetic_.people(1, 1), kDimension);
  EXPECT_NO_THROW(gallery.require("identity-1", "synthetic"));
  EXPECT_THAT(error_of([&] { gallery.require("other", "facenet"); }).what(),
              testing::AllOf(HasSubstr("synthetic"), HasSubstr("facenet"), HasSubstr("people.kith")));
  EXPECT_THAT(error_of([&] { gallery.require("other", "synthetic"); }).what(), HasSubstr("earlier version"));
  EXPECT_EQ(error_of([&] {
              Gallery::open_or_create(file(), {"other", "facenet", kDimension});
            }).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(GalleryUnit, ErasedPeopleLeaveNoBytes) {
  std::vector<Person> people = synthetic_.people(30, 8);
  for (Person& person : people) person.name = "unmistakable " + person.name;
  Gallery gallery = make_gallery(file(), people, kDimension);
  std::string bytes = read_file(file());
  for (const Person& person : people) {
    ASSERT_NE(bytes.find(person.name), std::string::npos);
    for (const Sample& sample : person.samples) ASSERT_TRUE(contains(bytes, sample.embedding));
  }
  // In an order that splits, merges and reuses pages; with renames, and additions in between.
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < people.size(); i += 2) {
    const Person& person = people[(i * 7) % people.size()];
    if (i % 3 == 0) gallery.remove(person.name);  // what undo() keeps goes too
    EXPECT_EQ(gallery.erase(person.name), 8);
    gone.push_back(person.name);
    if (i % 4 == 0)
      gallery.add("new " + std::to_string(i), synthetic_.person("new" + std::to_string(i), 5).samples);
  }
  gallery.rename(people[1].name, "renamed");
  gallery.add("renamed", synthetic_.person("r", 1).samples);
  bytes = read_file(file());
  EXPECT_EQ(bytes.find(people[1].name + "\0"), std::string::npos);
  for (const Person& person : people) {
    const bool removed = std::ranges::find(gone, person.name) != gone.end();
    for (const Sample& sample : person.samples) {
      EXPECT_EQ(contains(bytes, sample.embedding), !removed) << person.name;
      EXPECT_EQ(contains(bytes, std::span(sample.embedding).first(4)), !removed) << person.name;
      if (removed) {
        EXPECT_EQ(bytes.find(sample.source), std::string::npos);
      }
    }
    if (removed) {
      EXPECT_EQ(bytes.find(person.name), std::string::npos);
    }
  }
  EXPECT_EQ(files(), std::vector<std::string>{"people.kith"});
}

TEST_F(GalleryUnit, OpensOnlyGalleries) {
  EXPECT_EQ(error_of([&] { Gallery::open(file()); }).code(), ErrorCode::kNotFound);
  EXPECT_EQ(error_of([&] { Gallery::open(folder_.path()); }).code(), ErrorCode::kCorrupt);
  write_file(file(), "");
  EXPECT_EQ(error_of([&] { Gallery::open(file()); }).code(), ErrorCode::kNotFound) << "nobody was enrolled";
  for (const std::string& bytes : {std::string("short"), std::string(5000, 'x')}) {
    write_file(file(), bytes);
    const Error e = error_of([&] { Gallery::open(file()); });
    EXPECT_EQ(e.code(), ErrorCode::kCorrupt);
    EXPECT_THAT(e.what(), HasSubstr("not a people.kith"));
  }
  fs::remove(file());
  {
    sqlite3* db = nullptr;
    sqlite3_open(file().c_str(), &db);
    sqlite3_exec(db, "CREATE TABLE bookmarks (x); INSERT INTO bookmarks VALUES (1)", nullptr, nullptr,
                 nullptr);
    sqlite3_close(db);
  }
  const std::string theirs = read_file(file());
  EXPECT_THAT(error_of([&] { Gallery::open(file()); }).what(), HasSubstr("another program"));
  EXPECT_EQ(error_of([&] { Gallery::replace(file(), {"i", "n", 4}); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(read_file(file()), theirs);
}

TEST_F(GalleryUnit, RefusesANewerFormat) {
  make_gallery(file(), synthetic_.people(2, 2), kDimension);
  Database::open(file()).execute("PRAGMA user_version = 4");
  const Error e = error_of([&] { Gallery::open(file()); });
  EXPECT_EQ(e.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(e.what(), HasSubstr("update Kith"));
}

TEST_F(GalleryUnit, RemembersRejectionsAndTheRate) {
  make_gallery(file(), synthetic_.people(2, 3), kDimension);
  Sample face;
  face.source = "party.jpg";
  face.checksum = "c1";
  face.embedding = synthetic_.direction();
  {
    Gallery gallery = Gallery::open(file());
    EXPECT_EQ(gallery.far(), 1e-3);
    EXPECT_EQ(gallery.reject("person 100", std::span(&face, 1)), 1);
    EXPECT_EQ(gallery.reject("person 100", std::span(&face, 1)), 0) << "already noted";
    EXPECT_EQ(error_of([&] { gallery.reject("nobody", std::span(&face, 1)); }).code(), ErrorCode::kNotFound);
    gallery.set_far(1e-4);
    EXPECT_EQ(error_of([&] { gallery.set_far(0); }).code(), ErrorCode::kInvalidArgument);
  }
  Gallery gallery = Gallery::open(file());
  EXPECT_EQ(gallery.far(), 1e-4);
  ASSERT_EQ(gallery.find("person 100")->rejected.size(), 1U);
  EXPECT_EQ(gallery.find("person 100")->rejected[0].source, "party.jpg");
  EXPECT_TRUE(gallery.find("person 101")->rejected.empty());
  gallery.rename("person 100", "person 101");
  EXPECT_EQ(gallery.find("person 101")->rejected.size(), 1U) << "merged";
  EXPECT_EQ(gallery.accept("person 101", std::vector<std::string>{"party.jpg", "other.jpg"}), 1);
  EXPECT_TRUE(Gallery::open(file()).find("person 101")->rejected.empty());
}

// Whatever the damage: an Error, or a gallery, never a crash. (The fuzz target goes further.)
TEST_F(GalleryUnit, SurvivesDamage) {
  make_gallery(file(), synthetic_.people(3, 3), kDimension);
  const std::string whole = read_file(file());
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    if (round % 3 == 0) bytes.resize(random() % bytes.size());
    for (int i = 0; i < 1 + round % 40 && !bytes.empty(); ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
    try {
      Gallery gallery = Gallery::open(file());
      gallery.remove("person 101");
    } catch (const Error& e) {
      ++refused;
      EXPECT_NE(e.code(), ErrorCode::kInternal) << e.what();
    }
  }
  EXPECT_GT(refused, 100);
}

TEST_F(GalleryUnit, DamagedRowsAreRefusedByName) {
  for (const char* sql :
       {"DELETE FROM binding", "UPDATE binding SET dimension = 17", "UPDATE binding SET dimension = -1",
        "DROP TABLE samples", "UPDATE samples SET embedding = x'00'", "UPDATE samples SET embedding = 'abcd'",
        "UPDATE samples SET embedding = zeroblob(64)", "DROP TABLE undo", "INSERT INTO settings VALUES (7)",
        "CREATE TRIGGER t AFTER UPDATE ON people BEGIN DELETE FROM people; END",
        "DROP TABLE people; CREATE VIEW people AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 "
        "FROM n) SELECT id, 'x' AS name FROM n"}) {
    fs::remove(file());
    make_gallery(file(), synthetic_.people(3, 3), kDimension);
    Database::open(file()).execute((std::string("PRAGMA foreign_keys = OFF; ") + sql).c_str());
    const Error e = error_of([&] { Gallery::open(file()); });
    EXPECT_EQ(e.code(), ErrorCode::kCorrupt) << sql;
    EXPECT_THAT(e.what(), testing::AllOf(HasSubstr("people.kith"), HasSubstr("damaged"))) << sql;
  }
}

TEST_F(GalleryUnit, ReplacementAppearsOnlyWhenCommitted) {
  make_gallery(file(), synthetic_.people(2, 2), kDimension);
  const std::string before = read_file(file());
  {
    Gallery draft = Gallery::replace(file(), {"identity-2", "other", kDimension});
    draft.add_all(synthetic_.people(5, 2));
    EXPECT_EQ(draft.people().size(), 5U);
    EXPECT_EQ(read_file(file()), before);
  }
  EXPECT_EQ(read_file(file()), before);
  EXPECT_EQ(files(), std::vector<std::string>{"people.kith"});
  Gallery draft = Gallery::replace(file(), {"identity-2", "other", kDimension});
  draft.add_all(synthetic_.people(5, 2));
  draft.commit_replacement();
  draft.remove("person 100");  // goes to the file now
  EXPECT_EQ(read_file(Gallery::backup_of(file())), before) << "the old file stays beside the new one";
  EXPECT_EQ(Gallery::open(file()).binding().name, "other");
  EXPECT_EQ(Gallery::open(file()).people().size(), 4U);
}

TEST_F(GalleryUnit, AReplacementKeepsASymbolicLink) {
  const fs::path link = folder_.path() / "link.kith";
  make_gallery(file(), synthetic_.people(1, 1), kDimension);
  fs::create_symlink("people.kith", link);
  make_gallery(link, synthetic_.people(3, 1), kDimension);
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(Gallery::open(file()).people().size(), 3U);
}

TEST_F(GalleryUnit, AChangeStartsFromWhatAnotherProcessWrote) {
  Gallery first = make_gallery(file(), synthetic_.people(2, 2), kDimension);
  Gallery second = Gallery::open(file());
  second.add("from elsewhere", synthetic_.person("e", 2).samples);
  first.add("here", synthetic_.person("h", 2).samples);
  EXPECT_EQ(first.people().size(), 4U);

  make_gallery(file(), synthetic_.people(1, 1), kDimension);  // begun anew meanwhile
  EXPECT_EQ(error_of([&] { first.remove("here"); }).code(), ErrorCode::kNotFound);
  first.add("late", synthetic_.person("l", 1).samples);
  EXPECT_EQ(first.people().size(), 2U);
  EXPECT_EQ(Gallery::open(file()).people().size(), 2U);

  fs::remove(file());
  Gallery::replace(file(), {"identity-2", "other", kDimension}).commit_replacement();
  EXPECT_EQ(error_of([&] { first.remove("late"); }).code(), ErrorCode::kInvalidArgument)
      << "of another embedder";
  fs::remove(file());
  EXPECT_EQ(error_of([&] { first.remove("late"); }).code(), ErrorCode::kNotFound);
}

// How tests/data/people-format-1.kith was made (then: sqlite3 FILE 'PRAGMA page_size = 512; VACUUM'). Run it
// again only for a new format, with a new name: --gtest_also_run_disabled_tests
// --gtest_filter=*WritesTheStoredFile
TEST_F(GalleryUnit, DISABLED_WritesTheStoredFile) {
  Synthetic synthetic(8);
  std::vector<Person> people{synthetic.person("Ada", 3), synthetic.person("Bea", 2),
                             synthetic.person("山田", 1)};
  people[0].samples[1].quality = 0.5F;
  make_gallery("people-format-1.kith", people, 8);
}

// Written once by this code's first version and committed: must open for ever.
TEST_F(GalleryUnit, OpensAFileOfFormat1) {
  fs::copy_file(fs::path(KITH_SOURCE_DIR) / "tests/data/people-format-1.kith", file());
  Gallery gallery = Gallery::open(file());
  EXPECT_EQ(gallery.binding().identity, "identity-1");
  ASSERT_EQ(gallery.people().size(), 3U);
  EXPECT_EQ(gallery.people()[2].name, "山田");
  EXPECT_EQ(gallery.people()[0].samples.size(), 3U);
  EXPECT_FLOAT_EQ(gallery.people()[0].samples[1].quality, 0.5F);
  gallery.rename("山田", "Yamada");
  EXPECT_NE(gallery.find("Yamada"), nullptr);
  EXPECT_EQ(Gallery::open(file()).people().size(), 3U) << "format 3 by now";
  EXPECT_THAT(gallery.undo().what, HasSubstr("Yamada"));
  EXPECT_NE(Gallery::open(file()).find("山田"), nullptr);
}

// Made by format 2's statements and committed. Two of its people are one name in two spellings.
TEST_F(GalleryUnit, OpensAFileOfFormat2) {
  fs::copy_file(fs::path(KITH_SOURCE_DIR) / "tests/data/people-format-2.kith", file());
  Gallery gallery = Gallery::open(file());
  const auto is_whole = [](const Gallery& g) {
    EXPECT_EQ(g.people().size(), 3U);
    EXPECT_EQ(g.far(), 1e-4);
    ASSERT_NE(g.find("Zo\xC3\xAB"), nullptr);
    EXPECT_EQ(g.find("Zo\xC3\xAB"), g.find("Zoe\xCC\x88"));
    EXPECT_EQ(g.find("Zo\xC3\xAB")->samples.size(), 3U) << "of both spellings";
    EXPECT_EQ(g.find("Ada")->rejected.size(), 1U);
  };
  is_whole(gallery);
  EXPECT_EQ(gallery.count_faces("Zoe\xCC\x88"), 3);
  gallery.add("new", gallery.find("Ada")->samples);
  gallery.remove("new");
  is_whole(gallery);
  is_whole(Gallery::open(file()));
}

}  // namespace
}  // namespace kith
