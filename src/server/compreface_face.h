// What CompreFace's picture routes share: their parameters, their pictures, a face as they tell it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "desk/similarity_map.h"
#include "server/api.h"

namespace kith::server {

/// {"message","code"} with its HTTP status.
Response compreface_error(unsigned status, int code, const std::string& message);

/// Parameters of the query. @throws Answered with CompreFace's code for what they may not be.
struct FaceWishes {
  std::size_t limit = 0;  // 0: all
  double min_score = 0;
  bool landmarks = false, embedding = false, status = false, is_chip = false;
  std::size_t predictions = 1;

  explicit FaceWishes(const Request& request);
};

/// The picture called so: a part of the form, or Base64 in JSON. @throws Answered: there is none.
PhotoBytes compreface_photo(const Request& request, const std::string& name);

/// A picture with the faces that are wished for, biggest first.
/// @throws Answered 28: there is none, or it is no picture.
LookedAt compreface_look(const Call& call, const PhotoBytes& photo, const FaceWishes& wishes);

/// "box" and what else was wished for.
Json compreface_face(const SeenFace& seen, const LookedAt& photo, const FaceWishes& wishes, const Call& call);

/// "plugins_versions"
Json compreface_versions(const Stages& stages);

/// Half up, to five decimals, as CompreFace rounds.
double five_decimals(double value);

/// [{"subject","similarity"}]: whom a face is most like. 0.5 and more if and only if the face gets this name.
Json compreface_subjects(const KnownPeople& known, const SimilarityMap& map, const Identification& identity,
                         const Embedding& face, std::size_t most);

/// The maps of a gallery's answers, and of one face against another.
SimilarityMap gallery_map(const Call& call, const KnownPeople& known);
SimilarityMap pair_map(const Call& call, const KnownPeople& known);

}  // namespace kith::server
