#include "align/align_journal.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include <fstream>

#include "support/test_data.h"

namespace kith {
namespace {
namespace fs = std::filesystem;

class AlignJournalUnit : public testing::Test {
 protected:
  AlignJournalUnit() {
    write_file(photo_, "photo");
    fs::create_directories(chips_);
    write_file(chips_ / "p/a.png", "chip");
  }
  static AlignItem aligned(const std::string& chip) {
    AlignItem item;
    item.source = "raw/p/a\xff.jpg";
    item.status = AlignStatus::kAligned;
    item.size = {10, 10};
    item.taken = {{{1, 2, 3, 4}, chip}};
    item.base = "p/a";
    item.pixels = "abc";
    return item;
  }
  test::TempDir folder_;
  fs::path photo_ = folder_.path() / "raw/p/a\xff.jpg";  // not UTF-8
  fs::path chips_ = folder_.path() / "chips";
};

TEST_F(AlignJournalUnit, FinishedPhotosAreFoundAgain) {
  AlignJournal(chips_).add(photo_, aligned("p/a.png"));
  const AlignJournal journal(chips_);
  ASSERT_NE(journal.finished(photo_), nullptr);
  EXPECT_EQ(journal.finished(photo_)->source, "raw/p/a\xff.jpg");
  EXPECT_EQ(journal.finished(photo_)->pixels, "abc");
  EXPECT_EQ(journal.claimed().at("p/a"), AlignJournal::key(photo_));
}

TEST_F(AlignJournalUnit, AChangedPhotoOrAMissingChipIsDoneAgain) {
  AlignJournal(chips_).add(photo_, aligned("p/a.png"));
  fs::remove(chips_ / "p/a.png");
  EXPECT_EQ(AlignJournal(chips_).finished(photo_), nullptr);
  write_file(chips_ / "p/a.png", "chip");
  EXPECT_NE(AlignJournal(chips_).finished(photo_), nullptr);
  write_file(photo_, "another photo");
  EXPECT_EQ(AlignJournal(chips_).finished(photo_), nullptr);
  EXPECT_NE(AlignJournal(chips_).previous(photo_), nullptr);
}

TEST_F(AlignJournalUnit, ALineThatACrashCutOff) {
  AlignJournal(chips_).add(photo_, aligned("p/a.png"));
  std::ofstream(chips_ / "kith-align.jsonl", std::ios::app) << "{\"source\":\"raw/p/b.j";
  const AlignJournal journal(chips_);
  EXPECT_NE(journal.finished(photo_), nullptr);
}

TEST_F(AlignJournalUnit, HalfWrittenFilesGo) {
  write_file(chips_ / "p/b.png", "chip");
  fs::rename(chips_ / "p/b.png", chips_ / "p/.kith-123-1.draft");
  AlignJournal journal(chips_);
  EXPECT_FALSE(fs::exists(chips_ / "p/.kith-123-1.draft"));
  EXPECT_TRUE(fs::exists(chips_ / "p/a.png"));
}

TEST_F(AlignJournalUnit, ADuplicateWhosePhotoIsGoneIsLookedAtAgain) {
  const fs::path copy = folder_.path() / "raw/p/copy.jpg";
  write_file(copy, "photo");
  AlignItem duplicate = aligned("");
  duplicate.status = AlignStatus::kDuplicate;
  duplicate.taken.clear();
  duplicate.base = "p/copy";
  {
    AlignJournal journal(chips_);
    journal.add(photo_, aligned("p/a.png"));
    journal.add(copy, duplicate);
  }
  EXPECT_NE(AlignJournal(chips_).finished(copy), nullptr);
  fs::remove(photo_);
  EXPECT_EQ(AlignJournal(chips_).finished(copy), nullptr);
}

TEST_F(AlignJournalUnit, OnlyOneRunAtATime) {
  const AlignJournal first(chips_);
  EXPECT_THROW(AlignJournal{chips_}, Error);
}

}  // namespace
}  // namespace kith
