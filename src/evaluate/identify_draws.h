// Galleries drawn from a folder of people, and the faces that are asked for: what evaluate identify scores Kith with, and
// bench/peers.cpp other rules.
#pragma once

#include <kith/person.h>
#include <kith/stages.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.h"

namespace kith {

struct DrawOptions {
  std::filesystem::path people;     // a folder of photos for each person
  std::filesystem::path strangers;  // photos of people who are in no gallery
  std::size_t gallery = 6;          // people drawn for each gallery
  std::size_t enrol = 5;            // photos of each who is drawn; the rest are probes
  unsigned seed = 1;                // of the first gallery
};

/// A face to be named.
struct Probe {
  std::size_t subject = 0;  // number of the person, or of the stranger
  std::string person;       // their folder; empty for a stranger
  std::string key;          // by which groups are given: the person's folder, or a stranger's file name
  Embedding embedding;      // empty: no face was found
};

struct DrawPictures {
  std::map<std::string, std::vector<Sample>> people;        // photos with a face, by person
  std::map<std::string, std::size_t> faceless;              // photos without one, by person
  std::size_t photos = 0;                                   // of people
  std::vector<Probe> strangers;                             // one a picture
  std::vector<std::pair<std::string, std::string>> failed;  // photos without a face, unreadable ones: why
};

/// Embeds every picture once. @throws Error as list_person_photos (person_photos.h).
DrawPictures embed_draw_pictures(const Stages& stages, const DrawOptions& options,
                                 const std::atomic<bool>& stop, const ReportProgress& progress);

/// One gallery and who is asked for.
struct DrawnGallery {
  std::vector<Person> people;
  std::vector<Probe> probes;  // known ones, then strangers
};

/// The gallery number `index`, the same for every run with the same seed.
/// @throws Error kInvalidArgument when too few people have `enrol` photos with a face.
DrawnGallery draw_gallery(const DrawPictures& pictures, const DrawOptions& options, unsigned index);

}  // namespace kith
