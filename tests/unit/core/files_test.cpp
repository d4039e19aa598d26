#include "core/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <kith/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "core/json_lines.h"

namespace kith {
namespace {
namespace fs = std::filesystem;

class FilesUnit : public testing::Test {
 protected:
  FilesUnit() : folder_(fs::path(testing::TempDir()) / ("files" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~FilesUnit() override { fs::remove_all(folder_); }
  fs::path file(const std::string& name) const { return folder_ / name; }
  static mode_t mode(const fs::path& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path().filename());
    return found;
  }

 private:
  fs::path folder_;
};

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST_F(FilesUnit, AFailedReadIsAnError) {
  EXPECT_EQ(message_of([] { read_file("/proc/self/mem"); }),
            "/proc/self/mem: cannot be read: Input/output error");
  EXPECT_EQ(message_of([&] { read_file(file("")); }), file("").string() + ": is a folder, a file is needed");
  EXPECT_EQ(message_of([&] { read_file(file("none")); }), file("none").string() + ": no such file");
}

TEST_F(FilesUnit, TwoRunsDoNotWriteIntoOneAnother) {
  JsonLines first(file("a.jsonl").string(), JsonLines::Mode::kGrow);
  first.write(nlohmann::ordered_json{{"run", 1}});
  JsonLines second(file("a.jsonl").string(), JsonLines::Mode::kGrow);
  EXPECT_EQ(message_of([&] {
              second.write(nlohmann::ordered_json{{"run", 2}});
            }),
            file("a.jsonl").string() + ": another run is writing there: wait for it, or give another name");
  first.write(nlohmann::ordered_json{{"run", 1}});
  EXPECT_EQ(read_file(file("a.jsonl")), "{\"run\":1}\n{\"run\":1}\n");
}

TEST_F(FilesUnit, ReadsWhatHasNoSize) {
  EXPECT_NE(read_file("/proc/self/status").find("Name:"), std::string::npos);
  EXPECT_EQ(read_file("/dev/null"), "");
}

TEST_F(FilesUnit, WritesBytesAndFolders) {
  const std::string bytes("a\0b\n", 4);
  write_file(file("new/folder/x"), bytes);
  EXPECT_EQ(read_file(file("new/folder/x")), bytes);
}

TEST_F(FilesUnit, PrivateFilesAreForTheirOwnerAlone) {
  const mode_t before = ::umask(0);
  write_file(file("faces"), "x", Access::kPrivate);
  write_file(file("picture"), "x");
  ::umask(before);
  EXPECT_EQ(mode(file("faces")), 0600);
  EXPECT_EQ(mode(file("picture")), 0666);
}

TEST_F(FilesUnit, AReplacedFileKeepsItsMode) {
  for (const mode_t wanted : {0640U, 0600U, 0664U}) {
    write_file(file("x"), "old");
    ::chmod(file("x").c_str(), wanted);
    write_file(file("x"), "new", Access::kPrivate);
    EXPECT_EQ(mode(file("x")), wanted);
    write_file(file("x"), "newer");
    EXPECT_EQ(mode(file("x")), wanted);
  }
}

TEST_F(FilesUnit, AnEmptyFileHasNoModeToKeep) {
  write_file(file("x"), "");
  ::chmod(file("x").c_str(), 0644);
  write_file(file("x"), "a face", Access::kPrivate);
  EXPECT_EQ(mode(file("x")), 0600);
}

TEST_F(FilesUnit, ADraftIsPrivateFromTheFirstByte) {
  write_file(file("x"), "old");
  ::chmod(file("x").c_str(), 0600);
  Draft draft(file("x"), Access::kShared);
  draft.write("half");
  for (const std::string& name : names()) EXPECT_EQ(mode(file(name)), 0600) << name;
  EXPECT_EQ(read_file(file("x")), "old");
}

TEST_F(FilesUnit, NothingStaysOfADraft) {
  { Draft(file("x"), Access::kShared).write("half"); }
  EXPECT_TRUE(names().empty());
}

TEST_F(FilesUnit, TakesTheLongestNames) {
  const std::string name(255, 'n');
  write_file(file(name), "x");
  EXPECT_EQ(read_file(file(name)), "x");
}

TEST_F(FilesUnit, FollowsLinks) {
  write_file(file("real"), "old");
  fs::create_symlink("real", file("link"));
  fs::create_symlink("not yet", file("ahead"));
  write_file(file("link"), "new");
  write_file(file("ahead"), "there");
  EXPECT_TRUE(fs::is_symlink(file("link")));
  EXPECT_EQ(read_file(file("real")), "new");
  EXPECT_EQ(read_file(file("not yet")), "there");
}

TEST_F(FilesUnit, LeavesDevicesAndFoldersAlone) {
  write_file("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  fs::create_directory(file("folder"));
  EXPECT_EQ(message_of([&] { write_file(file("folder"), "x"); }),
            file("folder").string() + ": cannot be written: Is a directory");
  EXPECT_EQ(message_of([] { write_file("/dev/full", "x"); }),
            "/dev/full: cannot be written: No space left on device");
}

TEST_F(FilesUnit, ThreadsDoNotShareADraft) {
  std::vector<std::jthread> threads;
  for (char c = 'a'; c < 'i'; ++c)
    threads.emplace_back([this, c] {
      for (int i = 0; i < 20; ++i) write_file(file("x"), std::string(10000, c));
    });
  threads.clear();
  const std::string bytes = read_file(file("x"));
  EXPECT_EQ(bytes, std::string(10000, bytes.front()));
  EXPECT_EQ(names().size(), 1U);
}

TEST_F(FilesUnit, LinesAreOpenedAtTheFirst) {
  write_file(file("x"), "an earlier run");
  for (const auto mode : {LineFile::Mode::kWhole, LineFile::Mode::kGrow, LineFile::Mode::kAppend}) {
    try {
      LineFile lines(file("x"), mode);
      throw Error(ErrorCode::kNotFound, "the input");
    } catch (const Error&) {
    }
    EXPECT_EQ(read_file(file("x")), "an earlier run");
  }
}

TEST_F(FilesUnit, GrowingLinesAreThereAtOnceAndWholeOnesTogether) {
  LineFile grows(file("grows"), LineFile::Mode::kGrow), whole(file("whole"), LineFile::Mode::kWhole);
  for (LineFile* lines : {&grows, &whole}) lines->write("one\n");
  EXPECT_EQ(read_file(file("grows")), "one\n");
  EXPECT_FALSE(fs::exists(file("whole")));
  for (LineFile* lines : {&grows, &whole}) {
    lines->write("two\n");
    lines->finish();
  }
  EXPECT_EQ(read_file(file("grows")), "one\ntwo\n");
  EXPECT_EQ(read_file(file("whole")), "one\ntwo\n");
  EXPECT_EQ(mode(file("grows")), 0600);
  EXPECT_EQ(mode(file("whole")), 0600);
}

TEST_F(FilesUnit, NoLinesAreAnEmptyFile) {
  write_file(file("x"), "an earlier run");
  LineFile(file("x"), LineFile::Mode::kGrow).finish();
  EXPECT_EQ(read_file(file("x")), "");
  { LineFile lines(file("y"), LineFile::Mode::kWhole); }
  EXPECT_TRUE(fs::exists(file("y")));
}

TEST_F(FilesUnit, AppendsLines) {
  write_file(file("x"), "one\n");
  LineFile(file("x"), LineFile::Mode::kAppend).write("two\n");
  EXPECT_EQ(read_file(file("x")), "one\ntwo\n");
}

}  // namespace
}  // namespace kith
