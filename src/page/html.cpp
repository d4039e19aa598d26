#include "page/html.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/clock.h"

namespace kith {
namespace {

// Light or dark as the reader's system is; no script, nothing from elsewhere.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .9rem .25rem 0; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.total td { font-weight: 600; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .7rem; }
figure { margin: 0; padding: .4rem; background: var(--soft); border-radius: .3rem; overflow: hidden; }
figure img { display: block; width: 100%; height: 8rem; object-fit: contain; }
figure .none { height: 8rem; display: grid; place-items: center; opacity: .5; font-size: 2rem; }
figcaption { font-size: .75rem; overflow-wrap: anywhere; margin-top: .3rem; }
figcaption small { opacity: .75; display: block; }
.note { opacity: .75; } summary { cursor: pointer; }
svg text { fill: currentColor; font: 12px system-ui, sans-serif; } svg { max-width: 100%; height: auto; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding: .6rem 0 2rem; font-size: .8rem; opacity: .75; }
footer p { margin: .2rem 0; overflow-wrap: anywhere; }
)";

constexpr std::size_t kShownIdentity = 12;  // letters of a checksum: enough to tell two apart

std::string paragraph(const std::string& plain) { return "<p>" + html_text(plain) + "</p>\n"; }

std::string models_text(const RunInfo& info) {
  std::string text;
  for (const UsedModel& model : info.models) {
    text += (text.empty() ? "" : "; ") + model.role + " " + model.name + " (" +
            model.identity.substr(0, kShownIdentity) + ")";
  }
  return text;
}

std::string options_text(const RunInfo& info) {
  std::string text;
  const auto add = [&](const std::string& words) { text += (text.empty() ? "" : "; ") + words; };
  if (info.people) {
    add(fmt::format("{}: {} people, {} photos ({})", info.people->file, info.people->people,
                    info.people->photos, info.people->checksum.substr(0, kShownIdentity)));
  }
  if (info.far) add(fmt::format("FAR {:g}", *info.far));
  if (info.threshold) add(fmt::format("threshold {:.4f}", *info.threshold));
  for (const auto& [name, value] : info.options) {
    std::visit([&, &key = name](const auto& v) { add(fmt::format("{} {}", key, v)); }, value);
  }
  return text;
}

std::string end_text(const RunEnd& end) {
  std::string text;
  if (end.interrupted) text += "Interrupted: this is not all. ";
  if (end.dropped > 0) text += fmt::format("{} camera frames were dropped. ", end.dropped);
  if (end.failures.empty()) return text;
  text += fmt::format("{} could not be read:", end.failures.size());
  for (const std::string& source : end.failures) text += " " + source;
  return text;
}

std::string footer(const RunInfo& info, const RunEnd& end) {
  std::string text = paragraph(fmt::format("Kith {}{}, {}", version(),
                                           info.verb.empty() ? "" : " " + info.verb, utc_text(info.started)));
  for (const std::string& line : {models_text(info), options_text(info), end_text(end)}) {
    if (!line.empty()) text += paragraph(line);
  }
  return "<footer>\n" + text + "</footer>\n";
}

}  // namespace

std::string html_text(std::string_view text) {
  // nlohmann replaces what is not UTF-8; its own escapes are undone by parsing.
  const std::string valid = nlohmann::json::parse(
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::string out;
  for (const char c : valid) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

bool is_kith_page(std::string_view page) {
  const std::string_view head = page.substr(0, 4096);
  const std::string_view style = kStyle.substr(0, 60);  // pages have always begun so
  return head.find(style) != std::string_view::npos ||
         head.find("<meta name=\"generator\" content=\"Kith") != std::string_view::npos;
}

std::string html_page(const std::string& title, const std::string& body, const RunInfo& made_by,
                      const RunEnd& end) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"generator\" content=\"Kith " +
         std::string(version()) + "\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
         html_text(title) + "</title>\n<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n<h1>" +
         html_text(title) + "</h1>\n" + body + footer(made_by, end) + "</body>\n</html>\n";
}

}  // namespace kith
