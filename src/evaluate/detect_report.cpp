// The figures of evaluate detect as JSON and as a page.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/rounding.h"
#include "evaluate/evaluate_detect.h"
#include "page/html.h"
#include "page/svg_chart.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const std::optional<double>& value) { return value ? Json(rounded_figure(*value)) : Json(); }

Json to_json(const SizeBin& bin) {
  Json json{{"from", bin.from},   {"to", nullptr},     {"faces", bin.faces},
            {"found", bin.found}, {"recall", nullptr}, {"interval", nullptr}};
  if (bin.to) json["to"] = *bin.to;
  if (bin.faces == 0) return json;
  json["recall"] = rounded_figure(bin.recall());
  json["interval"] = to_json(bin.interval());
  return json;
}

std::string row(const char* name, const Figure& figure) {
  std::string text = figure.value ? fmt::format("{:.4f}", *figure.value) : "-";
  std::string interval;
  if (figure.interval)
    interval = fmt::format("{:.4f} to {:.4f}", figure.interval->low, figure.interval->high);
  return fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n", name, text, interval);
}

std::string row(const char* name, std::int64_t count) {
  return fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td></td></tr>\n", name, count);
}

std::string curve_svg(const DetectReport& report) {
  SvgChart chart("precision and recall", 480, 400);
  chart.grid_x();
  chart.grid_y();
  chart.titles("recall", "precision");
  std::vector<std::pair<double, double>> points;
  for (const PrPoint& point : report.curve) points.emplace_back(point.recall, point.precision);
  chart.curve(points);
  if (report.recall.value && report.precision.value) chart.dot(*report.recall.value, *report.precision.value);
  return chart.str();
}

std::string sizes_svg(const std::vector<SizeBin>& bins) {
  SvgChart chart("recall by the face's height", 760, 340);
  chart.grid_y();
  chart.titles("height of the face's box, px (above: how many faces)", "recall");
  const double width = 1 / static_cast<double>(bins.size());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const SizeBin& bin = bins[i];
    const double middle = (static_cast<double>(i) + 0.5) * width;
    chart.label_x(middle, bin.name());
    if (bin.faces == 0) continue;
    chart.bar(middle, 0.7 * width, bin.recall());
    chart.interval(middle, bin.interval().low, bin.interval().high);
    chart.text(middle, 1.01, std::to_string(bin.faces));
  }
  return chart.str();
}

std::string sizes_table(const std::vector<SizeBin>& bins) {
  std::string body =
      "<table>\n<tr><th>height of the box, px</th><th>faces</th><th>found</th><th>recall</th><th>95 % "
      "interval</th></tr>\n";
  for (const SizeBin& bin : bins) {
    body += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>",
                        html_text(bin.name()), bin.faces, bin.found);
    if (bin.faces > 0) {
      body += fmt::format("<td class=\"number\">{:.4f}</td><td>{:.4f} to {:.4f}</td>", bin.recall(),
                          bin.interval().low, bin.interval().high);
    } else {
      body += "<td class=\"number\">-</td><td></td>";
    }
    body += "</tr>\n";
  }
  return body + "</table>\n";
}

}  // namespace

Json to_json(const DetectReport& report) {
  Json json{{"detector", report.detector},
            {"pictures", report.pictures},
            {"faces", report.faces},
            {"ignored", report.ignored}};
  const auto add = [&](const std::string& name, const Figure& figure) {
    json[name] = to_json(figure.value);
    json[name + "_interval"] = to_json(figure.interval);
  };
  add("ap", report.ap);
  add("precision", report.precision);
  add("recall", report.recall);
  add("false_per_picture", report.false_per_picture);
  json["iou"] = rounded_figure(report.iou);
  json["min_face"] = report.min_face_px > 0 ? Json(report.min_face_px) : Json();
  json["min_face_score"] = rounded_figure(report.min_face_score);
  json["by_size"] = Json::array();
  for (const SizeBin& bin : report.by_size) json["by_size"].push_back(to_json(bin));
  json["failed"] = report.failed.size();
  json["faces_not_scored"] = report.faces_not_scored();
  json["failures"] = Json::array();
  for (const UnscoredPicture& picture : report.failed)
    json["failures"].push_back(
        {{"source", picture.source}, {"error", picture.error}, {"faces", picture.faces}});
  return json;
}

std::string detect_html(const DetectReport& report, const std::string& title, const RunInfo& made_by) {
  std::string body = fmt::format(
      "<p class=\"note\">A face is found where a detection overlaps its box by {:g} (intersection over "
      "union) or more, "
      "the most probable face first, one for each face. The smallest face looked for has {}. Precision, "
      "recall "
      "and false detections are taken at a probability of {:g} (the dot); the curve ends at the detector's "
      "own "
      "limit, and the average precision counts nothing beyond. Intervals hold 95 %: by "
      "drawing the pictures anew, and not narrower than if each face were independent.</p>\n<table>\n",
      report.iou,
      report.min_face_px > 0 ? fmt::format("{} px", report.min_face_px)
                             : "20 px, in large pictures a 60th of the shorter side",
      report.min_face_score);
  body += row("average precision", report.ap) + row("precision", report.precision) +
          row("recall", report.recall) + row("false detections a picture", report.false_per_picture);
  body += row("pictures", report.pictures) + row("faces", report.faces) +
          row("boxes to be ignored", report.ignored);
  if (!report.failed.empty()) {
    body += row("pictures that could not be scored", std::ssize(report.failed)) +
            row("their faces", static_cast<std::int64_t>(report.faces_not_scored()));
  }
  body += "</table>\n" + curve_svg(report);
  body += "<h2>Recall by size</h2>\n" + sizes_svg(report.by_size) + sizes_table(report.by_size);
  if (!report.failed.empty()) {
    body += "<h2>Pictures that could not be scored</h2>\n<ul>\n";
    for (const UnscoredPicture& picture : report.failed)
      body += fmt::format("<li>{}: {} ({} faces)</li>\n", html_text(picture.source), html_text(picture.error),
                          picture.faces);
    body += "</ul>\n";
  }
  RunEnd end;
  for (const UnscoredPicture& picture : report.failed) end.failures.push_back(picture.source);
  return html_page(title, body, made_by, end);
}

}  // namespace kith
