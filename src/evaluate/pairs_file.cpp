#include "evaluate/pairs_file.h"

#include <kith/error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <sstream>

namespace kith {
namespace {

constexpr std::size_t kDefaultFolds = 10;
constexpr int kMostPairs = 10'000'000;  // beyond it a number in a header is a slip

// Tabs part the fields; names may hold spaces then. Without a tab, spaces part them.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  if (line.find('\t') == std::string::npos) {
    for (std::string field; in >> field;) fields.push_back(field);
  } else {
    for (std::string field; std::getline(in, field, '\t');) {
      while (field.ends_with(' ') || field.ends_with('\r')) field.pop_back();
      if (!field.empty()) fields.push_back(field);
    }
  }
  return fields;
}

int whole_number(const std::string& text) {
  int value = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && end == text.data() + text.size() && value <= kMostPairs ? value : -1;
}

struct Reader {
  const std::string& where;
  int line = 0;

  [[noreturn]] void bad(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt, where + ":" + std::to_string(line) + ": " + what);
  }
  Pair pair(const std::vector<std::string>& fields) const {
    const auto picture = [&](const std::string& name, const std::string& text) {
      const int n = whole_number(text);
      if (n < 0) bad("\"" + text + "\" is not the number of a picture");
      if (name.find('/') != std::string::npos || name == "..") bad("\"" + name + "\" is not a person's name");
      return Pair::Picture{name, n};
    };
    if (fields.size() == 3) return {picture(fields[0], fields[1]), picture(fields[0], fields[2]), true};
    if (fields.size() == 4) return {picture(fields[0], fields[1]), picture(fields[2], fields[3]), false};
    bad("neither NAME I J nor NAME I OTHER J");
  }
};

// A tenth of either kind into each fold, in order.
std::vector<std::vector<Pair>> deal(const std::vector<Pair>& pairs, const std::string& where) {
  std::array<std::vector<Pair>, 2> kinds;
  for (const Pair& pair : pairs) kinds[pair.same ? 0 : 1].push_back(pair);
  std::vector<std::vector<Pair>> folds(kDefaultFolds);
  for (const std::vector<Pair>& kind : kinds) {
    if (kind.size() < kDefaultFolds) {
      throw Error(ErrorCode::kCorrupt, where + ": at least 10 pairs of one person and 10 of two are needed");
    }
    for (std::size_t i = 0; i < kind.size(); ++i) folds[i * kDefaultFolds / kind.size()].push_back(kind[i]);
  }
  return folds;
}

}  // namespace

std::vector<std::vector<Pair>> parse_pairs(const std::string& text, const std::string& where) {
  Reader reader{where};
  std::istringstream in(text);
  std::vector<int> header;
  std::vector<Pair> pairs;
  for (std::string line; std::getline(in, line);) {
    ++reader.line;
    const std::vector<std::string> fields = split(line);
    if (fields.empty()) continue;
    if (fields.size() <= 2 && pairs.empty() && header.empty()) {
      for (const std::string& field : fields) header.push_back(whole_number(field));
      if (*std::min_element(header.begin(), header.end()) < 1)
        reader.bad("the first line must be \"FOLDS PAIRS\"");
      continue;
    }
    pairs.push_back(reader.pair(fields));
  }
  if (header.size() < 2) {
    if (header.size() == 1 && pairs.size() != 2 * static_cast<std::size_t>(header[0])) {
      throw Error(ErrorCode::kCorrupt, where + ": the first line promises " + std::to_string(2 * header[0]) +
                                           " pairs, but there are " + std::to_string(pairs.size()));
    }
    return deal(pairs, where);
  }
  const auto folds = static_cast<std::size_t>(header[0]);
  const std::size_t per_fold = 2 * static_cast<std::size_t>(header[1]);
  if (folds < 2) throw Error(ErrorCode::kCorrupt, where + ": at least 2 folds are needed");
  if (pairs.size() != folds * per_fold) {
    throw Error(ErrorCode::kCorrupt, where + ": the first line promises " + std::to_string(folds) +
                                         " folds of 2 x " + std::to_string(header[1]) +
                                         " pairs, but there are " + std::to_string(pairs.size()) + " pairs");
  }
  std::vector<std::vector<Pair>> result;
  for (auto begin = pairs.begin(); begin != pairs.end(); begin += static_cast<std::ptrdiff_t>(per_fold)) {
    result.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(per_fold));
  }
  return result;
}

std::filesystem::path find_picture(const std::filesystem::path& images, const Pair::Picture& picture) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "_%04d", picture.number);
  const std::filesystem::path stem = images / picture.name / (picture.name + digits);
  for (const char* extension : {".jpg", ".png", ".jpeg", ".webp", ".bmp", ".JPG", ".PNG"}) {
    std::filesystem::path path = stem;
    path += extension;
    if (std::error_code ignored; std::filesystem::exists(path, ignored)) return path;
  }
  return {};
}

}  // namespace kith
