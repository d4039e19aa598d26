// The figures of evaluate identify as JSON and as a page.
#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/rounding.h"
#include "evaluate/evaluate_identify.h"
#include "page/html.h"
#include "page/svg_chart.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFewSubjects = 10;  // a bin with fewer is drawn hollow

std::string number(const std::string& text) { return "<td class=\"number\">" + text + "</td>"; }

std::string cell(const Interval& interval) {
  return fmt::format("<td>{:.4f} to {:.4f}</td>", interval.low, interval.high);
}

std::string cell(const Rate& rate) {
  return number(fmt::format("{:.3f} &plusmn; {:.3f} %", 100 * rate.mean, 100 * rate.stddev)) +
         fmt::format("<td>{:.3f} to {:.3f}</td>", 100 * rate.interval.low, 100 * rate.interval.high);
}

std::string points_table(const IdentifyReport& report) {
  std::string body =
      "<table>\n<tr><th>FAR asked for</th><th>right name</th><th>95 %</th><th>wrong name</th><th>95 %</th>"
      "<th>strangers named</th><th>95 %</th></tr>\n";
  for (const Identified& point : report.points) {
    body += "<tr><td>" + fmt::format("{:g} %", 100 * point.far) + "</td>" + cell(point.dir) +
            cell(point.wrong) + cell(point.named) + "</tr>\n";
  }
  body += "</table>\n";
  for (const std::string& text : notes(report)) body += "<p><b>" + html_text(text) + "</b></p>\n";
  return body;
}

// Confidence against the share that was right: on the diagonal it means what it says.
std::string reliability_svg(const std::vector<ReliabilityBin>& bins) {
  SvgChart chart("reliability diagram", 560, 440);
  chart.grid_x();
  chart.grid_y();
  chart.diagonal();
  chart.titles("confidence (above: how many people and strangers)", "share that was right");
  for (const ReliabilityBin& bin : bins) {
    if (bin.weight <= 0) continue;
    chart.interval(bin.confidence, bin.interval.low, bin.interval.high);
    chart.dot(bin.confidence, bin.correct, bin.subjects < kFewSubjects);
    chart.text((bin.from + bin.to) / 2, 1.01, std::to_string(bin.subjects));
  }
  return chart.str();
}

std::string reliability_table(const std::vector<ReliabilityBin>& bins) {
  std::string body =
      "<table>\n<tr><th>confidence</th><th>people and strangers</th><th>faces</th><th>weight</th>"
      "<th>mean confidence</th><th>right</th><th>95 % interval</th></tr>\n";
  for (const ReliabilityBin& bin : bins) {
    if (bin.weight <= 0) continue;
    body += fmt::format("<tr><td>{:.1f} to {:.1f}</td>", bin.from, bin.to) +
            number(std::to_string(bin.subjects)) + number(std::to_string(bin.faces)) +
            number(fmt::format("{:.4f}", bin.weight)) + number(fmt::format("{:.4f}", bin.confidence)) +
            number(fmt::format("{:.4f}", bin.correct)) + cell(bin.interval) + "</tr>\n";
  }
  return body + "</table>\n";
}

std::string share_cells(const SubjectShare& share) {
  return number(share.share ? fmt::format("{:.5f}", *share.share) : "-") + cell(share.interval);
}

std::string groups_table(const std::map<std::string, GroupScore>& groups) {
  std::string body =
      "<h2>Groups, at FAR 0.001</h2>\n<table>\n<tr><th>group</th><th>faces of known people</th><th>right "
      "name</th><th>95 % interval</th><th>of strangers</th><th>named</th><th>95 % interval</th></tr>\n";
  for (const auto& [label, group] : groups) {
    body += "<tr><td>" + html_text(label) + "</td>" + number(std::to_string(group.probes)) +
            share_cells(group.dir) + number(std::to_string(group.strangers)) + share_cells(group.far) +
            "</tr>\n";
  }
  return body + "</table>\n";
}

Json to_json(const Rate& rate) {
  return {{"mean", rounded_figure(rate.mean)},
          {"stddev", rounded_figure(rate.stddev)},
          {"interval", to_json(rate.interval)}};
}

Json to_json(const std::optional<double>& share) { return share ? Json(rounded_figure(*share)) : Json(); }

// {"0.01": ..., "0.001": ...}
Json by_far(const IdentifyReport& report, const std::function<Json(const Identified&)>& value) {
  Json json = Json::object();
  for (const Identified& point : report.points) json[fmt::format("{:g}", point.far)] = value(point);
  return json;
}

Json to_json(const ReliabilityBin& bin) {
  const bool empty = bin.weight <= 0;
  return {{"from", rounded_figure(bin.from)},
          {"to", rounded_figure(bin.to)},
          {"subjects", bin.subjects},
          {"faces", bin.faces},
          {"weight", rounded_figure(bin.weight)},
          {"confidence", empty ? Json() : Json(rounded_figure(bin.confidence))},
          {"correct", empty ? Json() : Json(rounded_figure(bin.correct))},
          {"interval", empty ? Json() : to_json(bin.interval)}};
}

}  // namespace

Json to_json(const IdentifyReport& report) {
  const auto realised = [&](const Identified& point) {
    return note(point, report.strangers).empty() ? Json(rounded_figure(point.named.mean)) : Json();
  };
  Json json{{"gallery", report.gallery},
            {"people", report.people},
            {"probes", rounded_figure(report.probes)},
            {"strangers", report.strangers},
            {"repeats", report.repeats},
            {"rank1", to_json(report.rank1)},
            {"dir_at_far", by_far(report, [](const Identified& point) { return to_json(point.dir); })},
            {"wrong_at_far", by_far(report, [](const Identified& point) { return to_json(point.wrong); })},
            {"strangers_named", by_far(report, [](const Identified& point) { return to_json(point.named); })},
            {"far_realised", by_far(report, realised)},
            {"ece", rounded_figure(report.reliability.ece)},
            {"ece_interval", to_json(report.reliability.ece_interval)}};
  json["reliability"] = Json::array();
  for (const ReliabilityBin& bin : report.reliability.bins) json["reliability"].push_back(to_json(bin));
  json["groups"] = Json::array();
  for (const auto& [label, group] : report.groups) {
    json["groups"].push_back({{"label", label},
                              {"probes", group.probes},
                              {"dir", to_json(group.dir.share)},
                              {"dir_interval", to_json(group.dir.interval)},
                              {"strangers", group.strangers},
                              {"far", to_json(group.far.share)},
                              {"far_interval", to_json(group.far.interval)}});
  }
  json["not_used"] = report.failed.size();
  json["notes"] = notes(report);
  return json;
}

std::string identify_html(const IdentifyReport& report, const std::string& title, const RunInfo& made_by) {
  std::string body = fmt::format(
      "<p class=\"note\">{} galleries of {} people drawn from {}, the rest of their photos ({:.0f} a "
      "gallery) and {} "
      "strangers to be named. Each gallery is calibrated by itself, never with these strangers. Means "
      "&plusmn; standard "
      "deviation over the galleries; intervals by drawing people or strangers anew. Closed set: {:.2f} % "
      "({:.2f} to "
      "{:.2f}) have the right person as the most similar.</p>\n",
      report.repeats, report.gallery, report.people, report.probes, report.strangers, 100 * report.rank1.mean,
      100 * report.rank1.interval.low, 100 * report.rank1.interval.high);
  body += points_table(report);
  const std::optional<Interval>& ece = report.reliability.ece_interval;
  body += fmt::format(
      "<h2>Confidence</h2>\n<p class=\"note\">Expected calibration error {:.4f}{}; known people and "
      "strangers weigh one "
      "half each. Intervals hold 95 %, by drawing people and strangers anew. A hollow dot: fewer than {} "
      "people and "
      "strangers stand behind it.</p>\n",
      report.reliability.ece, ece ? fmt::format(" ({:.4f} to {:.4f})", ece->low, ece->high) : "",
      kFewSubjects);
  body += reliability_svg(report.reliability.bins) + reliability_table(report.reliability.bins);
  if (!report.groups.empty()) body += groups_table(report.groups);
  if (!report.failed.empty()) {
    body += "<h2>Photos that could not be used</h2>\n<ul>\n";
    for (const auto& [source, why] : report.failed)
      body += "<li>" + html_text(source + ": " + why) + "</li>\n";
    body += "</ul>\n";
  }
  return html_page(title, body, made_by);
}

}  // namespace kith
