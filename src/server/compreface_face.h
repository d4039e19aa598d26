// What CompreFace's picture routes share: their parameters, their pictures, a face as they tell it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "desk/similarity_map.h"
#include "server/api.h"

namespace kith::server {

/// CompreFace's codes of what went wrong.
constexpr int kUnforeseen = 0, kEmptyField = 5, kNoService = 10, kNoKey = 20, kBadFile = 21, kBadValue = 26,
              kNoFace = 28, kSeveralFaces = 31, kNoParameter = 33, kNoPart = 34, kBadCharacter = 36,
              kBadEmbedding = 37, kNoSubject = 42, kSubjectExists = 43, kNoImage = 44;

/// {"message","code"} with its HTTP status.
Response compreface_error(unsigned status, int code, const std::string& message);

/// @throws Answered, with that.
[[noreturn]] void refuse(unsigned status, int code, const std::string& message);
/// What CompreFace says of anything that it has no code for. @throws Answered.
[[noreturn]] void unforeseen();
[[noreturn]] void refuse_without_face();

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

/// `answer` with "plugins_versions", where the status was wished for.
Json with_versions(Json answer, const FaceWishes& wishes, const Call& call);

/// Half up, to five decimals, as CompreFace rounds.
double five_decimals(double value);

/// [{"subject","similarity"}]: whom a face is most like. 0.5 and more if and only if the face gets this name.
Json compreface_subjects(const KnownPeople& known, const SimilarityMap& map, const Identification& identity,
                         const Embedding& face, std::size_t most);

}  // namespace kith::server
