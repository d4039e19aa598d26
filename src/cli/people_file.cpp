#include "cli/people_file.h"

#include <kith/error.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "model/catalog.h"
#include "store/database.h"
#include "store/gallery_store.h"

namespace kith::cli {
namespace fs = std::filesystem;

Gallery open_people(const std::string& people) {
  try {
    return Gallery::open(people);
  } catch (const Error& e) {
    std::string advice;
    if (e.code() == ErrorCode::kNotFound)
      advice = "; make it with: kith train PHOTOS, or: kith people add NAME PHOTO";
    if (e.code() == ErrorCode::kCorrupt)
      advice = " (--people FILE, or train again: kith train PHOTOS --replace)";
    throw Error(e.code(), e.what() + advice);
  }
}

Gallery open_or_create_people(const std::string& people, const Stages& stages) {
  std::error_code ignored;
  if (!fs::exists(people, ignored) || fs::is_empty(people, ignored))
    return Gallery::open_or_create(people, stages.embedder().binding());
  Gallery gallery = open_people(people);
  require_embedder(gallery, people, stages);
  return gallery;
}

std::optional<std::string> embedder_of(const std::string& people) {
  std::error_code ignored;
  if (std::filesystem::file_size(people, ignored) == 0 || ignored) return std::nullopt;
  try {
    Database file = Database::open(people);
    const std::string name = store::load_binding(file).name;
    std::istringstream each(name);
    for (std::string one; std::getline(each, one, ',');) {
      if (!std::filesystem::exists(model::installed_path(one), ignored)) return std::nullopt;
    }
    return name;
  } catch (const Error&) {  // whoever opens it says so
    return std::nullopt;
  }
}

void require_embedder(const Gallery& gallery, const std::string& people, const Stages& stages) {
  const Embedder& embedder = stages.embedder();
  try {
    gallery.require(embedder.identity(), embedder.name());
  } catch (const Error& e) {
    const std::string file = people == "people.kith" ? "" : " --people " + quoted(people);
    const std::string anew = "begin anew with: kith train PHOTOS --replace" + file;
    const std::string& bound = gallery.binding().name;
    throw Error(e.code(), std::string(e.what()) + (bound == embedder.name()
                                                       ? "; " + anew
                                                       : "; give --embedder " + bound + ", or " + anew +
                                                             " --embedder " + embedder.name()));
  }
}

std::string shown_path(const std::string& source) {
  const fs::path path = source;
  std::error_code failed;
  const fs::path here = fs::current_path(failed);
  if (failed || !path.is_absolute()) return source;
  const fs::path below = path.lexically_relative(here);
  return below.empty() || *below.begin() == ".." ? source : below.string();
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0 ||
           std::string_view("/._-+,:@%=").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace kith::cli
