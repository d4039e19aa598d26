#include "server/compreface_face.h"

#include <algorithm>
#include <cmath>

#include "server/uploads.h"

namespace kith::server {
namespace {

constexpr double kHighestUnnamed = 0.49999;

[[noreturn]] void refuse(unsigned status, int code, const std::string& message) {
  throw Answered{compreface_error(status, code, message)};
}

[[noreturn]] void unforeseen() { refuse(400, 0, "Something went wrong, please try again"); }

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

int pixel(float value, int most) { return std::clamp(static_cast<int>(std::lround(value)), 0, most); }

}  // namespace

Response compreface_error(unsigned status, int code, const std::string& message) {
  return json_response({{"message", message}, {"code", code}}, status);
}

FaceWishes::FaceWishes(const Request& request) {
  const long most = read(request, "limit", to_integer).value_or(0);
  if (most < 0) refuse(400, 26, "Limit should be equal or greater than 0; ");
  limit = static_cast<std::size_t>(most);
  const long count = read(request, "prediction_count", to_integer).value_or(1);
  if (count < 1) refuse(400, 26, "Prediction count should be equal or greater than 1; ");
  predictions = static_cast<std::size_t>(count);
  min_score = read(request, "det_prob_threshold", to_number).value_or(0);
  if (min_score < 0 || min_score > 1) refuse(400, 28, "No face is found in the given image");
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
      refuse(400, 5, "Field " + name + " cannot be empty");
    auto bytes = picture_of_base64(text->get_ref<const std::string&>());
    if (!bytes) refuse(400, 21, "Field " + name + " is no Base64");
    return {name, *std::move(bytes)};
  }
  if (const auto parts = parse_multipart(request.header("content-type"), request.body)) {
    for (const Part& part : *parts)
      if (part.name == name) return {part.filename.empty() ? name : part.filename, std::string(part.bytes)};
  }
  refuse(400, 34, "Required part " + name + " is missing");
}

LookedAt compreface_look(const Call& call, const PhotoBytes& photo, const FaceWishes& wishes) {
  LookedAt seen;
  try {
    seen = call.look(photo, {.is_chip = wishes.is_chip});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kUnsupported) throw;
  }
  std::erase_if(seen.faces, [&](const SeenFace& face) { return face.face.score < wishes.min_score; });
  std::ranges::stable_sort(seen.faces, std::greater{},
                           [](const SeenFace& face) { return face.face.box.area(); });
  if (wishes.limit > 0 && seen.faces.size() > wishes.limit) seen.faces.resize(wishes.limit);
  if (seen.faces.empty()) refuse(400, 28, "No face is found in the given image");
  return seen;
}

double five_decimals(double value) { return std::floor(value * 1e5 + 0.5) / 1e5; }

Json compreface_face(const SeenFace& seen, const LookedAt& photo, const FaceWishes& wishes,
                     const Call& call) {
  Json face = Json::object();
  // Vectors can rebuild a face: not for every key.
  if (wishes.embedding && (call.key.roles & kManage) != 0) face["embedding"] = seen.embedding;
  const cv::Rect2f& box = seen.face.box;
  face["box"] = {{"probability", five_decimals(seen.face.score)},
                 {"x_max", pixel(box.x + box.width, photo.size.width)},
                 {"y_max", pixel(box.y + box.height, photo.size.height)},
                 {"x_min", pixel(box.x, photo.size.width)},
                 {"y_min", pixel(box.y, photo.size.height)}};
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

Json compreface_versions(const Stages& stages) {
  return {{"detector", stages.detector().name()}, {"calculator", stages.embedder().name()}};
}

Json compreface_subjects(const KnownPeople& known, const SimilarityMap& map, const Identification& identity,
                         const Embedding& face, std::size_t most) {
  std::vector<KnownPeople::Likeness> likenesses = known.nearest(face, most);
  if (identity.name) {
    const auto named = [&] {
      return std::ranges::find(likenesses, *identity.name, &KnownPeople::Likeness::name);
    };
    if (named() == likenesses.end()) likenesses = known.nearest(face, known.people().size());
    if (const auto at = named(); at != likenesses.end()) std::rotate(likenesses.begin(), at, at + 1);
    likenesses.resize(std::min(likenesses.size(), most));
  }
  Json subjects = Json::array();
  double highest = identity.name ? 1.0 : kHighestUnnamed;
  for (const KnownPeople::Likeness& like : likenesses) {
    double similarity = five_decimals(map(like.score));
    if (identity.name == like.name) similarity = std::max(similarity, 0.5);
    highest = std::min(highest, similarity);
    subjects.push_back({{"subject", like.name}, {"similarity", highest}});
  }
  return subjects;
}

SimilarityMap gallery_map(const Call& call, const KnownPeople& known) {
  return {call.desk.stages().embedder().calibration(), known.threshold()};
}

SimilarityMap pair_map(const Call& call, const KnownPeople& known) {
  const Calibration& calibration = call.desk.stages().embedder().calibration();
  return {calibration, threshold_at(calibration, known.far()).value_or(1)};
}

}  // namespace kith::server
