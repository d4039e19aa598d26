// people.kith against crashes, full disks, missing permissions and other processes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/gallery.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
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
using test::Synthetic;
using testing::HasSubstr;

constexpr int kDimension = 128;

class GalleryCrashUnit : public testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "people.kith"; }
  test::TempDir folder_;
  Synthetic synthetic_{kDimension};
};

// Adds, renames and removes people of three photos each, for ever.
[[noreturn]] void change_for_ever(const fs::path& file, unsigned seed) {
  Synthetic synthetic(kDimension, seed);
  Gallery gallery = Gallery::open(file);
  for (int i = 0;; ++i) {
    const std::string name = "new " + std::to_string(seed) + " " + std::to_string(i);
    gallery.add(name, synthetic.person(name, 3).samples);
    gallery.rename(name, name + " renamed");
    if (gallery.people().size() > 6) gallery.remove(gallery.people().front().name);
  }
}

TEST_F(GalleryCrashUnit, AKilledWriterLeavesAWholeGallery) {
  make_gallery(file(), synthetic_.people(4, 3), kDimension);
  bool changed = false;
  for (unsigned round = 0; round < 25; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        change_for_ever(file(), round + 100);
      } catch (...) {
        ::_exit(1);
      }
    }
    const unsigned patience = changed ? 1 : round + 1;  // a slow machine's writers get longer
    std::this_thread::sleep_for(std::chrono::milliseconds((5 + 7 * (round % 11)) * patience));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";

    const Gallery gallery = Gallery::open(file());
    EXPECT_GE(gallery.people().size(), 4U);
    for (const Person& person : gallery.people()) {
      EXPECT_EQ(person.samples.size(), 3U) << person.name;
      changed |= person.name.starts_with("new");
    }
    Database db = Database::open(file());
    Statement check = db.prepare("PRAGMA integrity_check");
    ASSERT_TRUE(check.step());
    EXPECT_EQ(check.text(0), "ok");
  }
  EXPECT_TRUE(changed) << "nothing was written before the kills";
}

// A copy of the file with its journal in the midst of a change: what a power cut leaves.
fs::path make_torn_copy(const fs::path& file) {
  const fs::path torn = file.parent_path() / "torn";
  fs::create_directory(torn);
  Database db = Database::open(file);
  db.execute("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; DELETE FROM samples");
  EXPECT_TRUE(fs::exists(file.string() + "-journal"));
  fs::copy_file(file, torn / "people.kith");
  fs::copy_file(file.string() + "-journal", torn / "people.kith-journal");
  db.execute("ROLLBACK");
  return torn / "people.kith";
}

TEST_F(GalleryCrashUnit, AnUnfinishedChangeIsUndoneAtTheNextOpening) {
  make_gallery(file(), synthetic_.people(20, 6), kDimension);
  const fs::path torn = make_torn_copy(file());
  ASSERT_NE(read_file(torn), read_file(file()));
  EXPECT_EQ(Gallery::open(torn).people().size(), 20U);
  EXPECT_EQ(read_file(torn), read_file(file()));
  EXPECT_FALSE(fs::exists(torn.string() + "-journal"));
}

TEST_F(GalleryCrashUnit, AnOldJournalDoesNotSpoilAReplacement) {
  make_gallery(file(), synthetic_.people(20, 6), kDimension);
  const fs::path torn = make_torn_copy(file());
  make_gallery(torn, synthetic_.people(3, 2), kDimension);
  EXPECT_FALSE(fs::exists(torn.string() + "-journal"));
  EXPECT_EQ(Gallery::open(torn).people().size(), 3U);

  // The same where the old file is beyond repair.
  fs::copy_file(file(), torn, fs::copy_options::overwrite_existing);
  const fs::path again = torn.parent_path() / "again.kith";
  std::string bytes = read_file(file());
  bytes[16] = 7;  // an impossible page size
  write_file(again, bytes);
  write_file(again.string() + "-journal", std::string(2000, 'j'));
  make_gallery(again, synthetic_.people(3, 2), kDimension);
  EXPECT_EQ(Gallery::open(again).people().size(), 3U);
}

TEST_F(GalleryCrashUnit, AFullDiskChangesNothing) {
  Gallery gallery = make_gallery(file(), synthetic_.people(3, 3), kDimension);
  const std::string before = read_file(file());
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ::getrlimit(RLIMIT_FSIZE, &unlimited);
  rlimit limited = unlimited;
  limited.rlim_cur = before.size() + 4096;
  const std::vector<Person> many = synthetic_.people(30, 5);
  ::setrlimit(RLIMIT_FSIZE, &limited);
  std::optional<Error> adding, replacing;
  try {
    gallery.add_all(many);
  } catch (const Error& e) {
    adding = e;
  }
  try {
    make_gallery(file(), many, kDimension);
  } catch (const Error& e) {
    replacing = e;
  }
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, SIG_DFL);
  for (const auto& error : {adding, replacing}) {
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->code(), ErrorCode::kIo) << error->what();
    EXPECT_THAT(error->what(), HasSubstr("people.kith"));
  }
  EXPECT_EQ(read_file(file()), before);
  fs::remove(Gallery::backup_of(file()));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1)
      << "no half-written file stays behind";
  EXPECT_EQ(gallery.people().size(), 3U);
  gallery.add_all(many);  // space was made
  EXPECT_EQ(Gallery::open(file()).people().size(), 30U);
}

// Root may write anywhere, so that these become another user for a moment.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() : root_(::geteuid() == 0) {
    if (root_ && ::seteuid(65534) != 0) root_ = false;
  }
  ~AsOrdinaryUser() {
    if (root_ && ::seteuid(0) != 0) std::abort();
  }
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  bool root_;
};

TEST_F(GalleryCrashUnit, AReadOnlyFolderCanBeReadAndNotChanged) {
  make_gallery(file(), synthetic_.people(3, 3), kDimension);
  const std::string before = read_file(file());
  fs::permissions(folder_.path(), fs::perms(0555));
  for (const int mode : {0644, 0444}) {
    fs::permissions(file(), fs::perms(mode));
    const AsOrdinaryUser user;
    Gallery gallery = Gallery::open(file());
    EXPECT_EQ(gallery.people().size(), 3U);
    const auto fails = [&](auto change) {
      try {
        change();
        ADD_FAILURE() << "changed a read-only gallery";
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kIo) << e.what();
        EXPECT_THAT(e.what(), HasSubstr("people.kith"));
      }
    };
    fails([&] { gallery.add("x", synthetic_.person("x", 1).samples); });
    fails([&] { gallery.remove("person 100"); });
    fails([&] { Gallery::replace(file(), gallery.binding()); });
    EXPECT_EQ(gallery.people().size(), 3U);
  }
  fs::permissions(file(), fs::perms(0));
  {
    const AsOrdinaryUser user;
    try {
      Gallery::open(file());
      ADD_FAILURE();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kIo) << e.what();
    }
  }
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::permissions(file(), fs::perms(0644));
  EXPECT_EQ(read_file(file()), before);
}

TEST_F(GalleryCrashUnit, WaitsForAnotherWriterAndThenSaysSo) {
  Gallery gallery = make_gallery(file(), synthetic_.people(2, 2), kDimension);
  Database other = Database::open(file());
  other.execute("BEGIN IMMEDIATE");
  EXPECT_EQ(Gallery::open(file()).people().size(), 2U) << "reading goes on";
  const Person person = synthetic_.person("late", 1);
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    other.execute("COMMIT");
  });
  EXPECT_EQ(gallery.add("late", person.samples), 1);
  writer.join();

  other.execute("BEGIN IMMEDIATE");
  try {
    gallery.remove("late");
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kIo);
    EXPECT_THAT(e.what(), HasSubstr("another program"));
  }
  EXPECT_NE(gallery.find("late"), nullptr);
}

}  // namespace
}  // namespace kith
