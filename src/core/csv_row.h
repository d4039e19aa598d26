// Rows of comma-separated values, RFC 4180.
#pragma once

#include <string>
#include <vector>

namespace kith {

using CsvRow = std::vector<std::string>;

/// The row that begins at `at`, which moves behind it; a quoted field may go over several lines.
CsvRow parse_csv_row(const std::string& text, std::size_t& at);
/// Quoted where it must be, with CR LF at its end.
std::string write_csv_row(const CsvRow& row);

}  // namespace kith
