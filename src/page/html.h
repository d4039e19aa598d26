// Text for our pages, which open without a network: reports of evaluate, audits, checks, contact sheets.
#pragma once

#include <kith/run_info.h>

#include <string>
#include <string_view>

namespace kith {

/// Escaped for HTML, also inside a quoted attribute; bytes that are not UTF-8 become U+FFFD.
std::string html_text(std::string_view text);
/// The page around `body`, with the style that all our pages share. Its foot says what made it and whether it is whole.
/// @param title  plain text.
std::string html_page(const std::string& title, const std::string& body, const RunInfo& made_by = {},
                      const RunEnd& end = {});
/// Whether html_page() made it, now or in an earlier version.
bool is_kith_page(std::string_view page);

}  // namespace kith
