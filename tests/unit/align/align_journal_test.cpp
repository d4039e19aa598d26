#include "align/align_journal.h"

#include <gmock/gmock.h>
#include <kith/error.h>

#include <fstream>

#include "photos/chip_records.h"
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
    item.sha256 = "of the photo";
    item.taken.resize(1);
    item.taken[0].face = {{1, 2.5F, 3, 4}, 0.99F, {{{1, 1}, {2, 1}, {1.5F, 2}, {1, 3}, {2, 3.1F}}}};
    item.taken[0].chip = chip;
    item.taken[0].sha256 = "of the chip";
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

TEST_F(AlignJournalUnit, OnlyItsOwnHalfWrittenFilesGo) {
  write_file(chips_ / "p/thesis.part123", "not ours");
  write_file(chips_ / "p/b.png", "chip");
  fs::rename(chips_ / "p/b.png", chips_ / "p/.kith-123-1.draft");
  const AlignJournal journal(chips_);
  EXPECT_FALSE(fs::exists(chips_ / "p/.kith-123-1.draft"));
  EXPECT_TRUE(fs::exists(chips_ / "p/thesis.part123"));
  EXPECT_TRUE(fs::exists(chips_ / "p/a.png"));
}

TEST_F(AlignJournalUnit, ALineThatLeavesTheFolderIsRefusedWithItsNumber) {
  write_file(folder_.path() / "victim/precious.png", "precious");
  for (const char* chip :
       {"../victim/precious.png", "p/../../victim/precious.png", "/etc/precious.png", ""}) {
    fs::remove(chips_ / "kith-align.jsonl");
    {
      AlignJournal journal(chips_);
      journal.add(photo_, aligned("p/a.png"));
      journal.add(photo_, aligned(chip));
    }
    try {
      AlignJournal{chips_};
      FAIL() << chip;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kCorrupt);
      EXPECT_THAT(e.what(), testing::HasSubstr("kith-align.jsonl:2: "));
    }
  }
  AlignItem escaped = aligned("p/a.png");
  escaped.base = "../../escaped";
  fs::remove(chips_ / "kith-align.jsonl");
  AlignJournal(chips_).add(photo_, escaped);
  EXPECT_THROW(AlignJournal{chips_}, Error);
}

TEST_F(AlignJournalUnit, ChipsAreNotRemovedThroughLinks) {
  write_file(folder_.path() / "victim/precious.png", "precious");
  fs::create_directory_symlink("../victim", chips_ / "link");
  const AlignJournal journal(chips_);
  journal.remove_chip("link/precious.png");
  EXPECT_TRUE(fs::exists(folder_.path() / "victim/precious.png"));
  write_file(chips_ / "audit.html", "page");
  journal.remove_chip("audit.html");
  EXPECT_TRUE(fs::exists(chips_ / "audit.html")) << "no chip";
  journal.remove_chip("p/a.png");
  EXPECT_FALSE(fs::exists(chips_ / "p/a.png"));
}

TEST_F(AlignJournalUnit, RecordsAreFoundByTheChipsBytes) {
  AlignJournal(chips_).add(photo_, aligned("p/a.png"));
  const ChipRecords records = load_chip_records(chips_);
  ASSERT_EQ(records.size(), 1U);
  const ChipRecord& record = records.at("of the chip");
  EXPECT_EQ(record.source, photo_);
  EXPECT_EQ(record.checksum, "of the photo");
  EXPECT_EQ(record.face.box, aligned("").taken[0].face.box);
  EXPECT_EQ(record.face.score, 0.99F);
  EXPECT_EQ(record.face.landmarks, aligned("").taken[0].face.landmarks);
}

// As Kith wrote it before there were records.
TEST_F(AlignJournalUnit, AnOlderLineIsAPhotoToBeDoneAgain) {
  const fs::path photo = folder_.path() / "raw/p/old.jpg";
  write_file(photo, "photo");
  write_file(chips_ / "kith-align.jsonl",
             R"({"source":"raw/p/old.jpg","status":"aligned","width":10,"height":10,"faces":1,)"
             R"("taken":[{"box":[1,2,3,4],"chip":"p/a.png"}],"photo":")" +
                 photo.string() + R"(","stamp":"5 1","base":"p/old","pixels":"abc","thumbnail":""})" + "\n");
  EXPECT_TRUE(load_chip_records(chips_).empty());
  EXPECT_EQ(AlignJournal(chips_).previous(photo), nullptr);
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
