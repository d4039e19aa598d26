#include "align/audit.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.h"
#include "core/run_info.h"
#include "page/html.h"

namespace kith {
namespace {
using Json = nlohmann::ordered_json;

// In the order in which they want attention: what is wrong first, the long list of what is well last.
constexpr std::array kPageOrder{
    AlignStatus::kUnreadable, AlignStatus::kNotWritten, AlignStatus::kNoFace,
    AlignStatus::kTooSmall,   AlignStatus::kDuplicate,  AlignStatus::kSeveralFaces,
    AlignStatus::kPending,    AlignStatus::kPassedOver, AlignStatus::kAligned};

std::string meaning(AlignStatus status, const AlignOptions& options) {
  switch (status) {
    case AlignStatus::kAligned:
      return "one face, one chip";
    case AlignStatus::kSeveralFaces:
      return options.multiple_faces ? "a chip of every face"
                                    : "the largest, most central face was taken (green)";
    case AlignStatus::kNoFace:
      return "no chip";
    case AlignStatus::kTooSmall:
      return "no chip: the longer side of the face's box is below " +
             (options.min_face_px > 0 ? std::to_string(options.min_face_px) + " px"
                                      : "20 px, in large photos a 60th of the shorter side");
    case AlignStatus::kUnreadable:
      return "no chip: see the message of each";
    case AlignStatus::kNotWritten:
      return "no chip: see the message of each, and run the same command again";
    case AlignStatus::kDuplicate:
      return "no chip of its own: the same picture comes earlier";
    case AlignStatus::kPassedOver:
      return "not a picture by its name";
    case AlignStatus::kPending:
      break;
  }
  return "not looked at yet: run the same command again";
}

std::string name_below(const AlignItem& item, const AlignOptions& options) {
  const std::string root = (options.input / "").string();
  return item.source.starts_with(root) ? item.source.substr(root.size()) : item.source;
}

void figure(std::ostream& out, const AlignItem& item, const AlignOptions& options) {
  const std::string name = html_text(name_below(item, options));
  out << "<figure>";
  if (item.thumbnail.empty()) {
    out << "<div class=\"none\">&#8709;</div>";
  } else {
    out << "<img loading=\"lazy\" alt=\"" << name << "\" src=\"data:image/jpeg;base64," << item.thumbnail
        << "\">";
  }
  std::string note = item.error.empty() ? item.why : item.error;
  if (note.starts_with(item.source + ": ")) note.erase(0, item.source.size() + 2);  // the cell names it
  out << "<figcaption>" << name;
  if (!note.empty()) out << "<small>" << html_text(note) << "</small>";
  out << "</figcaption></figure>\n";
}

// Pictures where there are some, a plain list of names for the rest.
void section(std::ostream& out, const AlignReport& report, const AlignOptions& options, AlignStatus status) {
  std::ostringstream sheet;
  std::ostringstream names;
  std::int64_t shown = 0;
  std::int64_t listed = 0;
  for (const AlignItem& item : report.items) {
    if (item.status != status) continue;
    if (!item.thumbnail.empty() || !item.error.empty()) {
      figure(sheet, item, options);
      ++shown;
    } else {
      names << "<li>" << html_text(name_below(item, options)) << "</li>\n";
      ++listed;
    }
  }
  if (shown + listed == 0) return;
  out << "<h2 id=\"" << to_string(status) << "\">" << title(status) << " (" << shown + listed
      << ")</h2>\n<p class=\"note\">" << html_text(meaning(status, options)) << "</p>\n";
  if (shown > 0) out << "<div class=\"sheet\">\n" << sheet.str() << "</div>\n";
  if (listed > 0) {
    out << "<details" << (shown == 0 && listed <= 50 ? " open" : "") << "><summary>" << listed
        << (shown > 0 ? " more, without pictures" : " names") << "</summary><ul>\n"
        << names.str() << "</ul></details>\n";
  }
}

void counts_table(std::ostream& out, const AlignReport& report) {
  out << "<table>\n";
  for (const auto& [status, count] : report.counts()) {
    if (count == 0 && status == AlignStatus::kPending) continue;
    out << "<tr><td>";
    if (count > 0) {
      out << "<a href=\"#" << to_string(status) << "\">" << title(status) << "</a>";
    } else {
      out << title(status);
    }
    out << "</td><td class=\"number\">" << count << "</td></tr>\n";
  }
  out << "<tr class=\"total\"><td>inputs</td><td class=\"number\">" << report.items.size() << "</td></tr>\n"
      << "<tr><td>chips written</td><td class=\"number\">" << report.chips() << "</td></tr>\n</table>\n";
}

// Who has how many chips: people with few photos are recognised badly.
void folders_table(std::ostream& out, const AlignReport& report, const AlignOptions& options) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> folders;  // inputs, chips
  for (const AlignItem& item : report.items) {
    auto& [inputs, chips] = folders[std::filesystem::path(name_below(item, options)).parent_path().string()];
    ++inputs;
    chips += static_cast<std::int64_t>(item.taken.size());
  }
  out << "<details><summary>" << folders.size() << (folders.size() == 1 ? " folder" : " folders")
      << "</summary>\n<table>\n<tr><th>folder</th><th>inputs</th><th>chips</th></tr>\n";
  for (const auto& [folder, counts] : folders) {
    out << "<tr><td>" << html_text(folder.empty() ? "." : folder) << "</td><td class=\"number\">"
        << counts.first << "</td><td class=\"number\">" << counts.second << "</td></tr>\n";
  }
  out << "</table></details>\n";
}

}  // namespace

std::string audit_json(const AlignReport& report, const AlignOptions& options) {
  Json json = to_json(options.made_by);
  json.update(summary_json(report));
  json["geometry"] = describe(options.manifest.geometry);
  Json& inputs = json["inputs"] = Json::array();
  for (const AlignItem& item : report.items) inputs.push_back(to_json(item));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string audit_html(const AlignReport& report, const AlignOptions& options) {
  std::ostringstream out;
  out << "<p class=\"note\">" << html_text(options.input.string()) << " &rarr; "
      << html_text(options.output.string()) << ": " << html_text(describe(options.manifest.geometry))
      << ", faces by " << html_text(options.manifest.detector) << "</p>\n";
  if (report.interrupted) out << "<p><b>Interrupted: run the same command again to go on.</b></p>\n";
  counts_table(out, report);
  folders_table(out, report, options);
  for (const AlignStatus status : kPageOrder) section(out, report, options, status);
  RunEnd end{report.interrupted, {}, 0};
  for (const AlignItem& item : report.items) {
    if (!item.error.empty()) end.failures.push_back(item.source);
  }
  return html_page("Audit of aligned photos", out.str(), options.made_by, end);
}

void write_audit(const AlignReport& report, const AlignOptions& options) {
  write_file(options.output / "audit.json", audit_json(report, options), Access::kPrivate);
  write_file(options.output / "audit.html", audit_html(report, options), Access::kPrivate);
}

}  // namespace kith
