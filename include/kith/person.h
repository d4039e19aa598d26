// Person, Sample: what a gallery holds, as values.
#pragma once

#include <kith/face.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kith {

/// Which embedder's vectors something holds: those of one cannot be compared with another's.
struct Binding {
  std::string identity;  // Embedder::identity()
  std::string name;      // Embedder::name(), for messages
  int dimension = 0;
};

/// One enrolled picture of a person. The picture itself is not kept.
struct Sample {
  std::int64_t id = 0;   // within the gallery; set by Gallery
  std::string source;    // where the picture was, for messages
  std::string checksum;  // sha256 of the picture's bytes: the same picture is enrolled once
  Embedding embedding;   // unit vector of the gallery's embedder
  float quality = 1;     // [0, 1], larger is better; weighs the sample in the template
};

struct Person {
  std::int64_t id = 0;
  std::string name;  // unique, UTF-8, any script
  std::vector<Sample> samples;
  Embedding centre;  // the template: normalised quality-weighted mean of the samples, outliers left out
  std::vector<Sample>
      rejected;  // faces that are not this person's, whatever they look like (Gallery::reject)
};

}  // namespace kith
