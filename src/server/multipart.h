// multipart/form-data (RFC 7578), as browsers, curl and old clients send it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith::server {

/// One part. It refers to the body that it was found in.
struct Part {
  std::string name;
  std::string filename;  // empty: a field, no file
  std::string_view bytes;
};

/// Whether a Content-Type says so.
bool is_multipart(std::string_view content_type);

/// @param content_type  the header's value. One without a boundary is forgiven: the body's first line is it.
/// @return the parts in order; nullopt: the body is none, is cut off, or has more than 1,000 parts.
std::optional<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace kith::server
