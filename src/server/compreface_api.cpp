#include "server/compreface_api.h"

#include <algorithm>
#include <cctype>

#include "core/letters.h"
#include "core/lower_case.h"
#include "core/person_name.h"
#include "desk/photo_id.h"
#include "server/compreface_face.h"

namespace kith::server {
namespace {

constexpr std::size_t kLongestSubject = 50;  // characters

// "Recognition" of /api/v1/recognition/...
std::string service_of(const Request& request) {
  const std::string rest = request.path.substr(std::min(request.path.size(), std::string("/api/v1/").size()));
  std::string service = rest.substr(0, rest.find('/'));
  if (service != "detection" && service != "verification") service = "recognition";
  service[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(service[0])));
  return service;
}

// In a static picture's path, else in the header.
std::string key_of(const Request& request) {
  constexpr std::string_view kStatic = "/api/v1/static/";
  if (request.path.starts_with(kStatic)) {
    const std::string rest = request.path.substr(kStatic.size());
    return rest.substr(0, rest.find_first_of("/%"));
  }
  return std::string(request.header("x-api-key"));
}

void allow_origins(Response& response) { response.headers.emplace_back("Access-Control-Allow-Origin", "*"); }

Response say(const Trouble& trouble, const Request& request) {
  const auto told = [&]() -> Response {
    if (trouble.code == "no_key") return compreface_error(400, kNoKey, "Missing header: x-api-key");
    if (trouble.code == "malformed_key")
      return compreface_error(400, kBadValue, "Service API key should be UUID");
    if (trouble.code == "unknown_key" || trouble.code == "not_allowed")
      return compreface_error(
          404, kNoService, service_of(request) + " service with API Key " + key_of(request) + " not found");
    if (trouble.code == "unreadable_picture")
      return compreface_error(400, kNoFace, "No face is found in the given image");
    if (trouble.code == "method_not_allowed")
      return compreface_error(404, kUnforeseen, "Request method '" + request.method + "' not supported");
    if (trouble.code == "invalid") return compreface_error(400, kBadValue, trouble.message);
    return compreface_error(trouble.status, kUnforeseen, trouble.message);
  };
  Response response = told();
  allow_origins(response);
  return response;
}

Response preflight(const Request&) {
  return {204,
          {},
          {},
          {{"Access-Control-Allow-Origin", "*"},
           {"Access-Control-Allow-Methods", "GET, POST, OPTIONS, PUT, DELETE"},
           {"Access-Control-Allow-Headers",
            "DNT,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,x-api-key"},
           {"Access-Control-Max-Age", "1728000"}}};
}

void check_subject(const std::string& subject) {
  if (normal_name(subject).empty()) refuse(400, kBadValue, "Subject name cannot be empty");
  if (letter_count(subject) > kLongestSubject)
    refuse(400, kBadValue, "Subject name size must be between 1 and 50");
}

[[noreturn]] void no_subject(const std::string& subject) {
  refuse(404, kNoSubject, "Subject " + subject + " not found");
}

Response recognise(const Call& call) {
  const FaceWishes wishes(call.request);
  const LookedAt seen = compreface_look(call, compreface_photo(call.request, "file"), wishes);
  const auto known = call.desk.known();
  const SimilarityMap map = known->gallery_map();
  const std::vector<Identification> identities = known->identify(seen.faces);
  Json result = Json::array();
  for (std::size_t i = 0; i < seen.faces.size(); ++i) {
    Json& face = result.emplace_back(compreface_face(seen.faces[i], seen, wishes, call));
    face["subjects"] =
        compreface_subjects(*known, map, identities[i], seen.faces[i].embedding, wishes.predictions);
  }
  return json_response(with_versions({{"result", result}}, wishes, call));
}

Json image_json(const std::string& id, const std::string& subject) {
  return {{"image_id", id}, {"subject", subject}};
}

Response add_face(const Call& call) {
  const auto subject = call.request.query.find("subject");
  if (!subject) refuse(400, kNoParameter, "Required parameter subject is missing");
  check_subject(*subject);
  const FaceWishes wishes(call.request);
  EnrolRules rules;
  rules.strict = false;
  rules.min_score = static_cast<float>(wishes.min_score);
  rules.small_face = 0;
  const std::string name = call.desk.kept_name(*subject).value_or(normal_name(*subject));
  const PhotoBytes photo = compreface_photo(call.request, "file");
  const EnrolledPhoto answer = call.desk.enrol(name, {&photo, 1}, rules).front();
  if (answer.refused == Refusal::kSeveralFaces)
    refuse(400, kSeveralFaces, "More than one face in the source image");
  if (answer.refused && answer.refused != Refusal::kDuplicate) refuse_without_face();
  if (!answer.refused) call.changed({{"did", "add_photos"}, {"person", name}, {"photos", 1}});
  return json_response(image_json(answer.id, name), 201);
}

// A whole number of the query that is not negative.
std::size_t whole(const Request& request, const char* name, std::size_t usual) {
  const auto text = request.query.find(name);
  if (!text || text->empty()) return usual;
  const auto value = to_integer(*text);
  if (!value || *value < 0) unforeseen();
  return static_cast<std::size_t>(*value);
}

Response list_faces(const Call& call) {
  const std::size_t page = whole(call.request, "page", 0);
  const std::size_t size = std::max<std::size_t>(whole(call.request, "size", 20), 1);
  const auto wanted = call.request.query.find("subject");
  const auto known = call.desk.known();
  const auto name = wanted && !wanted->empty() ? known->kept_name(*wanted) : std::nullopt;
  Json faces = Json::array();
  std::size_t count = 0;
  for (const Person& person : known->people()) {
    if (wanted && !wanted->empty() && person.name != name) continue;
    for (const Sample& sample : person.samples) {
      if (count / size == page) faces.push_back(image_json(photo_id(sample), person.name));
      ++count;
    }
  }
  return json_response({{"faces", faces},
                        {"page_number", page},
                        {"page_size", size},
                        {"total_pages", (count + size - 1) / size},
                        {"total_elements", count}});
}

std::size_t erase_everybody(const Call& call) {
  const auto [people, copy] = call.desk.erase_all();
  if (people > 0) call.changed({{"did", "erase_all"}, {"people", people}, {"copy", copy.string()}});
  return people;
}

Response delete_faces(const Call& call) {
  const auto subject = call.request.query.find("subject");
  if (!subject) {
    std::size_t photos = 0;
    const auto known = call.desk.known();
    for (const Person& person : known->people()) photos += person.samples.size();
    erase_everybody(call);
    return json_response({{"deleted", photos}});
  }
  const auto name = call.desk.kept_name(*subject);
  const int photos = name ? call.erase(*name).value_or(0) : 0;
  return json_response({{"deleted", photos}});
}

// Takes a photo out; the subject stays, as in CompreFace, also without photos.
std::optional<Json> take_out(const Call& call, const std::string& id) {
  const auto photo = call.desk.remove_photo(lower_case(id));
  if (!photo) return std::nullopt;
  if (!call.desk.kept_name(photo->person)) call.desk.empty_names().add(photo->person);
  call.changed({{"did", "remove_photo"}, {"person", photo->person}, {"photo", id}});
  return image_json(id, photo->person);
}

Response delete_face(const Call& call) {
  const std::string& id = call.path.at("id");
  const auto taken = take_out(call, id);
  if (!taken) refuse(404, kNoImage, "Image " + id + " not found");
  return json_response(*taken);
}

Response delete_listed(const Call& call) {
  const auto ids = parse_json(call.request.body);
  if (!ids || !ids->is_array()) unforeseen();
  Json answer = Json::array();
  for (const Json& id : *ids) {
    if (!id.is_string()) unforeseen();
    if (auto taken = take_out(call, id.get<std::string>())) answer.push_back(*std::move(taken));
  }
  return json_response(answer);
}

Response show_picture(const Call& call) {
  Response response{200, {}, "application/octet-stream"};
  const auto photo = call.desk.find_photo(lower_case(call.path.at("id")));
  if (photo) response.body = call.desk.picture(photo->sample).value_or("");
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000");
  return response;
}

Response verify_face(const Call& call) {
  const FaceWishes wishes(call.request);
  const LookedAt seen = compreface_look(call, compreface_photo(call.request, "file"), wishes);
  const auto photo = call.desk.find_photo(lower_case(call.path.at("id")));
  const auto known = call.desk.known();
  const SimilarityMap map = known->pair_map();
  Json result = Json::array();
  for (const SeenFace& face : seen.faces) {
    Json& json = result.emplace_back(compreface_face(face, seen, wishes, call));
    if (photo) json["subject"] = photo->person;
    json["similarity"] =
        photo ? five_decimals(map(similarity(face.embedding, photo->sample.embedding, known->calibration())))
              : 0.0;
  }
  return json_response(with_versions({{"result", result}}, wishes, call));
}

// {"subject":"Ada"}, or "Ada" (the .NET SDK), with whatever members besides.
std::string subject_of(const Request& request) {
  const auto json = parse_json(request.body);
  if (!json) unforeseen();
  const Json* subject = &*json;
  if (json->is_object()) {
    const auto member = json->find("subject");
    if (member == json->end() || member->is_null()) refuse(400, kBadValue, "Subject name cannot be empty");
    subject = &*member;
  }
  if (!subject->is_string()) unforeseen();
  std::string name = subject->get<std::string>();
  check_subject(name);
  if (name.find_first_of(";/\\") != std::string::npos)
    refuse(400, kBadCharacter, R"(The name cannot contain the following special characters: ';', '/', '\')");
  return name;
}

Response add_subject(const Call& call) {
  const std::string name = person_name(subject_of(call.request));
  if (call.desk.kept_name(name)) refuse(400, kSubjectExists, "Subject already exists");
  call.desk.empty_names().add(name);
  call.changed({{"did", "add_name"}, {"person", name}});
  return json_response({{"subject", name}}, 201);
}

Response list_subjects(const Call& call) { return json_response({{"subjects", call.desk.names()}}); }

Response rename_subject(const Call& call) {
  const std::string wanted = person_name(subject_of(call.request));
  const auto from = call.desk.kept_name(call.path.at("subject"));
  if (!from) no_subject(call.path.at("subject"));
  const auto other = call.desk.kept_name(wanted);
  const std::string to = other && other != from ? *other : wanted;
  if (to == *from) return json_response({{"updated", false}});
  const bool merged = call.desk.rename(*from, to);
  call.changed({{"did", "rename"}, {"person", *from}, {"to", to}, {"merged", merged}});
  return json_response({{"updated", true}});
}

Response delete_subject(const Call& call) {
  const auto name = call.desk.kept_name(call.path.at("subject"));
  if (!name || !call.erase(*name)) no_subject(call.path.at("subject"));
  return json_response({{"subject", *name}});
}

Response delete_subjects(const Call& call) { return json_response({{"deleted", erase_everybody(call)}}); }

Response detect(const Call& call) {
  const FaceWishes wishes(call.request);
  const LookedAt seen = compreface_look(call, compreface_photo(call.request, "file"), wishes);
  Json result = Json::array();
  for (const SeenFace& face : seen.faces) result.push_back(compreface_face(face, seen, wishes, call));
  return json_response(with_versions({{"result", result}}, wishes, call));
}

Response verify(const Call& call) {
  const FaceWishes wishes(call.request);
  FaceWishes of_source = wishes;
  of_source.limit = 0;
  const PhotoBytes source = compreface_photo(call.request, "source_image");
  const PhotoBytes target = compreface_photo(call.request, "target_image");
  const LookedAt one = compreface_look(call, source, of_source);
  if (one.faces.size() > 1) refuse(400, kSeveralFaces, "More than one face in the source image");
  const LookedAt others = compreface_look(call, target, wishes);
  const auto known = call.desk.known();
  const SimilarityMap map = known->pair_map();
  std::vector<std::pair<double, Json>> matches;
  for (const SeenFace& face : others.faces) {
    const double alike =
        five_decimals(map(similarity(one.faces.front().embedding, face.embedding, known->calibration())));
    matches.emplace_back(alike, compreface_face(face, others, wishes, call));
    matches.back().second["similarity"] = alike;
  }
  std::ranges::stable_sort(matches, std::greater{}, [](const auto& match) { return match.first; });
  Json result = {{"source_image_face", compreface_face(one.faces.front(), one, wishes, call)},
                 {"face_matches", Json::array()}};
  for (auto& [alike, match] : matches) result["face_matches"].push_back(std::move(match));
  return json_response({{"result", Json::array({with_versions(std::move(result), wishes, call)})}});
}

// A vector of the body; unit length, as all of ours are.
Embedding embedding_of(const Json& json, const Call& call) {
  Embedding vector;
  if (!json.is_array()) unforeseen();
  for (const Json& number : json) {
    if (!number.is_number()) unforeseen();
    vector.push_back(number.get<float>());
  }
  if (vector.size() != static_cast<std::size_t>(call.desk.stages().embedder().dimension()))
    refuse(
        400, kBadEmbedding,
        "The embedding must have " + std::to_string(call.desk.stages().embedder().dimension()) + " numbers");
  normalise(vector);
  return vector;
}

// The vectors of a field, with the JSON that they came as.
std::vector<std::pair<Json, Embedding>> embeddings_of(const Json& body, const std::string& field,
                                                      const Call& call) {
  const auto list = body.find(field);
  if (list == body.end() || !list->is_array() || list->empty())
    refuse(400, kEmptyField, "Field " + field + " cannot be empty");
  std::vector<std::pair<Json, Embedding>> vectors;
  for (const Json& json : *list) vectors.emplace_back(json, embedding_of(json, call));
  return vectors;
}

Json body_of(const Call& call) {
  auto json = parse_json(call.request.body);
  if (!json || !json->is_object()) unforeseen();
  return *std::move(json);
}

Response recognise_embeddings(const Call& call) {
  const FaceWishes wishes(call.request);
  const auto known = call.desk.known();
  const SimilarityMap map = known->gallery_map();
  Json result = Json::array();
  for (const auto& [json, vector] : embeddings_of(body_of(call), "embeddings", call)) {
    const Identification identity = known->identify({&vector, 1}, {}).front();
    result.push_back(
        {{"embedding", json},
         {"similarities", compreface_subjects(*known, map, identity, vector, wishes.predictions)}});
  }
  return json_response({{"result", result}});
}

// [{"embedding","similarity"}] against one face, most similar first.
Response compared(const Call& call, const std::optional<Embedding>& with,
                  std::vector<std::pair<Json, Embedding>> vectors) {
  const auto known = call.desk.known();
  const SimilarityMap map = known->pair_map();
  std::vector<std::pair<double, Json>> answers;
  for (auto& [json, vector] : vectors)
    answers.emplace_back(with ? five_decimals(map(similarity(vector, *with, known->calibration()))) : 0,
                         std::move(json));
  std::ranges::stable_sort(answers, std::greater{}, [](const auto& answer) { return answer.first; });
  Json result = Json::array();
  for (auto& [alike, json] : answers)
    result.push_back({{"embedding", std::move(json)}, {"similarity", alike}});
  return json_response({{"result", result}});
}

Response verify_embeddings_of_face(const Call& call) {
  const auto photo = call.desk.find_photo(lower_case(call.path.at("id")));
  return compared(call, photo ? std::optional(photo->sample.embedding) : std::nullopt,
                  embeddings_of(body_of(call), "embeddings", call));
}

Response verify_embeddings(const Call& call) {
  const Json body = body_of(call);
  const auto source = body.find("source");
  if (source == body.end() || !source->is_array() || source->empty())
    refuse(400, kEmptyField, "Field source cannot be empty");
  return compared(call, embedding_of(*source, call), embeddings_of(body, "targets", call));
}

}  // namespace

const Api& compreface_api() {
  static const Api api{"/api/v1", say, key_of, false, preflight, allow_origins};
  return api;
}

void add_compreface_routes(Router<Route>& routes, const BodyLimits& limits) {
  const auto add = [&](const char* method, const std::string& path, auto handle, unsigned roles, Work work,
                       std::uint64_t most) {
    routes.add(method, "/api/v1/" + path, {handle, &compreface_api(), roles, false, work, most});
  };
  const auto words = [&](const char* method, const std::string& path, auto handle, unsigned roles) {
    add(method, path, handle, roles, Work::kOther, limits.words);
  };
  // Base64 makes a third more of a picture.
  const std::uint64_t picture = limits.picture * 3 / 2;
  const auto looks = [&](const std::string& path, auto handle, unsigned roles) {
    add("POST", path, handle, roles, Work::kPicture, picture);
  };
  looks("recognition/recognize", recognise, kRecognise);
  looks("recognition/faces", add_face, kEnrol);
  words("GET", "recognition/faces", list_faces, 0);
  words("DELETE", "recognition/faces", delete_faces, kManage);
  words("POST", "recognition/faces/delete", delete_listed, kManage);
  words("DELETE", "recognition/faces/{id}", delete_face, kManage);
  words("GET", "recognition/faces/{id}/img", show_picture, kEnrol | kManage);
  words("GET", "static/{key}/images/{id}", show_picture, kEnrol | kManage);
  looks("recognition/faces/{id}/verify", verify_face, kRecognise);
  words("POST", "recognition/subjects", add_subject, kEnrol);
  words("GET", "recognition/subjects", list_subjects, 0);
  words("PUT", "recognition/subjects/{subject}", rename_subject, kManage);
  words("DELETE", "recognition/subjects/{subject}", delete_subject, kManage);
  words("DELETE", "recognition/subjects", delete_subjects, kManage);
  looks("detection/detect", detect, kRecognise);
  add("POST", "verification/verify", verify, kRecognise, Work::kPicture, 2 * picture);
  words("POST", "recognition/embeddings/recognize", recognise_embeddings, kRecognise);
  words("POST", "recognition/embeddings/faces/{id}/verify", verify_embeddings_of_face, kRecognise);
  words("POST", "verification/embeddings/verify", verify_embeddings, kRecognise);
  const auto open = [&](const char* path, const Json& answer) {
    routes.add("GET", std::string("/api/v1/") + path,
               {[answer](const Call&) { return json_response(answer); }, &compreface_api(), 0, true,
                Work::kAtOnce, 0});
  };
  open("config", {{"clientMaxFileSize", limits.picture}, {"clientMaxBodySize", picture}});
  open("consistence/status", {{"demoFaceCollectionIsInconsistent", false},
                              {"dbIsInconsistent", false},
                              {"saveImagesToDB", true},
                              {"status", "OK"}});
}

}  // namespace kith::server
