#include "server/compreface_face.h"

#include <algorithm>
#include <cmath>

#include "server/pixel_box.h"
#include "server/uploads.h"

namespace kith::server {
namespace {

constexpr double kHighestUnnamed = 0.49999;

// A parameter that is there and not empty.
template <typename Read>
auto read(const Request& request, const char* name, Read to_value) -> decltype(to_value("")) {
  const auto text = request.query.find(name);
  if (!text || text->empty()) return std::nullopt;
  const auto value = to_value(*text);
  if (!value) unforeseen();
  return value;
}

bool lists(const std::string& words, std::string_view wanted) {
  for (std::size_t begin = 0; begin <= words.size();) {
    const std::size_t end = std::min(words.find(',', begin), words.size());
    if (std::string_view(words).substr(begin, end - begin) == wanted) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

Response compreface_error(unsigned status, int code, const std::string& message) {
  return json_response({{"message", message}, {"code", code}}, status);
}

void refuse(unsigned status, int code, const std::string& message) {
  throw Answered{compreface_error(status, code, message)};
}

void unforeseen() { refuse(400, kUnforeseen, "Something went wrong, please try again"); }

void refuse_without_face() { refuse(400, kNoFace, "No face is found in the given image"); }

FaceWishes::FaceWishes(const Request& request) {
  const long most = read(request, "limit", to_integer).value_or(0);
  if (most < 0) refuse(400, kBadValue, "Limit should be equal or greater than 0; ");
  limit = static_cast<std::size_t>(most);
  const long count = read(request, "prediction_count", to_integer).value_or(1);
  if (count < 1) refuse(400, kBadValue, "Prediction count should be equal or greater than 1; ");
  predictions = static_cast<std::size_t>(count);
  min_score = read(request, "det_prob_threshold", to_number).value_or(0);
  if (min_score < 0 || min_score > 1) refuse_without_face();
  status = read(request, "status", to_bool).value_or(false);
  is_chip = !read(request, "detect_faces", to_bool).value_or(true);
  const std::string plugins = request.query.find("face_plugins").value_or("");
  landmarks = lists(plugins, "landmarks");
  embedding = lists(plugins, "calculator");
}

PhotoBytes compreface_photo(const Request& request, const std::string& name) {
  if (is_json(request)) {
    const auto json = parse_json(request.body);
    if (!json || !json->is_object()) unforeseen();
    const auto text = json->find(name);
    if (text == json->end() || !text->is_string() || text->get_ref<const std::string&>().empty())
      refuse(400, kEmptyField, "Field " + name + " cannot be empty");
    auto bytes = picture_of_base64(text->get_ref<const std::string&>());
    if (!bytes) refuse(400, kBadFile, "Field " + name + " is no Base64");
    return {name, *std::move(bytes)};
  }
  if (const auto parts = parse_multipart(request.header("content-type"), request.body)) {
    for (const Part& part : *parts)
      if (part.name == name) return photo_of(part);
  }
  refuse(400, kNoPart, "Required part " + name + " is missing");
}

LookedAt compreface_look(const Call& call, const PhotoBytes& photo, const FaceWishes& wishes) {
  LookedAt seen;
  try {
    seen = call.look(photo, {.is_chip = wishes.is_chip});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kUnsupported) throw;
  }
  std::erase_if(seen.faces, [&](const SeenFace& face) { return face.face.probability < wishes.min_score; });
  std::ranges::stable_sort(seen.faces, std::greater{},
                           [](const SeenFace& face) { return face.face.box.area(); });
  if (wishes.limit > 0 && seen.faces.size() > wishes.limit) seen.faces.resize(wishes.limit);
  if (seen.faces.empty()) refuse_without_face();
  return seen;
}

double five_decimals(double value) { return std::floor(value * 1e5 + 0.5) / 1e5; }

Json compreface_face(const SeenFace& seen, const LookedAt& photo, const FaceWishes& wishes,
                     const Call& call) {
  Json face = Json::object();
  // Vectors can rebuild a face: not for every key.
  if (wishes.embedding && (call.key.roles & kManage) != 0) face["embedding"] = seen.embedding;
  const PixelBox box = pixel_box(seen.face.box, photo.size);
  face["box"] = {{"probability", five_decimals(seen.face.probability)},
                 {"x_max", box.x_max},
                 {"y_max", box.y_max},
                 {"x_min", box.x_min},
                 {"y_min", box.y_min}};
  if (wishes.landmarks) {
    Json& points = face["landmarks"] = Json::array();
    for (const cv::Point2f& point : seen.face.landmarks)
      points.push_back({std::lround(point.x), std::lround(point.y)});
  }
  if (wishes.status) {
    face["execution_time"] = {{"detector", five_decimals(photo.detect_ms)},
                              {"calculator", five_decimals(photo.embed_ms)}};
  }
  return face;
}

Json with_versions(Json answer, const FaceWishes& wishes, const Call& call) {
  const Stages& stages = call.desk.stages();
  if (wishes.status)
    answer["plugins_versions"] = {{"detector", stages.detector().name()},
                                  {"calculator", stages.embedder().name()}};
  return answer;
}

Json compreface_subjects(const KnownPeople& known, const SimilarityMap& map, const Identification& identity,
                         const Embedding& face, std::size_t most) {
  std::vector<Likeness> likenesses = known.nearest(face, most);
  if (identity.name) {
    const auto named = [&] { return std::ranges::find(likenesses, *identity.name, &Likeness::name); };
    if (named() == likenesses.end()) likenesses = known.nearest(face, known.people().size());
    if (const auto at = named(); at != likenesses.end()) std::rotate(likenesses.begin(), at, at + 1);
    likenesses.resize(std::min(likenesses.size(), most));
  }
  Json subjects = Json::array();
  double highest = identity.name ? 1.0 : kHighestUnnamed;
  for (const Likeness& like : likenesses) {
    double similarity = five_decimals(map(like.score));
    if (identity.name == like.name) similarity = std::max(similarity, 0.5);
    highest = std::min(highest, similarity);
    subjects.push_back({{"subject", like.name}, {"similarity", highest}});
  }
  return subjects;
}

}  // namespace kith::server
