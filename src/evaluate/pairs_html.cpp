#include <fmt/format.h>

#include "evaluate/evaluate_pairs.h"
#include "evaluate/roc_plot.h"
#include "page/html.h"

namespace kith {
namespace {

std::string row(const std::string& name, const std::string& value, const std::string& interval = "") {
  return fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n", name, value, interval);
}

std::string row(const std::string& name, double value, const Interval& interval) {
  return row(name, fmt::format("{:.5f}", value),
             fmt::format("{:.5f} to {:.5f}", interval.low, interval.high));
}

std::string row(const TarAtFar& figure) {
  const std::string name = fmt::format("TAR at FAR {:g}", figure.far);
  if (figure.tar && figure.interval) return row(name, *figure.tar, *figure.interval);
  return row(
      name, "-",
      fmt::format("not shown by {} pairs of different people, needs {}", figure.different, figure.needed));
}

}  // namespace

std::string pairs_html(const PairsReport& report, const std::string& title, const RunInfo& made_by) {
  const Verification& f = report.figures;
  std::string body =
      "<p class=\"note\">LFW protocol: thresholds are chosen on the other folds. Intervals hold 95 %, by "
      "drawing the "
      "folds anew, and not narrower than if each pair were independent.</p>\n<table>\n";
  body += row("pairs", std::to_string(report.pairs));
  body += row("accuracy, mean over the folds", f.accuracy, f.accuracy_interval);
  body += row("accuracy, standard deviation", fmt::format("{:.5f}", f.accuracy_std));
  for (const TarAtFar& figure : f.tar_at_far) body += row(figure);
  body += row("area under the curve", f.auc, f.auc_interval);
  body += row("equal error rate", f.eer, f.eer_interval);
  body += row("threshold, cosine, mean over the folds", fmt::format("{:.4f}", f.threshold));
  body += row("pictures without a face (centre crop)", std::to_string(report.failed.size()));
  body += "</table>\n" + roc_svg(report.curve);
  if (!report.failed.empty()) {
    body += "<h2>Pictures without a face</h2>\n<ul>\n";
    for (const std::string& source : report.failed) body += "<li>" + html_text(source) + "</li>\n";
    body += "</ul>\n";
  }
  return html_page(title, body, made_by);
}

}  // namespace kith
