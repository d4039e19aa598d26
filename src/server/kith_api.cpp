#include "server/kith_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base64.h"
#include "core/lower_case.h"
#include "core/rounding.h"
#include "desk/photo_id.h"
#include "server/uploads.h"
#include "sidecar/face_json.h"

namespace kith::server {
namespace {

constexpr long kMostListed = 1000, kUsuallyListed = 100;

Response say(const Trouble& trouble, const Request&) {
  return json_response({{"error", {{"code", trouble.code}, {"message", trouble.message}}}}, trouble.status);
}

[[noreturn]] void refuse(unsigned status, const std::string& code, const std::string& message) {
  throw Answered{json_response({{"error", {{"code", code}, {"message", message}}}}, status)};
}

// x-api-key, or Authorization: Bearer.
std::string key_of(const Request& request) {
  if (const std::string_view key = request.header("x-api-key"); !key.empty()) return std::string(key);
  const std::string_view bearer = request.header("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (lower_case(std::string(bearer.substr(0, kScheme.size()))) != kScheme) return {};
  return std::string(bearer.substr(kScheme.size()));
}

PhotoBytes one_photo(const Call& call) {
  std::vector<PhotoBytes> photos = uploaded_photos(call.request);
  if (photos.size() > 1) refuse(400, "invalid", "one picture a request, please");
  return std::move(photos.front());
}

// A whole number of the query. @throws Answered 400 outside its range.
long whole(const Request& request, const char* name, long usual, long low, long high) {
  const auto text = request.query.find(name);
  if (!text) return usual;
  const auto value = to_integer(*text);
  if (!value || *value < low || *value > high)
    refuse(400, "invalid", fmt::format("{}: a whole number from {} to {}", name, low, high));
  return *value;
}

const Person& person_of(const KnownPeople& known, const std::string& name) {
  const auto kept = known.kept_name(name);
  if (!kept) refuse(404, "no_such_person", "nobody is called " + name);
  return *known.find(*kept);
}

Json person_json(const Person& person) {
  return {{"id", std::to_string(person.id)}, {"name", person.name}, {"photos", person.samples.size()}};
}

// A cursor is the last name that was listed.
std::string cursor_of(const std::string& name) {
  std::string text = base64(name);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string name_of_cursor(std::string cursor) {
  std::ranges::replace(cursor, '-', '+');
  std::ranges::replace(cursor, '_', '/');
  const auto name = from_base64(cursor);
  if (!name) refuse(400, "invalid", "cursor: use next_cursor of the page before");
  return *name;
}

Response list_people(const Call& call) {
  const auto most = static_cast<std::size_t>(whole(call.request, "limit", kUsuallyListed, 1, kMostListed));
  const auto known = call.desk.known();
  auto at = known->people().begin();
  if (const auto cursor = call.request.query.find("cursor"))
    at = std::ranges::upper_bound(known->people(), name_of_cursor(*cursor), {}, &Person::name);
  Json people = Json::array();
  for (; at != known->people().end() && people.size() < most; ++at) people.push_back(person_json(*at));
  const bool more = at != known->people().end();
  return json_response(
      {{"people", people}, {"next_cursor", more ? Json(cursor_of(people.back()["name"])) : Json(nullptr)}});
}

Response show_person(const Call& call) {
  const auto known = call.desk.known();
  return json_response(person_json(person_of(*known, call.path.at("name"))));
}

Response rename_person(const Call& call) {
  const auto json = parse_json(call.request.body);
  if (!json || !json->is_object() || !json->contains("name") || !json->at("name").is_string())
    refuse(400, "invalid", R"(send {"name": "the new name"})");
  const std::string from = person_of(*call.desk.known(), call.path.at("name")).name;
  const bool merged = call.desk.rename(from, json->at("name").get<std::string>());
  const auto known = call.desk.known();
  Json answer = person_json(person_of(*known, json->at("name").get<std::string>()));
  call.changed({{"did", "rename"}, {"person", from}, {"to", answer["name"]}, {"merged", merged}});
  answer["merged"] = merged;
  return json_response(answer);
}

Response erase_person(const Call& call) {
  const std::string name = call.desk.kept_name(call.path.at("name")).value_or(call.path.at("name"));
  const auto faces = call.erase(name);
  if (!faces) refuse(404, "no_such_person", "nobody is called " + name);
  return json_response({{"erased", {{"name", name}, {"photos", *faces}}}});
}

Json photo_json(const FoundPhoto& photo) {
  return {{"id", photo_id(photo.sample)},
          {"source", photo.sample.source},
          {"quality", rounded_score(photo.sample.quality)}};
}

Response list_photos(const Call& call) {
  Json photos = Json::array();
  const std::string name = person_of(*call.desk.known(), call.path.at("name")).name;
  for (const FoundPhoto& photo : call.desk.photos(name)) photos.push_back(photo_json(photo));
  return json_response({{"photos", photos}});
}

bool flag(const Request& request, const char* name) {
  const auto text = request.query.find(name);
  if (!text) return false;
  const auto value = text->empty() ? std::optional(true) : to_bool(*text);
  if (!value) refuse(400, "invalid", std::string(name) + ": true or false");
  return *value;
}

Response add_photos(const Call& call) {
  EnrolRules rules;
  rules.strict = !flag(call.request, "force");
  const std::vector<PhotoBytes> photos = uploaded_photos(call.request);
  const std::string name = call.desk.kept_name(call.path.at("name")).value_or(call.path.at("name"));
  const std::vector<EnrolledPhoto> answers = call.desk.enrol(name, photos, rules);
  Json ids = Json::array(), refused = Json::array();
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (!answers[i].refused) {
      ids.push_back(answers[i].id);
    } else {
      refused.push_back({{"file", photos[i].name},
                         {"reason", to_string(*answers[i].refused)},
                         {"detail", answers[i].detail}});
    }
  }
  if (!ids.empty()) call.changed({{"did", "add_photos"}, {"person", name}, {"photos", ids.size()}});
  return json_response({{"added", ids.size()}, {"refused", refused}, {"photos", ids}}, 201);
}

FoundPhoto photo_of(const Call& call) {
  const auto found = call.desk.find_photo(lower_case(call.path.at("id")));
  const auto name = call.desk.kept_name(call.path.at("name"));
  if (!found || found->person != name) refuse(404, "no_such_photo", "there is no such photo");
  return *found;
}

Response remove_photo(const Call& call) {
  const FoundPhoto photo = photo_of(call);
  if (call.desk.photos(photo.person).size() == 1)
    refuse(409, "last_photo", "nobody stays without a photo: delete the person instead");
  call.desk.remove_photo(photo_id(photo.sample));
  call.changed({{"did", "remove_photo"}, {"person", photo.person}, {"photo", photo_id(photo.sample)}});
  return json_response({{"removed", photo_json(photo)}});
}

Response show_picture(const Call& call) {
  const auto bytes = call.desk.picture(photo_of(call).sample);
  if (!bytes) refuse(404, "not_kept", "pictures are kept with kith serve --keep-pictures alone");
  return {200, *bytes, "application/octet-stream"};
}

Response reject(const Call& call) {
  const std::string name = person_of(*call.desk.known(), call.path.at("name")).name;
  const bool noted = call.desk.reject(name, one_photo(call));
  call.changed({{"did", "reject"}, {"person", name}});
  return json_response({{"noted", noted}}, 201);
}

Response undo(const Call& call) {
  const Gallery::LastChange last = call.desk.undo();
  call.changed({{"did", "undo"}, {"undone", last.what}});
  return json_response({{"undone", last.what}, {"at", last.at}});
}

Json size_json(const LookedAt& seen) {
  return {{"width", seen.size.width}, {"height", seen.size.height}, {"faces", Json::array()}};
}

Response detect(const Call& call) {
  const LookedAt seen = call.look(one_photo(call), {.embed = false});
  Json answer = size_json(seen);
  for (const SeenFace& face : seen.faces) answer["faces"].push_back(face_json(face.face));
  return json_response(answer);
}

Response embed(const Call& call) {
  const LookedAt seen = call.look(one_photo(call));
  Json answer = size_json(seen);
  for (const SeenFace& one : seen.faces) {
    Json& face = answer["faces"].emplace_back(face_json(one.face));
    face["quality"] = rounded_score(one.quality);
    face["embedding"] = one.embedding;
  }
  answer["embedder"] = call.desk.stages().embedder().name();
  return json_response(answer);
}

void add_terms(Json& answer, const KnownPeople& known) {
  answer["threshold"] = rounded_score(known.threshold());
  answer["far"] = known.far();
  answer["people"] = known.people().size();
}

Response recognise(const Call& call) {
  const LookedAt seen = call.look(one_photo(call));
  const auto known = call.desk.known();
  const std::vector<Identification> identities = known->identify(seen.faces);
  Json answer = size_json(seen);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    RecognizedFace face;
    face.face = seen.faces[i].face;
    face.track = static_cast<int>(i) + 1;
    face.identity = identities[i];
    face.own = identities[i];
    face.quality = seen.faces[i].quality;
    answer["faces"].push_back(face_json(face));
  }
  add_terms(answer, *known);
  return json_response(answer);
}

Response search(const Call& call) {
  const auto most = static_cast<std::size_t>(whole(call.request, "limit", 5, 1, 100));
  const LookedAt seen = call.look(one_photo(call));
  const auto known = call.desk.known();
  Json answer = size_json(seen);
  for (const SeenFace& one : seen.faces) {
    Json& face = answer["faces"].emplace_back(face_json(one.face));
    face["quality"] = rounded_score(one.quality);
    Json& people = face["people"] = Json::array();
    for (const Likeness& like : known->nearest(one.embedding, most))
      people.push_back({{"name", like.name}, {"similarity", rounded_score(like.similarity)}});
  }
  add_terms(answer, *known);
  return json_response(answer);
}

// The face that a photo of one person is about.
const SeenFace& main_one(const LookedAt& seen, const PhotoBytes& photo) {
  const SeenFace* const face = main_face(seen);
  if (face == nullptr) refuse(422, "no_face", photo.name + ": no face is found in it");
  return *face;
}

Response compare(const Call& call) {
  const PhotoBytes a = uploaded_photo(call.request, "a"), b = uploaded_photo(call.request, "b");
  const LookedAt seen_a = call.look(a), seen_b = call.look(b);
  const SeenFace &one = main_one(seen_a, a), &other = main_one(seen_b, b);
  const auto known = call.desk.known();
  const float threshold = known->pair_threshold();
  const float alike = similarity(one.embedding, other.embedding, known->calibration());
  return json_response({{"same", alike >= threshold},
                        {"similarity", rounded_score(alike)},
                        {"threshold", rounded_score(threshold)},
                        {"far", known->far()},
                        {"a", face_json(one.face)},
                        {"b", face_json(other.face)}});
}

}  // namespace

const Api& kith_api() {
  static const Api api{"/", say, key_of};
  return api;
}

void add_kith_routes(Router<Route>& routes, const BodyLimits& limits) {
  const auto add = [&](const char* method, const char* pattern, auto handle, unsigned roles, Work work,
                       std::uint64_t most) {
    routes.add(method, pattern, {handle, &kith_api(), roles, false, work, most});
  };
  const std::uint64_t words = limits.words, picture = limits.picture, several = limits.pictures;
  add("GET", "/v1/people", list_people, 0, Work::kOther, words);
  add("GET", "/v1/people/{name}", show_person, 0, Work::kOther, words);
  add("PATCH", "/v1/people/{name}", rename_person, kManage, Work::kOther, words);
  add("DELETE", "/v1/people/{name}", erase_person, kManage, Work::kOther, words);
  add("GET", "/v1/people/{name}/photos", list_photos, kEnrol | kManage, Work::kOther, words);
  add("POST", "/v1/people/{name}/photos", add_photos, kEnrol, Work::kPicture, several);
  add("DELETE", "/v1/people/{name}/photos/{id}", remove_photo, kManage, Work::kOther, words);
  add("GET", "/v1/people/{name}/photos/{id}/picture", show_picture, kEnrol | kManage, Work::kOther, words);
  add("POST", "/v1/people/{name}/rejections", reject, kManage, Work::kPicture, picture);
  add("POST", "/v1/undo", undo, kManage, Work::kOther, words);
  add("POST", "/v1/recognize", recognise, kRecognise, Work::kPicture, picture);
  add("POST", "/v1/search", search, kRecognise, Work::kPicture, picture);
  add("POST", "/v1/detect", detect, kRecognise, Work::kPicture, picture);
  add("POST", "/v1/compare", compare, kRecognise, Work::kPicture, several);
  add("POST", "/v1/embed", embed, kManage, Work::kPicture, picture);
}

}  // namespace kith::server
