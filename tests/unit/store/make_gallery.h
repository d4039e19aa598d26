// A gallery's file for a test.
#pragma once

#include <kith/gallery.h>

namespace kith::test {

inline Gallery make_gallery(const std::filesystem::path& path, std::span<const Person> people,
                            int dimension) {
  Gallery gallery = Gallery::replace(path, {"identity-1", "synthetic", dimension});
  gallery.add_all(people);
  gallery.commit_replacement();
  return gallery;
}

}  // namespace kith::test
