// pairs.txt: which pictures of LFW are compared, in folds (vis-www.cs.umass.edu/lfw, README "pairs.txt").
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kith {

/// Two pictures by person and number; file names are NAME/NAME_0001.EXT.
struct Pair {
  struct Picture {
    std::string name;
    int number = 0;
    auto operator<=>(const Picture&) const = default;
  };
  Picture a, b;
  bool same = false;
};

/// The header "10 300" means 10 folds, each of 300 pairs of one person, then 300 of two. With the header
/// "1000" (LFW's development lists) or without one, all pairs are dealt into 10 folds, each with a tenth of
/// either kind, in order.
/// @param where  the file, for messages.
/// @throws Error kCorrupt, naming the line, and when the header promises another number of pairs.
std::vector<std::vector<Pair>> parse_pairs(const std::string& text, const std::string& where);

/// Where a picture lies, with any extension of a picture; empty when it is missing.
std::filesystem::path find_picture(const std::filesystem::path& images, const Pair::Picture& picture);

}  // namespace kith
