#include "align/audit.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "page/html.h"

namespace kith {
namespace {
using testing::HasSubstr;
using testing::Not;

AlignItem item(const std::string& source, AlignStatus status) {
  AlignItem result;
  result.source = source;
  result.status = status;
  return result;
}

AlignReport report_of_each() {
  AlignReport report;
  for (const AlignStatus status : kAlignStatuses)
    report.items.push_back(item("raw/p/" + std::string(to_string(status)), status));
  report.items[0].taken = {{{{1, 2, 3, 4}, 0, {}}, "p/aligned.png", ""}};
  report.items[1].taken = {{{{1, 2, 3, 4}, 0, {}}, "p/s_0.png", ""},
                           {{{5, 6, 7, 8}, 0, {}}, "p/s_1.png", ""}};
  return report;
}

TEST(AuditUnit, CountsAddUp) {
  const AlignReport report = report_of_each();
  std::int64_t sum = 0;
  for (const auto& [status, count] : report.counts()) sum += count;
  EXPECT_EQ(sum, std::ssize(report.items));
  const auto json = nlohmann::json::parse(audit_json(report, {}));
  EXPECT_EQ(json.at("inputs").size(), report.items.size());
  EXPECT_EQ(json.at("summary").at("inputs"), kAlignStatuses.size());
  EXPECT_EQ(json.at("summary").at("chips"), 3);
  std::int64_t listed = 0;
  for (const AlignStatus status : kAlignStatuses)
    listed += json.at("summary").at(to_string(status)).get<std::int64_t>();
  EXPECT_EQ(listed, std::ssize(report.items));
}

TEST(AuditUnit, ItemsSurviveJson) {
  AlignItem before = item("raw/a.jpg", AlignStatus::kSeveralFaces);
  before.size = {640, 480};
  before.faces = 2;
  before.taken = {{{{1.5F, 2, 3, 4}, 0, {}}, "a.png", ""}};
  before.why = "largest";
  const AlignItem after = parse_align_item(to_json(before));
  EXPECT_EQ(to_json(after), to_json(before));
  EXPECT_EQ(after.taken.front().face.box, before.taken.front().face.box);
}

TEST(AuditUnit, AnUnreadableInputIsSourceAndError) {
  AlignItem broken = item("raw/a.jpg", AlignStatus::kUnreadable);
  broken.error = "truncated";
  const auto json = to_json(broken);
  EXPECT_EQ(json.at("source"), "raw/a.jpg");
  EXPECT_EQ(json.at("error"), "truncated");
}

TEST(AuditUnit, NamesAreEscapedAndThePageStandsAlone) {
  AlignReport report;
  report.items.push_back(item("raw/<b>&'\"/山田.jpg", AlignStatus::kNoFace));
  report.items.push_back(item("raw/bad\xff.jpg", AlignStatus::kAligned));
  report.items.back().thumbnail = "AAAA";
  AlignOptions options;
  options.input = "raw";
  const std::string html = audit_html(report, options);
  EXPECT_THAT(html, HasSubstr("&lt;b&gt;&amp;&#39;&quot;/山田.jpg"));
  EXPECT_THAT(html, HasSubstr("bad\xEF\xBF\xBD.jpg"));
  EXPECT_THAT(html, HasSubstr("src=\"data:image/jpeg;base64,AAAA\""));
  EXPECT_THAT(html, Not(HasSubstr("<b>&'")));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(AuditUnit, AnEmptyFolder) {
  EXPECT_THAT(audit_html({}, {}), HasSubstr("<td>inputs</td><td class=\"number\">0</td>"));
  EXPECT_EQ(nlohmann::json::parse(audit_json({}, {})).at("inputs").size(), 0U);
}

TEST(Base64Unit, Rfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace kith
