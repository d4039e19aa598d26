#include "align/align_names.h"

namespace kith {

std::vector<std::string> chip_names(std::span<const std::filesystem::path> photos,
                                    const std::map<std::string, std::ptrdiff_t>& claimed) {
  std::vector<std::string> names(photos.size());
  std::map<std::string, std::ptrdiff_t> taken = claimed;
  for (const auto& [name, photo] : claimed) {
    if (photo >= 0) names[static_cast<std::size_t>(photo)] = name;
  }
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (!names[i].empty()) continue;
    const std::string whole = photos[i].generic_string();
    std::string name = (photos[i].parent_path() / photos[i].stem()).generic_string();
    for (int n = 1; !taken.emplace(name, static_cast<std::ptrdiff_t>(i)).second; ++n) {
      name = n == 1 ? whole : whole + '~' + std::to_string(n);
    }
    names[i] = name;
  }
  return names;
}

}  // namespace kith
