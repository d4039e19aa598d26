#include "page/html.h"

#include <nlohmann/json.hpp>

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
svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
)";

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

std::string html_page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"generator\" content=\"Kith\">\n"
         "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
         html_text(title) + "</title>\n<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n<h1>" +
         html_text(title) + "</h1>\n" + body + "</body>\n</html>\n";
}

}  // namespace kith
