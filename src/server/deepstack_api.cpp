#include "server/deepstack_api.h"

#include <algorithm>
#include <cmath>

#include "core/person_name.h"
#include "server/pixel_box.h"
#include "server/uploads.h"

namespace kith::server {
namespace {

constexpr double kLeastDetected = 0.4;  // of a face's probability, unless asked for
constexpr double kLeastNamed = 0.5;     // of a name's confidence: exactly what Kith names

Json failure(const std::string& why) { return {{"success", false}, {"error", why}, {"duration", 0}}; }

[[noreturn]] void refuse(const std::string& why, unsigned status = 400) {
  throw Answered{json_response(failure(why), status)};
}

Response say(const Trouble& trouble, const Request&) {
  if (trouble.code.ends_with("_key")) return json_response(failure("Incorrect api key"), 401);
  if (trouble.code == "unreadable_picture") return json_response(failure("invalid image"), 400);
  return json_response(failure(trouble.message), trouble.status);
}

std::string field(const std::vector<Part>& form, std::string_view name) {
  for (const Part& part : form)
    if (part.name == name && part.filename.empty()) return std::string(part.bytes);
  return {};
}

// In the head as elsewhere, or the form's field `api_key`.
std::string key_of(const Request& request) {
  if (std::string key = kith_api().key_of(request); !key.empty()) return key;
  const auto form = parse_multipart(request.header("content-type"), request.body);
  return form ? field(*form, "api_key") : std::string();
}

std::vector<Part> form_or_none(const Request& request) {
  return parse_multipart(request.header("content-type"), request.body).value_or(std::vector<Part>());
}

std::vector<PhotoBytes> files_of(const std::vector<Part>& form) {
  std::vector<PhotoBytes> files;
  for (const Part& part : form)
    if (!part.filename.empty() || part.name == "image") files.push_back(photo_of(part));
  return files;
}

// Empty: nobody is named. CodeProject.AI spells it otherwise.
std::string user_of(const std::vector<Part>& form) {
  std::string user = field(form, "userid");
  return user.empty() ? field(form, "userId") : user;
}

double least(const std::vector<Part>& form, double usual) {
  const std::string text = field(form, "min_confidence");
  if (text.empty()) return usual;
  const auto value = to_number(text);
  if (!value || *value < 0) refuse("Invalid value for min_confidence");
  if (*value > 1) refuse("min_confidence cannot be greater than 1");
  return *value;
}

Json prediction(const SeenFace& seen, cv::Size size, double confidence) {
  const PixelBox box = pixel_box(seen.face.box, size);
  return {{"confidence", confidence},
          {"y_min", box.y_min},
          {"x_min", box.x_min},
          {"y_max", box.y_max},
          {"x_max", box.x_max}};
}

double rounded_to_4(double value) { return std::round(value * 1e4) / 1e4; }

Json success(const LookedAt& seen) {
  return {{"success", true},
          {"predictions", Json::array()},
          {"duration", std::lround(seen.decode_ms + seen.detect_ms + seen.embed_ms)}};
}

PhotoBytes image_of(const std::vector<Part>& form) {
  std::vector<PhotoBytes> files = files_of(form);
  if (files.empty()) refuse("No valid image file found");
  return std::move(files.front());
}

Response detect(const Call& call) {
  const std::vector<Part> form = form_or_none(call.request);
  const double low = least(form, kLeastDetected);
  const LookedAt seen = call.look(image_of(form), {.embed = false});
  Json answer = success(seen);
  for (const SeenFace& face : seen.faces)
    if (face.face.probability >= low)
      answer["predictions"].push_back(prediction(face, seen.size, rounded_to_4(face.face.probability)));
  return json_response(answer);
}

Response recognise(const Call& call) {
  const std::vector<Part> form = form_or_none(call.request);
  const double low = least(form, kLeastNamed);
  const LookedAt seen = call.look(image_of(form));
  const auto known = call.desk.known();
  const SimilarityMap map = known->gallery_map();
  const std::vector<Identification> identities = known->identify(seen.faces);
  Json answer = success(seen);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    const auto& name = identities[i].name;
    const double confidence = name ? std::max(kLeastNamed, rounded_to_4(map(identities[i].similarity))) : 0.0;
    const bool told = name && confidence >= low;
    Json& face =
        answer["predictions"].emplace_back(prediction(seen.faces[i], seen.size, told ? confidence : 0.0));
    face["userid"] = told ? *name : "unknown";
  }
  return json_response(answer);
}

Response register_face(const Call& call) {
  const std::vector<Part> form = form_or_none(call.request);
  const std::string user = user_of(form);
  if (normal_name(user).empty()) refuse("userid not specified");
  const std::vector<PhotoBytes> files = files_of(form);
  if (files.empty()) refuse("No valid image file found");
  EnrolRules rules;
  rules.strict = false;
  const std::string name = call.desk.kept_name(user).value_or(user);
  const bool was_there = call.desk.known()->find(name) != nullptr;
  const std::vector<EnrolledPhoto> answers = call.desk.enrol(name, files, rules);
  const auto added = std::ranges::count_if(answers, [](const auto& answer) { return !answer.refused; });
  const bool known_already =
      std::ranges::any_of(answers, [](const auto& answer) { return answer.refused == Refusal::kDuplicate; });
  if (added > 0) call.changed({{"did", "add_photos"}, {"person", name}, {"photos", added}});
  if (added == 0 && !known_already) {
    const Refusal why = *answers.front().refused;
    if (why == Refusal::kUnreadable || why == Refusal::kTooLarge) refuse("invalid image");
    refuse(why == Refusal::kSeveralFaces ? "more than one face detected" : "no face detected");
  }
  return json_response(
      {{"success", true}, {"message", was_there ? "face updated" : "face added"}, {"duration", 0}});
}

Response match(const Call& call) {
  const std::vector<PhotoBytes> files = files_of(form_or_none(call.request));
  if (files.size() < 2) refuse("expected two image files, only one found");
  if (files.size() > 2) refuse("only two images allowed");
  std::vector<Embedding> vectors;
  for (const PhotoBytes& file : files) {
    const LookedAt seen = call.look(file);
    const SeenFace* const face = main_face(seen);
    if (face == nullptr) refuse("no face detected");
    vectors.push_back(face->embedding);
  }
  const auto known = call.desk.known();
  const SimilarityMap map = known->pair_map();
  return json_response(
      {{"success", true},
       {"similarity", rounded_to_4(map(similarity(vectors.front(), vectors.back(), known->calibration())))},
       {"duration", 0}});
}

Response list(const Call& call) {
  return json_response({{"success", true}, {"faces", call.desk.names()}, {"duration", 0}});
}

Response remove(const Call& call) {
  const std::string user = user_of(form_or_none(call.request));
  if (user.empty()) refuse("userid not specified");
  const auto name = call.desk.kept_name(user);
  const bool erased = name && call.erase(*name);
  return json_response({{"success", erased}, {"duration", 0}});
}

}  // namespace

const Api& deepstack_api() {
  static const Api api{"/v1/vision", say, key_of, true};
  return api;
}

void add_deepstack_routes(Router<Route>& routes, const BodyLimits& limits) {
  const auto add = [&](const std::string& path, auto handle, unsigned roles, Work work) {
    routes.add("POST", "/v1/vision/face" + path,
               {handle, &deepstack_api(), roles, false, work, limits.pictures});
  };
  add("", detect, kRecognise, Work::kPicture);
  add("/recognize", recognise, kRecognise, Work::kPicture);
  add("/register", register_face, kEnrol, Work::kPicture);
  add("/match", match, kRecognise, Work::kPicture);
  add("/list", list, 0, Work::kOther);
  add("/delete", remove, kManage, Work::kOther);
}

}  // namespace kith::server
