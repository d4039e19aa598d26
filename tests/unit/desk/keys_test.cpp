#include "desk/keys.h"

#include <kith/error.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "desk/audit_log.h"
#include "desk/empty_names.h"
#include "desk/kept_pictures.h"
#include "desk/photo_id.h"
#include "desk/work_queue.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

TEST(KeysUnit, AKeyIsShownOnceAndKeptAsAChecksum) {
  const test::TempDir dir;
  const fs::path file = dir.path() / "keys.json";
  Keys keys(file);
  EXPECT_TRUE(keys.empty());
  const std::string secret = keys.add("door", kRecognise | kEnrol);
  EXPECT_TRUE(is_uuid(secret));
  EXPECT_NE(secret, keys.add("other", kManage));
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(read_file(file).find(secret), std::string::npos);
  ASSERT_TRUE(keys.find(secret));
  EXPECT_EQ(keys.find(secret)->label, "door");
  EXPECT_EQ(keys.find(secret)->roles, kRecognise | kEnrol);
  std::string upper = secret;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_TRUE(keys.find(upper));
  EXPECT_FALSE(keys.find("00000000-0000-4000-8000-000000000000"));
  EXPECT_FALSE(keys.find(""));
  EXPECT_EQ(keys.all().size(), 2U);
}

TEST(KeysUnit, AnotherProcessMakesAndRevokesThem) {
  const test::TempDir dir;
  const fs::path file = dir.path() / "keys.json";
  Keys running(file), command(file);
  const std::string secret = command.add("door", kAllRoles);
  EXPECT_FALSE(running.find(secret));
  EXPECT_TRUE(running.refresh());
  const auto key = running.find(secret);
  ASSERT_TRUE(key);
  EXPECT_FALSE(command.revoke("nothere"));
  EXPECT_TRUE(command.revoke(key->id));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(running.refresh());
  EXPECT_FALSE(running.find(secret));
  write_file(file, "{damaged");
  EXPECT_FALSE(running.refresh());
  EXPECT_THROW(Keys{file}, Error);
}

TEST(KeysUnit, RolesAreWords) {
  EXPECT_EQ(role_words(kRecognise | kManage), "recognise, manage");
  EXPECT_EQ(roles_of({"enrol", "manage"}), kEnrol | kManage);
  EXPECT_THROW(roles_of({"owner"}), Error);
}

TEST(PhotoIdUnit, NumbersGoThereAndBack) {
  Sample sample;
  sample.id = 123456789;
  sample.checksum = "abc";
  const std::string id = photo_id(sample);
  EXPECT_TRUE(is_uuid(id));
  EXPECT_EQ(sample_of_photo_id(id), 123456789);
  sample.checksum = "abd";
  EXPECT_NE(photo_id(sample), id);
  EXPECT_EQ(sample_of_photo_id("11111111-1111-4111-8111-111111111111"), std::nullopt);
  EXPECT_EQ(sample_of_photo_id("../../etc/passwd"), std::nullopt);
}

TEST(EmptyNamesUnit, OutliveTheProcess) {
  const test::TempDir dir;
  EmptyNames names(dir.path() / "names.json");
  EXPECT_TRUE(names.add("Ada"));
  EXPECT_FALSE(names.add("Ada"));
  EXPECT_TRUE(EmptyNames(dir.path() / "names.json").has("Ada"));
  EXPECT_TRUE(names.remove("Ada"));
  EXPECT_FALSE(EmptyNames(dir.path() / "names.json").has("Ada"));
}

TEST(KeptPicturesUnit, NothingButChecksumsBecomesAPath) {
  const test::TempDir dir;
  const KeptPictures pictures(dir.path() / "pictures");
  const std::string one(64, 'a'), other(64, 'b');
  pictures.keep(one, "bytes");
  pictures.keep("../escaped", "bytes");
  EXPECT_EQ(pictures.find(one), "bytes");
  EXPECT_EQ(mode_of(dir.path() / "pictures" / one), 0600U);
  EXPECT_FALSE(fs::exists(dir.path() / "escaped"));
  EXPECT_EQ(pictures.find("../pictures/" + one), std::nullopt);
  EXPECT_EQ(pictures.keep_only({other}), 1);
  EXPECT_EQ(pictures.find(one), std::nullopt);
}

TEST(AuditLogUnit, IsAppendedTo) {
  const test::TempDir dir;
  const fs::path file = dir.path() / "audit.jsonl";
  for (int run = 0; run < 2; ++run) {
    AuditLog log(file);
    log.write({{"key", "5c1e77a0"}}, {{"did", "erase"}, {"person", "Ada"}});
  }
  const std::string text = read_file(file);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_NE(text.find(R"("key":"5c1e77a0","did":"erase","person":"Ada"})"), std::string::npos) << text;
  EXPECT_EQ(mode_of(file), 0600U);
}

TEST(WorkQueueUnit, TakesNoMoreThanCanWait) {
  std::atomic<bool> go = false;
  std::atomic<int> done = 0;
  WorkQueue queue(2, 3);
  const auto task = [&] {
    while (!go) std::this_thread::yield();
    ++done;
  };
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(queue.push(task));
  while (queue.running() < 2) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(task));
  EXPECT_FALSE(queue.push(task));
  EXPECT_EQ(queue.waiting(), 3U);
  go = true;
  while (done < 5) std::this_thread::yield();
  EXPECT_TRUE(queue.push([&] { ++done; }));
  while (done < 6) std::this_thread::yield();
}

}  // namespace
}  // namespace kith
