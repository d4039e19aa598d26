// Text for our pages, which open without a network: audit.html, pairs.html.
#pragma once

#include <string>
#include <string_view>

namespace kith {

/// Escaped for HTML, also inside a quoted attribute; bytes that are not UTF-8 become U+FFFD.
std::string html_text(std::string_view text);
/// The page around `body`, with the style that all our pages share. @param title  plain text.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace kith
