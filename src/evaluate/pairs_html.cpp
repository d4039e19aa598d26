#include <cstdio>

#include "evaluate/evaluate_pairs.h"
#include "evaluate/roc_plot.h"
#include "page/html.h"

namespace kith {
namespace {

std::string row(const char* name, double value, const char* format = "%.5f") {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return std::string("<tr><td>") + name + "</td><td class=\"number\">" + text + "</td><td></td></tr>\n";
}

std::string row(const char* name, double value, const Interval& interval) {
  char text[96];
  std::snprintf(text, sizeof text, "%.5f</td><td>%.5f to %.5f", value, interval.low, interval.high);
  return std::string("<tr><td>") + name + "</td><td class=\"number\">" + text + "</td></tr>\n";
}

}  // namespace

std::string pairs_html(const PairsReport& report, const std::string& title) {
  const Verification& f = report.figures;
  std::string body =
      "<p class=\"note\">LFW protocol: thresholds are chosen on the other folds. Intervals hold "
      "95 %, by drawing the folds anew.</p>\n<table>\n";
  body += row("pairs", static_cast<double>(report.pairs), "%.0f");
  body += row("accuracy, mean over the folds", f.accuracy, f.intervals.accuracy);
  body += row("accuracy, standard deviation", f.accuracy_std);
  body += row("TAR at FAR 0.01", f.tar_at_far_1e2, f.intervals.tar_at_far_1e2);
  body += row("TAR at FAR 0.001", f.tar_at_far_1e3, f.intervals.tar_at_far_1e3);
  body += row("area under the curve", f.auc, f.intervals.auc);
  body += row("equal error rate", f.eer, f.intervals.eer);
  body += row("threshold, cosine, mean over the folds", f.threshold, "%.4f");
  body += row("pictures without a face (centre crop)", static_cast<double>(report.failed.size()), "%.0f");
  body += "</table>\n" + roc_svg(report.curve);
  if (!report.failed.empty()) {
    body += "<h2>Pictures without a face</h2>\n<ul>\n";
    for (const std::string& source : report.failed) body += "<li>" + html_text(source) + "</li>\n";
    body += "</ul>\n";
  }
  return html_page(title, body);
}

}  // namespace kith
