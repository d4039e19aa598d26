#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "core/base64.h"
#include "core/clock.h"
#include "page/html.h"
#include "sightings/cluster_job.h"

namespace kith {
namespace {

constexpr std::size_t kMostShown = 60;  // faces of one group: enough to see who it is

std::string caption(const Sighting& face) {
  std::string text = std::filesystem::path(face.source).filename().string();
  if (face.last_ms > 0) text += ", " + clock_text(face.first_ms);
  return text;
}

void figure(std::ostream& out, const Sighting& face, const std::string& label) {
  out << "<figure>";
  if (face.chip.empty()) {
    out << "<div class=\"none\">&#8709;</div>";
  } else {
    const std::string_view jpeg(reinterpret_cast<const char*>(face.chip.data()), face.chip.size());
    out << "<img loading=\"lazy\" alt=\"\" src=\"data:image/jpeg;base64," << base64(jpeg) << "\">";
  }
  out << "<figcaption title=\"" << html_text(face.source) << "\">" << html_text(label);
  if (!label.empty()) out << "<br>";
  out << html_text(caption(face));
  if (face.name) out << "<small>" << html_text(*face.name) << "</small>";
  out << "</figcaption></figure>\n";
}

// The best looks first.
std::vector<std::size_t> by_quality(const Grouped& grouped, std::vector<std::size_t> members) {
  std::ranges::stable_sort(members, std::greater{}, [&](std::size_t i) { return grouped.faces[i].quality; });
  return members;
}

// "carol 4, bob 1" where members have names.
std::string names_of(const Grouped& grouped, const Grouped::Group& group) {
  std::map<std::string, int> counts;
  for (const std::size_t i : group.members) {
    if (grouped.faces[i].name) ++counts[*grouped.faces[i].name];
  }
  std::string text;
  for (const auto& [name, count] : counts)
    text += (text.empty() ? ": " : ", ") + name + " " + std::to_string(count);
  return text;
}

// How long a group was seen in films; empty for photos.
std::string length_of(const Grouped& grouped, const Grouped::Group& group) {
  double seen_ms = 0;
  for (const std::size_t i : group.members) seen_ms += grouped.faces[i].last_ms - grouped.faces[i].first_ms;
  return seen_ms > 0 ? ", seen for " + clock_text(seen_ms) : "";
}

void section(std::ostream& out, const Grouped& grouped, const Grouped::Group& group,
             const std::string& file) {
  out << "<h2 id=\"g" << group.id << "\">Group " << group.id << " (" << group.members.size() << " faces"
      << length_of(grouped, group) << ")" << html_text(names_of(grouped, group)) << "</h2>\n";
  if (!file.empty())
    out << "<p class=\"note\"><code>kith name " << html_text(file) << ' ' << group.id << " NAME</code></p>\n";
  out << "<div class=\"sheet\">\n";
  const std::vector<std::size_t> members = by_quality(grouped, group.members);
  const std::size_t shown = std::min(members.size(), kMostShown);
  for (std::size_t i = 0; i < shown; ++i) figure(out, grouped.faces[members[i]], "");
  out << "</div>\n";
  if (shown < members.size()) out << "<p class=\"note\">and " << members.size() - shown << " more</p>\n";
}

void alone(std::ostream& out, const Grouped& grouped) {
  std::vector<std::size_t> members;
  for (const Grouped::Group& group : grouped.groups) {
    if (group.members.size() == 1) members.push_back(group.members.front());
  }
  if (members.empty()) return;
  out << "<h2 id=\"alone\">Alone (" << members.size()
      << ")</h2>\n<p class=\"note\">Nobody else looks like them, or the "
      << "face is too poor to tell; clearest first.</p>\n<div class=\"sheet\">\n";
  for (const std::size_t i : by_quality(grouped, members)) {
    figure(out, grouped.faces[i], "group " + std::to_string(*grouped.faces[i].group));
  }
  out << "</div>\n";
}

}  // namespace

std::string contact_sheet(const Grouped& grouped, const std::string& title, const std::string& sightings,
                          const RunInfo& made_by) {
  std::ostringstream out;
  const std::size_t shared = grouped.shared_groups();
  out << "<p class=\"note\">" << grouped.faces.size() << " faces: " << shared
      << (shared == 1 ? " group" : " groups") << " of two and more, " << grouped.groups.size() - shared
      << " alone. Faces of a group are as alike as one person's photos (mean cosine at least "
      << std::to_string(grouped.threshold).substr(0, 5) << ").</p>\n"
      << "<p><b>This page holds faces: keep it as you keep the photos.</b></p>\n";
  if (shared > 1) {
    out << "<p class=\"note\">Groups:";
    for (const Grouped::Group& group : grouped.groups) {
      if (group.members.size() > 1) out << " <a href=\"#g" << group.id << "\">" << group.id << "</a>";
    }
    out << " <a href=\"#alone\">alone</a></p>\n";
  }
  for (const Grouped::Group& group : grouped.groups) {
    if (group.members.size() > 1) section(out, grouped, group, sightings);
  }
  alone(out, grouped);
  RunEnd end;
  for (const auto& [source, why] : grouped.unreadable) end.failures.push_back(source);
  return html_page("Groups of faces: " + title, out.str(), made_by, end);
}

}  // namespace kith
