#include "core/result_lines.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/clock.h"
#include "core/files.h"
#include "core/rounding.h"
#include "support/test_data.h"

namespace kith {
namespace {

using Json = nlohmann::json;

std::vector<Json> lines_of(const std::filesystem::path& path) {
  std::vector<Json> lines;
  std::istringstream in(read_file(path));
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

TEST(ResultLinesUnit, BeginWithWhatMadeThemAndEndWithWhetherTheyAreAll) {
  const test::TempDir dir;
  const auto path = dir.path() / "a.jsonl";
  RunInfo info;
  info.verb = "detect";
  ResultLines lines(path.string(), info);
  lines.write({{"source", "a.jpg"}});
  lines.fail("b.jpg", "cut off");
  lines.write({{"source", "c.jpg"}, {"error", "gone"}, {"status", "unreadable"}});
  lines.finish({{"pictures", 1}}, true);
  const std::vector<Json> all = lines_of(path);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].at("kith").at("version"), version());
  EXPECT_EQ(all[0].at("kith").at("verb"), "detect");
  EXPECT_TRUE(all[0].at("kith").at("people").is_null());
  EXPECT_EQ(all[2], Json::parse(R"({"source":"b.jpg","error":"cut off"})"));
  EXPECT_EQ(all[4], Json::parse(R"({"summary":{"pictures":1,"interrupted":true,"failed":2,)"
                                R"("failures":["b.jpg","c.jpg"],"dropped":0}})"));
}

TEST(ResultLinesUnit, ANameThatIsNoUtf8CanBeMappedBack) {
  const test::TempDir dir;
  JsonLines lines((dir.path() / "a.jsonl").string());
  lines.write({{"source", "caf\xE9.jpg"}, {"frame", 0}});
  lines.write({{"source", "caf\xC3\xA9.jpg"}, {"frame", 0}});
  lines.finish();
  const std::vector<Json> all = lines_of(dir.path() / "a.jsonl");
  EXPECT_EQ(all.at(0).dump(), R"({"frame":0,"source":"caf)"
                              "\xEF\xBF\xBD"
                              R"(.jpg","source_base64":"Y2Fm6S5qcGc="})");
  EXPECT_FALSE(all.at(1).contains("source_base64"));
}

TEST(ResultLinesUnit, NoResultIsTwoLines) {
  const test::TempDir dir;
  ResultLines lines((dir.path() / "a.jsonl").string(), {});
  lines.finish(Json::object());
  EXPECT_EQ(lines_of(dir.path() / "a.jsonl").size(), 2U);
  ResultLines nowhere("", {});
  nowhere.write({{"source", "a.jpg"}});
  nowhere.finish(Json::object());
}

TEST(RoundingUnit, DigitsThatMeanSomething) {
  EXPECT_EQ(Json(rounded_figure(0.9999999999999999)).dump(), "1.0");
  EXPECT_EQ(Json(rounded_score(0.1F)).dump(), "0.1");
  EXPECT_EQ(Json(rounded_px(-0.001)).dump(), "0.0");
  EXPECT_EQ(Json(rounded_ms(33.366666)).dump(), "33.367");
}

TEST(ClockUnit, TimesAsText) {
  EXPECT_EQ(clock_text(83456), "0:01:23.4");
  EXPECT_EQ(utc_text(std::chrono::system_clock::time_point(std::chrono::seconds(951827696))),
            "2000-02-29T12:34:56Z");
}

}  // namespace
}  // namespace kith
