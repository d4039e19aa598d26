#include "server/router.h"

#include "server/query.h"

namespace kith::server {
namespace {

// The segment at the front, which is taken off with its slash.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

bool fits(std::string_view pattern, std::string_view path, PathValues& values) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const std::string_view wanted = take_segment(pattern), sent = take_segment(path);
    const auto decoded = percent_decoded(sent, false);
    if (!decoded) return false;
    if (wanted.starts_with('{')) {
      if (decoded->empty()) return false;
      values[std::string(wanted.substr(1, wanted.size() - 2))] = *decoded;
    } else if (wanted != *decoded) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace kith::server
