// The figures of evaluate identify as JSON and as a page.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "evaluate/evaluate_identify.h"
#include "page/html.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

std::string cell(double value, const char* format = "{:.4f}") {
  return "<td class=\"number\">" + fmt::format(fmt::runtime(format), value) + "</td>";
}

std::string cell(const Rate& rate) {
  return "<td class=\"number\">" +
         fmt::format("{:.3f} &plusmn; {:.3f} %", 100 * rate.mean, 100 * rate.stddev) + "</td>";
}

std::string cell(const Interval& interval) {
  return fmt::format("<td>{:.4f} to {:.4f}</td>", interval.low, interval.high);
}

std::string rules_table(const IdentifyReport& report) {
  std::string body =
      "<table>\n<tr><th>rule</th><th>right name</th><th>wrong name</th><th>strangers named</th></tr>\n";
  for (const RuleScore& rule : report.rules) {
    body += "<tr><td>" + html_text(rule.name) + "</td>" + cell(rule.rates.dir) + cell(rule.rates.wrong) +
            cell(rule.rates.far) + "</tr>\n";
  }
  return body + "</table>\n";
}

// Confidence against the share that was right: on the diagonal it means what it says.
std::string reliability_svg(const std::vector<ReliabilityBin>& bins) {
  constexpr double kLeft = 60;
  constexpr double kTop = 15;
  constexpr double kSide = 300;
  std::string svg = "<svg viewBox='0 0 400 360' width='400' role='img' aria-label='reliability diagram'>\n";
  const auto x = [&](double v) { return kLeft + kSide * v; };
  const auto y = [&](double v) { return kTop + kSide * (1 - v); };
  for (int i = 0; i <= 5; ++i) {
    const double v = i / 5.0;
    svg +=
        fmt::format("<line x1='{0:.1f}' y1='{1}' x2='{0:.1f}' y2='{2}' stroke='currentColor' opacity='.2'/>",
                    x(v), kTop, kTop + kSide);
    svg +=
        fmt::format("<line x1='{1}' y1='{0:.1f}' x2='{2}' y2='{0:.1f}' stroke='currentColor' opacity='.2'/>",
                    y(v), kLeft, kLeft + kSide);
    svg += fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='middle'>{:.1f}</text>", x(v),
                       kTop + kSide + 18, v);
    svg +=
        fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='end'>{:.1f}</text>\n", kLeft - 6, y(v) + 4, v);
  }
  svg += fmt::format("<line x1='{}' y1='{}' x2='{}' y2='{}' stroke='currentColor' stroke-dasharray='4'/>\n",
                     x(0), y(0), x(1), y(1));
  for (const ReliabilityBin& bin : bins) {
    if (bin.weight <= 0) continue;
    const double radius = 3 + 9 * std::min(1.0, bin.weight / 0.1);
    svg += fmt::format(
        "<line x1='{0:.1f}' y1='{1:.1f}' x2='{0:.1f}' y2='{2:.1f}' stroke='#3a7bd5' stroke-width='2'/>",
        x(bin.confidence), y(bin.interval.low), y(bin.interval.high));
    svg += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='{:.1f}' fill='#3a7bd5' opacity='.8'/>\n",
                       x(bin.confidence), y(bin.correct), radius);
  }
  return svg + fmt::format(
                   "<text x='{}' y='{}' text-anchor='middle'>confidence (a dot's size: share of "
                   "faces)</text>\n</svg>\n",
                   x(0.5), kTop + kSide + 36);
}

std::string reliability_table(const IdentifyReport& report) {
  std::string body =
      "<table>\n<tr><th>confidence</th><th>share of faces</th><th>mean confidence</th><th>right</th><th>95 % "
      "interval</th></tr>\n";
  for (const ReliabilityBin& bin : report.reliability.bins) {
    if (bin.weight <= 0) continue;
    body += fmt::format("<tr><td>{:.1f} to {:.1f}</td>", bin.from, bin.to) + cell(bin.weight) +
            cell(bin.confidence) + cell(bin.correct) +
            fmt::format("<td>{:.4f} to {:.4f}</td></tr>\n", bin.interval.low, bin.interval.high);
  }
  return body + "</table>\n";
}

Json to_json(const Rate& rate) { return {{"mean", rate.mean}, {"stddev", rate.stddev}}; }

}  // namespace

Json to_json(const IdentifyReport& report) {
  const Identified& loose = report.rules.at(0).rates;
  const Identified& strict = report.rules.at(1).rates;
  Json json{{"gallery", report.gallery},
            {"people", report.people},
            {"probes", report.probes},
            {"strangers", report.strangers},
            {"rank1", report.rank1.mean},
            {"dir_at_far", {{"0.01", loose.dir.mean}, {"0.001", strict.dir.mean}}},
            {"far_realised", {{"0.01", loose.far.mean}, {"0.001", strict.far.mean}}},
            {"repeats", report.repeats},
            {"spread",
             {{"rank1", report.rank1.stddev},
              {"dir_at_far", {{"0.01", loose.dir.stddev}, {"0.001", strict.dir.stddev}}},
              {"far_realised", {{"0.01", loose.far.stddev}, {"0.001", strict.far.stddev}}}}},
            {"wrong_at_far", {{"0.01", loose.wrong.mean}, {"0.001", strict.wrong.mean}}},
            {"ece", report.reliability.ece},
            {"ece_interval", to_json(report.reliability.ece_interval)}};
  json["reliability"] = Json::array();
  for (const ReliabilityBin& bin : report.reliability.bins) {
    json["reliability"].push_back({{"from", bin.from},
                                   {"to", bin.to},
                                   {"weight", bin.weight},
                                   {"confidence", bin.confidence},
                                   {"correct", bin.correct},
                                   {"interval", bin.weight > 0 ? to_json(bin.interval) : Json()}});
  }
  json["rules"] = Json::array();
  for (const RuleScore& rule : report.rules) {
    json["rules"].push_back({{"rule", rule.name},
                             {"dir", to_json(rule.rates.dir)},
                             {"wrong", to_json(rule.rates.wrong)},
                             {"far", to_json(rule.rates.far)}});
  }
  json["groups"] = Json::object();
  for (const auto& [label, group] : report.groups) {
    json["groups"][label] = {
        {"probes", group.probes},       {"dir", group.dir}, {"dir_interval", to_json(group.dir_interval)},
        {"strangers", group.strangers}, {"far", group.far}, {"far_interval", to_json(group.far_interval)}};
  }
  json["failed"] = report.failed.size();
  return json;
}

std::string identify_html(const IdentifyReport& report, const std::string& title) {
  std::string body = fmt::format(
      "<p class=\"note\">{} galleries of {} people drawn from {}, the rest of their photos ({:.0f} a "
      "gallery) and {} "
      "strangers to be named. Each gallery is calibrated by itself, never with these strangers. Means "
      "&plusmn; standard "
      "deviation over the galleries. Closed set: {:.2f} % have the right person as the most similar.</p>\n",
      report.repeats, report.gallery, report.people, report.probes, report.strangers,
      100 * report.rank1.mean);
  body += rules_table(report);
  body += fmt::format(
      "<h2>Confidence</h2>\n<p class=\"note\">Expected calibration error {:.4f} ({:.4f} to {:.4f}); known "
      "people "
      "and strangers weigh one half each. Intervals hold 95 %, by drawing people and strangers anew.</p>\n",
      report.reliability.ece, report.reliability.ece_interval.low, report.reliability.ece_interval.high);
  body += reliability_svg(report.reliability.bins) + reliability_table(report);
  if (!report.groups.empty()) {
    body +=
        "<h2>Groups, at FAR 0.001</h2>\n<table>\n<tr><th>group</th><th>faces of known people</th><th>right "
        "name</th><th>95 % interval</th><th>of strangers</th><th>named</th><th>95 % interval</th></tr>\n";
    for (const auto& [label, group] : report.groups) {
      body += "<tr><td>" + html_text(label) + "</td>" + cell(static_cast<double>(group.probes), "{:.0f}") +
              cell(group.dir) + cell(group.dir_interval) +
              cell(static_cast<double>(group.strangers), "{:.0f}") + cell(group.far, "{:.5f}") +
              cell(group.far_interval) + "</tr>\n";
    }
    body += "</table>\n";
  }
  if (!report.failed.empty()) {
    body += "<h2>Photos that could not be used</h2>\n<ul>\n";
    for (const auto& [source, why] : report.failed)
      body += "<li>" + html_text(source + ": " + why) + "</li>\n";
    body += "</ul>\n";
  }
  return html_page(title, body);
}

}  // namespace kith
