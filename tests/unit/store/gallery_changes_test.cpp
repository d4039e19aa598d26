// What a gallery's changes leave: undo, training again, snapshots, several processes.
#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/gallery.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "core/files.h"
#include "store/database.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"
#include "unit/store/make_gallery.h"

namespace kith {
namespace {
namespace fs = std::filesystem;
using test::make_gallery;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kDimension = 16;
const Binding kBinding{"identity-1", "synthetic", kDimension};

class GalleryChangesUnit : public testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "people.kith"; }
  bool holds(std::span<const float> vector) const {
    const std::string_view needle(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
    return read_file(file()).find(needle) != std::string::npos;
  }
  /// As a folder /photos/NAME shows a person.
  PersonUpdate folder(const Person& person) {
    PersonUpdate update{person.name, person.samples, {"/photos/" + person.name}, {}};
    for (Sample& sample : update.samples) {
      sample.source = "/photos/" + sample.source;
      update.present.insert(sample.source);
    }
    return update;
  }
  test::TempDir folder_;
  test::Synthetic synthetic_{kDimension};
};

template <typename Call>
ErrorCode code_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  return ErrorCode::kInternal;
}

// All that a gallery shows, to be compared.
std::string text_of(const Gallery& gallery) {
  std::string text = std::to_string(gallery.far());
  for (const Person& person : gallery.people()) {
    text += "\n" + std::to_string(person.id) + person.name;
    for (const auto* samples : {&person.samples, &person.rejected}) {
      for (const Sample& s : *samples)
        text += "|" + std::to_string(s.id) + s.source + s.checksum + std::to_string(s.quality) +
                std::to_string(s.embedding[0]);
    }
    text += std::to_string(person.centre[0]);
  }
  return text;
}

TEST_F(GalleryChangesUnit, EveryChangeCanBeTakenBackOnce) {
  Gallery gallery = make_gallery(file(), synthetic_.people(4, 3), kDimension);
  const std::vector<Sample> more = synthetic_.person("more", 2).samples;
  gallery.reject("person 101", std::span(more).first(1));
  const auto check = [&](const char* words, auto change) {
    const std::string before = text_of(gallery);
    change();
    EXPECT_NE(text_of(gallery), before) << words;
    EXPECT_EQ(text_of(Gallery::open(file())), text_of(gallery)) << words;
    const Gallery::LastChange last = Gallery::open(file()).undo();
    EXPECT_THAT(last.what, HasSubstr(words));
    EXPECT_EQ(last.at.size(), 20U) << last.at;
    gallery.snapshot();
    EXPECT_EQ(text_of(gallery), before) << words;
    EXPECT_EQ(text_of(Gallery::open(file())), before) << words;
    EXPECT_EQ(code_of([&] { gallery.undo(); }), ErrorCode::kNotFound) << words;
  };
  check("added 2 photos of new", [&] { gallery.add("new", more); });
  check("added 2 photos of person 100", [&] { gallery.add("person 100", more); });
  check("removed person 101 (3 photos)", [&] { gallery.remove("person 101"); });
  check("renamed person 101 to Ada", [&] { gallery.rename("person 101", "Ada"); });
  check("merged person 101 into person 102", [&] { gallery.rename("person 101", "person 102"); });
  check("noted 2 faces", [&] { gallery.reject("person 103", more); });
  check("took back", [&] { gallery.accept("person 101", std::vector{more[0].source}); });
  check("removed 1 photo of person 100",
        [&] { gallery.remove_photos("person 100", std::vector<std::string>{"person 100/1.jpg"}); });
  check("false-accept rate", [&] { gallery.set_far(1e-5); });
  check("trained 2 people: 2 photos added, 2 changed", [&] {
    gallery.update(
        std::vector{folder(synthetic_.person("new", 2)), folder(synthetic_.person("person 100", 2))}, 1e-5);
  });
  check("added 192 photos", [&] { gallery.add_all(synthetic_.people(100, 2)); });
}

TEST_F(GalleryChangesUnit, WhatChangesNothingLeavesTheLastChange) {
  Gallery gallery = make_gallery(file(), synthetic_.people(2, 2), kDimension);
  gallery.remove("person 101");
  gallery.add("person 100", gallery.find("person 100")->samples);
  gallery.rename("person 100", "person 100");
  gallery.set_far(1e-3);
  EXPECT_EQ(code_of([&] { gallery.remove("nobody"); }), ErrorCode::kNotFound);
  gallery.update(std::vector{PersonUpdate{"person 100", gallery.find("person 100")->samples, {}, {}}});
  EXPECT_THAT(gallery.undo().what, HasSubstr("removed person 101"));
}

TEST_F(GalleryChangesUnit, RemovedPeopleLastUntilTheNextChange) {
  std::vector<Person> people = synthetic_.people(3, 2);
  Gallery gallery = make_gallery(file(), people, kDimension);
  gallery.remove("person 101");
  EXPECT_TRUE(holds(people[1].samples[0].embedding)) << "for undo";
  EXPECT_EQ(gallery.count_faces("person 101"), 2);
  gallery.rename("person 100", "Ada");
  EXPECT_FALSE(holds(people[1].samples[0].embedding));
  EXPECT_EQ(gallery.count_faces("person 101"), 0);
  gallery.remove("Ada");
  EXPECT_EQ(gallery.erase("Ada"), 2) << "who can only be brought back";
  EXPECT_FALSE(holds(people[0].samples[0].embedding));
  EXPECT_EQ(code_of([&] { gallery.undo(); }), ErrorCode::kNotFound);
  EXPECT_EQ(gallery.erase("Ada"), 0);
}

TEST_F(GalleryChangesUnit, ErasedInTheBackupToo) {
  const std::vector<Person> people = synthetic_.people(2, 2);
  make_gallery(file(), people, kDimension);
  Gallery gallery = make_gallery(file(), std::span(people).first(1), kDimension);
  EXPECT_EQ(gallery.count_faces("person 101"), 2);
  EXPECT_EQ(gallery.erase("person 101"), 2);
  EXPECT_EQ(gallery.erase("person 100"), 4);
  EXPECT_TRUE(Gallery::open(Gallery::backup_of(file())).people().empty());
}

TEST_F(GalleryChangesUnit, TrainingAgainChangesNothingAndKeepsTheOthers) {
  const Person ada = synthetic_.person("Ada", 3), bea = synthetic_.person("Bea", 2);
  Gallery gallery = Gallery::open_or_create(file(), kBinding);
  const std::vector<PersonUpdate> photos{folder(ada), folder(bea)};
  std::vector<PersonChange> changes = gallery.update(photos, 1e-4);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_TRUE(changes[0].is_new);
  EXPECT_EQ(changes[0].added, 3);
  EXPECT_EQ(changes[0].photos, 3);
  gallery.add("Ada", synthetic_.person("elsewhere", 1).samples);
  gallery.add("Cleo", synthetic_.person("c", 2).samples);
  gallery.reject("Bea", synthetic_.person("r", 1).samples);
  const std::string before = text_of(gallery);
  changes = gallery.update(photos);
  EXPECT_EQ(text_of(gallery), before);
  EXPECT_FALSE(changes[0].is_new);
  EXPECT_EQ(changes[0].added + changes[0].changed + changes[0].removed, 0);
  EXPECT_EQ(changes[0].photos, 4);
}

TEST_F(GalleryChangesUnit, TheFolderIsTheTruthForItsOwnPhotos) {
  const Person ada = synthetic_.person("Ada", 4);
  Gallery gallery = Gallery::open_or_create(file(), kBinding);
  gallery.update(std::vector{folder(ada)});
  gallery.add("Ada", synthetic_.person("elsewhere", 1).samples);

  PersonUpdate photos = folder(ada);
  photos.present.erase(photos.samples[0].source);  // deleted
  photos.samples.erase(photos.samples.begin());
  photos.present.erase(photos.samples[0].source);  // renamed
  photos.samples[0].source = "/photos/Ada/renamed.jpg";
  photos.present.insert("/photos/Ada/renamed.jpg");
  photos.samples[1] = synthetic_.person("Ada", 3).samples[2];  // edited: other bytes, other face
  photos.samples[1].source = "/photos/Ada/2.jpg";
  photos.samples[1].checksum = "edited";
  photos.samples[2].quality = 0.25F;  // seen with other settings
  const PersonChange change = gallery.update(std::vector{photos}).front();
  EXPECT_EQ(change.removed, 2);
  EXPECT_EQ(change.added, 1);
  EXPECT_EQ(change.changed, 1);
  EXPECT_EQ(change.photos, 4);
  std::vector<std::string> sources;
  for (const Sample& sample : gallery.find("Ada")->samples) sources.push_back(sample.source);
  EXPECT_THAT(sources, testing::UnorderedElementsAre("elsewhere/0.jpg", "/photos/Ada/renamed.jpg",
                                                     "/photos/Ada/2.jpg", "/photos/Ada/3.jpg"));

  // Photos that are there and cannot be used today, and a folder without any: nobody is lost.
  photos.samples.clear();
  EXPECT_EQ(gallery.update(std::vector{photos}).front().removed, 0);
  gallery.update(std::vector{folder(synthetic_.person("Bea", 2))});
  PersonUpdate empty = folder(synthetic_.person("Bea", 0));
  EXPECT_EQ(gallery.update(std::vector{empty}).front().photos, 2);
  // "/photos/Ada" is no part of "/photos/Ada2".
  PersonUpdate other{"Ada", {}, {"/photos/Ad"}, {}};
  EXPECT_EQ(gallery.update(std::vector{other}).front().removed, 0);
}

TEST_F(GalleryChangesUnit, WhatWasRejectedIsNotLearnedAgain) {
  const Person ada = synthetic_.person("Ada", 3);
  Gallery gallery = Gallery::open_or_create(file(), kBinding);
  gallery.update(std::vector{folder(ada)});
  const Sample wrong = gallery.find("Ada")->samples[1];
  EXPECT_EQ(gallery.reject("Ada", std::span(&wrong, 1)), 1);
  EXPECT_EQ(gallery.find("Ada")->samples.size(), 2U) << "not Ada, so not enrolled as Ada";
  const PersonChange change = gallery.update(std::vector{folder(ada)}).front();
  EXPECT_EQ(change.added, 0);
  EXPECT_THAT(change.rejected_sources, ElementsAre("/photos/Ada/1.jpg"));
  EXPECT_EQ(gallery.find("Ada")->rejected.size(), 1U);
  const std::vector<Sample> rest = gallery.find("Ada")->samples;
  EXPECT_EQ(code_of([&] { gallery.reject("Ada", rest); }), ErrorCode::kInvalidArgument)
      << "nobody would be left";
  EXPECT_EQ(code_of([&] {
              gallery.remove_photos("Ada", std::vector{rest[0].source, rest[1].source});
            }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Gallery::open(file()).find("Ada")->samples.size(), 2U);
}

TEST_F(GalleryChangesUnit, NamesHaveOneSpelling) {
  const std::string composed = "Zo\xC3\xAB", decomposed = " Zoe\xCC\x88 ";
  Gallery gallery = Gallery::in_memory(kBinding);
  gallery.add(decomposed, synthetic_.person("a", 2).samples);
  gallery.add(composed, synthetic_.person("b", 2).samples);
  ASSERT_EQ(gallery.people().size(), 1U);
  EXPECT_EQ(gallery.people()[0].name, composed);
  EXPECT_NE(gallery.find(decomposed), nullptr);
  gallery.rename(decomposed, "Zoe");
  gallery.rename("Zoe", decomposed);
  gallery.reject(decomposed, synthetic_.person("r", 1).samples);
  gallery.update(std::vector{PersonUpdate{decomposed, synthetic_.person("c", 1).samples, {}, {}}});
  EXPECT_EQ(gallery.people()[0].samples.size(), 5U);
  for (const char* name : {"unknown", "A\x1b[31m", " "}) {
    EXPECT_EQ(code_of([&] { gallery.add(name, synthetic_.person("x", 1).samples); }),
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of([&] { gallery.rename(composed, name); }), ErrorCode::kInvalidArgument);
  }
  gallery.remove(decomposed);
  EXPECT_TRUE(gallery.people().empty());
}

TEST_F(GalleryChangesUnit, TheFirstChangeMakesTheFile) {
  Gallery gallery = Gallery::open_or_create(file(), kBinding);
  EXPECT_TRUE(gallery.people().empty());
  EXPECT_FALSE(fs::exists(file()));
  ::umask(0);
  gallery.add("Ada", synthetic_.person("a", 2).samples);
  ::umask(022);
  struct stat info {};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(Gallery::open_or_create(file(), kBinding).people().size(), 1U);
  write_file(folder_.path() / "diary", "somebody's diary");
  EXPECT_NE(code_of([&] { Gallery::open_or_create(folder_.path() / "diary", kBinding); }),
            ErrorCode::kInternal);
  EXPECT_EQ(read_file(folder_.path() / "diary"), "somebody's diary");
}

TEST_F(GalleryChangesUnit, FirstChangesOfSeveralProcessesAllLast) {
  constexpr int kProcesses = 4;
  for (int round = 0; round < 8; ++round) {
    fs::remove(file());
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t child = ::fork();
      if (child != 0) {
        children.push_back(child);
        continue;
      }
      try {
        test::Synthetic synthetic(kDimension, static_cast<unsigned>(i));
        Gallery gallery = Gallery::open_or_create(file(), kBinding);
        gallery.add("person " + std::to_string(i), synthetic.person("p", 2).samples);
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    EXPECT_EQ(Gallery::open(file()).people().size(), std::size_t{kProcesses});
  }
}

TEST_F(GalleryChangesUnit, SnapshotsStayAndNewOnesShowWhatOthersDid) {
  Gallery gallery = make_gallery(file(), synthetic_.people(3, 2), kDimension);
  const Snapshot first = gallery.snapshot();
  EXPECT_EQ(gallery.version(), first.version);
  EXPECT_EQ(gallery.version(), gallery.snapshot().version);
  EXPECT_EQ(first.binding.identity, "identity-1");

  Gallery::open(file()).add("Ada", synthetic_.person("a", 2).samples);  // another process
  EXPECT_NE(gallery.version(), first.version);
  const Snapshot second = gallery.snapshot();
  EXPECT_EQ(second.version, gallery.version());
  EXPECT_EQ(second.people->size(), 4U);
  gallery.remove("Ada");  // this one
  EXPECT_NE(gallery.version(), second.version);
  EXPECT_EQ(gallery.snapshot().people->size(), 3U);
  EXPECT_EQ(second.people->size(), 4U);
  EXPECT_EQ(first.people->size(), 3U);

  make_gallery(file(), synthetic_.people(1, 1), kDimension);  // begun anew by another process
  EXPECT_NE(gallery.version(), second.version);
  EXPECT_EQ(gallery.snapshot().people->size(), 1U);

  Database other = Database::open(file());  // a change that lasts
  other.execute("BEGIN EXCLUSIVE");
  const std::uint64_t before = gallery.version();
  EXPECT_EQ(gallery.version(), before) << "nobody waits for it";
  other.execute("DELETE FROM people; COMMIT");
  EXPECT_TRUE(gallery.snapshot().people->empty());
  fs::remove(file());
  EXPECT_EQ(gallery.version(), gallery.snapshot().version) << "a file that is gone takes nobody along";
}

TEST_F(GalleryChangesUnit, AFileThatAppearsIsNoticed) {
  Gallery gallery = Gallery::open_or_create(file(), kBinding);
  const Snapshot nobody = gallery.snapshot();
  EXPECT_TRUE(nobody.people->empty());
  make_gallery(file(), synthetic_.people(2, 2), kDimension);
  EXPECT_NE(gallery.version(), nobody.version);
  EXPECT_EQ(gallery.snapshot().people->size(), 2U);
}

TEST_F(GalleryChangesUnit, ThreadsShareOneGallery) {
  Gallery gallery = make_gallery(file(), synthetic_.people(3, 2), kDimension);
  std::atomic<bool> done = false;
  std::thread reader([&] {
    std::size_t most = 0;
    for (std::uint64_t version = 0; !done;) {
      if (gallery.version() == version) continue;
      const Snapshot snapshot = gallery.snapshot();
      version = snapshot.version;
      for (const Person& person : *snapshot.people) EXPECT_EQ(person.samples.size(), 2U);
      most = std::max(most, snapshot.people->size());
    }
    EXPECT_GE(most, 3U);
  });
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      test::Synthetic synthetic(kDimension, static_cast<unsigned>(w) + 50);
      for (int i = 0; i < 10; ++i) {
        const std::string name = "writer " + std::to_string(w) + " " + std::to_string(i);
        gallery.add(name, synthetic.person(name, 2).samples);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  EXPECT_EQ(gallery.people().size(), 23U);
}

}  // namespace
}  // namespace kith
