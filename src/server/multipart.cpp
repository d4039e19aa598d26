#include "server/multipart.h"

#include <algorithm>
#include <cctype>

#include "core/lower_case.h"
#include "server/query.h"

namespace kith::server {
namespace {

constexpr std::size_t kMostParts = 1000;
constexpr std::size_t kLongestBoundary = 200;  // RFC 2046: 70
constexpr std::size_t kLongestHead = 16 << 10;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

// What stands behind `; name=`, in quotes or not.
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
  for (std::size_t at = header.find(';'); at != header.npos && at < header.size();) {
    header.remove_prefix(at + 1);
    const std::size_t equals = header.find_first_of("=;");
    if (equals == header.npos) return std::nullopt;
    if (header[equals] == ';') {
      at = equals;
      continue;
    }
    const std::string name = lower_case(std::string(trimmed(header.substr(0, equals))));
    header.remove_prefix(equals + 1);
    header = trimmed(header);
    std::string value;
    if (header.starts_with('"')) {
      std::size_t i = 1;
      for (; i < header.size() && header[i] != '"'; ++i) {
        // Browsers escape a quote and nothing else; a path of Windows keeps its backslashes.
        if (header[i] == '\\' && i + 1 < header.size() && header[i + 1] == '"') ++i;
        value += header[i];
      }
      header.remove_prefix(std::min(i + 1, header.size()));
      at = header.find(';');
    } else {
      at = header.find(';');
      value = trimmed(header.substr(0, at));
    }
    if (name == wanted) return value;
  }
  return std::nullopt;
}

// The name and file name of a part, by its head; nullopt: it has none.
std::optional<Part> part_of(std::string_view head) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    const std::string_view line = trimmed(head.substr(0, end));
    head.remove_prefix(std::min(end + 1, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == line.npos ||
        lower_case(std::string(trimmed(line.substr(0, colon)))) != "content-disposition")
      continue;
    const std::string_view value = line.substr(colon + 1);
    if (!lower_case(std::string(trimmed(value))).starts_with("form-data")) return std::nullopt;
    const auto name = parameter(value, "name");
    if (!name) return std::nullopt;
    Part part;
    part.name = *name;
    part.filename = parameter(value, "filename").value_or("");
    if (const auto coded = parameter(value, "filename*")) {  // RFC 5987: UTF-8''name
      const std::size_t quote = coded->rfind('\'');
      if (quote != coded->npos)
        part.filename =
            percent_decoded(std::string_view(*coded).substr(quote + 1), false).value_or(part.filename);
    }
    return part;
  }
  return std::nullopt;
}

// The body's first line, where it is a boundary.
std::optional<std::string> boundary_of(std::string_view body) {
  const std::size_t end = body.substr(0, kLongestBoundary + 4).find('\n');
  if (end == body.npos) return std::nullopt;
  const std::string_view line = trimmed(body.substr(0, end));
  if (!line.starts_with("--") || line.size() < 3) return std::nullopt;
  return std::string(line.substr(2));
}

// Behind the end of the line that a boundary stands on; nullopt: something else follows it.
std::optional<std::size_t> line_end(std::string_view body, std::size_t at) {
  while (at < body.size() && (body[at] == ' ' || body[at] == '\t' || body[at] == '\r')) ++at;
  return at < body.size() && body[at] == '\n' ? std::optional(at + 1) : std::nullopt;
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  return lower_case(std::string(trimmed(content_type.substr(0, content_type.find(';'))))) ==
         "multipart/form-data";
}

std::optional<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
  std::optional<std::string> boundary = parameter(content_type, "boundary");
  if (!boundary) boundary = boundary_of(body.substr(std::min(body.find("--"), body.size())));
  if (!boundary || boundary->empty() || boundary->size() > kLongestBoundary) return std::nullopt;
  const std::string mark = "--" + *boundary;
  std::vector<Part> parts;
  std::size_t at = body.starts_with(mark) ? 0 : body.find("\n" + mark);
  if (at == body.npos) return std::nullopt;
  at += body[at] == '\n' ? mark.size() + 1 : mark.size();
  const std::string next = "\n" + mark;
  while (!body.substr(at).starts_with("--")) {
    const std::optional<std::size_t> begin = line_end(body, at);
    if (!begin || parts.size() == kMostParts) return std::nullopt;
    const std::size_t end = body.find(next, *begin - 1);
    if (end == body.npos) return std::nullopt;
    std::string_view part = body.substr(*begin, std::max(end, *begin) - *begin);
    if (part.ends_with('\r')) part.remove_suffix(1);
    std::size_t head = part.substr(0, kLongestHead).find("\r\n\r\n"), skip = 4;
    if (const std::size_t bare = part.substr(0, kLongestHead).find("\n\n"); bare < head)
      head = bare, skip = 2;
    if (head == part.npos) return std::nullopt;
    std::optional<Part> known = part_of(part.substr(0, head));
    if (!known) return std::nullopt;
    known->bytes = part.substr(head + skip);
    parts.push_back(*std::move(known));
    at = end + next.size();
  }
  return parts;
}

}  // namespace kith::server
