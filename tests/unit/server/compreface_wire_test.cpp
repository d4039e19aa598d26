// Every request that two real SDKs were recorded sending (KITH_TEST_DATA), replayed byte for byte but for the
// pictures.
#include <gtest/gtest.h>

#include <sstream>

#include "core/base64.h"
#include "support/served.h"

namespace kith {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using test::HttpForm;
using test::Served;
using Json = nlohmann::json;

struct Recorded {
  std::string line;  // "GET /api/v1/... HTTP/1.1"
  std::vector<std::string> headers;
  std::string body;  // with LF
  bool chunked = false;
};

// Between lines that begin with "### ".
std::vector<Recorded> recorded(const std::string& text) {
  std::vector<Recorded> all;
  std::istringstream in(text);
  enum { kBetween, kLine, kHeaders, kBody } at = kBetween;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("### ") || line.starts_with("# ")) {
      at = line.starts_with("### ") ? kLine : kBetween;
      if (at == kLine) all.emplace_back();
    } else if (at == kLine) {
      all.back().line = line;
      at = kHeaders;
    } else if (at == kHeaders && line.empty()) {
      at = kBody;
    } else if (at == kHeaders) {
      all.back().chunked = all.back().chunked || line == "Transfer-Encoding: chunked";
      if (!line.starts_with("Content-Length:")) all.back().headers.push_back(line);
    } else if (at == kBody) {
      all.back().body += line + "\n";
    }
  }
  return all;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// The recorded chunks' contents, without their sizes.
std::string without_chunks(const std::string& body) {
  const std::size_t begin = body.find("------"), end = body.rfind("--\n");
  std::string parts = body.substr(begin, end + 3 - begin);
  parts = replaced(parts, "\n\n\n8\n<JPEG>face\n3a\n\n", "\n\n<JPEG>face\n");
  return parts;
}

std::string request_text(const Recorded& recorded, const std::string& photo) {
  std::string body = recorded.chunked ? without_chunks(recorded.body) : recorded.body;
  while (body.ends_with("\n")) body.pop_back();
  if (body.starts_with("--") || body.find("\n--") != std::string::npos)
    body = replaced(replaced(body, "\n", "\r\n") + "\r\n", "<JPEG>face", photo);
  body = replaced(body, "/9j/4GZhY2U=", base64(photo));
  std::string text = recorded.line + "\r\n";
  for (const std::string& header : recorded.headers) text += header + "\r\n";
  if (recorded.chunked) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx", body.size());
    return text + "\r\n" + size + "\r\n" + body + "\r\n0\r\n\r\n";
  }
  if (!body.empty() || recorded.line.starts_with("POST"))
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

// What interfaces of CompreFace promise for a request; "" when the answer is that.
std::string fault(const std::string& line, const HttpAnswer& answer) {
  const std::string method = line.substr(0, line.find(' '));
  std::string target = line.substr(method.size() + 1);
  target = target.substr(0, target.find(' '));
  const std::string path = target.substr(0, target.find('?'));
  const Json json = answer.json();
  const auto is = [&](int status, std::initializer_list<const char*> keys) -> std::string {
    std::string wrong;
    if (answer.status != status) wrong += "status, expected " + std::to_string(status) + "; ";
    for (const char* key : keys)
      if (!json.is_object() || !json.contains(key)) wrong += std::string("no ") + key + "; ";
    return wrong;
  };
  const auto error = [&](int status, int code) {
    return is(status, {"message"}) + (json.value("code", -1) == code ? "" : "code; ");
  };
  const bool status = target.find("status=") != std::string::npos;
  if (path.ends_with("/recognition/recognize")) {
    std::string wrong = is(200, {"result"});
    if (!wrong.empty()) return wrong;
    const Json& face = json["result"][0];
    if (!face["subjects"].is_array() || !face["box"]["x_max"].is_number_integer()) wrong += "face; ";
    if (status && (!json.contains("plugins_versions") || !face.contains("execution_time")))
      wrong += "status; ";
    if ((target.find("calculator") != std::string::npos) != face.contains("embedding"))
      wrong += "embedding; ";
    return wrong;
  }
  if (path.ends_with("/ID1/verify") && method == "DELETE") return error(404, 0);  // T13
  if (path.ends_with("/ID1/verify")) {
    std::string wrong = is(200, {"result"});
    return wrong.empty() && json["result"][0]["similarity"] != 0 ? "similarity" : wrong;
  }
  if (path.ends_with("/detection/detect")) {
    std::string wrong = is(200, {"result"});
    if (wrong.empty() && json["result"][0].contains("subjects")) wrong = "subjects";
    return wrong.empty() && status && !json.contains("plugins_versions") ? "plugins_versions" : wrong;
  }
  if (path.ends_with("/verification/verify")) {
    const std::string wrong = is(200, {"result"});
    if (!wrong.empty()) return wrong;
    const Json& one = json["result"][0];
    return one["source_image_face"].contains("box") && one["face_matches"][0]["similarity"] > 0.99 &&
                   one.contains("plugins_versions") == status
               ? ""
               : "matches";
  }
  if (path.ends_with("/faces/ID1")) return error(404, 44);
  if (path.ends_with("/faces/delete")) return answer.status == 200 && json.is_array() ? "" : "no array";
  if (path.ends_with("/faces")) {
    if (method == "GET")
      return is(200, {"faces", "page_number", "page_size", "total_pages", "total_elements"});
    return method == "POST" ? is(201, {"image_id", "subject"}) : is(200, {"deleted"});
  }
  if (path.ends_with("/subjects")) {
    if (method == "GET") return is(200, {"subjects"});
    return method == "POST" ? is(201, {"subject"}) : is(200, {"deleted"});
  }
  if (method == "PUT") return is(200, {"updated"});
  return method == "DELETE" ? is(200, {"subject"}) : "not expected";
}

TEST(CompreFaceWireData, EveryRecordedRequestGetsItsStatusAndShape) {
  KITH_NEEDS_TEST_DATA();
  KITH_NEEDS_MODEL("fr_feature");
  const test::TempDir dir;
  const Served served(dir.path() / "people.kith");
  ASSERT_GT(served.port(), 0);
  const std::string photo = read_file(test::samples() / "raw/amara/01.jpg");
  const std::vector<Recorded> all =
      recorded(read_file(test::test_data() / "data/service/compreface_wire.txt"));
  EXPECT_EQ(all.size(), 38U);
  // Each request finds whom it is about, and not whom it makes.
  const auto prepare = [&](const Recorded& request) {
    const auto post = [&](const std::string& name) {
      served.ask(
          {"POST", "/api/v1/recognition/subjects", Json{{"subject", name}}.dump(), "application/json"});
    };
    served.ask({"DELETE", "/api/v1/recognition/subjects"});
    if (!request.line.starts_with("POST /api/v1/recognition/subjects")) post("Ada");
    post("Ada Lovelace");
    post("Ada L");
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    prepare(all[i]);
    HttpClient client(served.port());
    client.send(request_text(all[i], photo));
    const HttpAnswer answer = client.read();
    EXPECT_EQ(fault(all[i].line, answer), "") << i + 1 << ": " << all[i].line << "\n"
                                              << answer.status << " " << answer.body.substr(0, 300);
    EXPECT_EQ(answer.headers.count("access-control-allow-origin"), 1U);
  }
}

class CompreFaceModel : public testing::Test {
 protected:
  void SetUp() override {
    KITH_NEEDS_MODEL("fr_feature");
    served_ = std::make_unique<Served>(dir_.path() / "people.kith",
                                       std::vector<std::string>{"--key", Served::kKey, "--keep-pictures"});
    ASSERT_GT(served_->port(), 0);
  }
  static std::string photo(const std::string& below) { return read_file(test::samples() / below); }
  HttpAnswer ask(const std::string& method, const std::string& path, const std::string& body = {},
                 const std::string& type = "application/json") const {
    return served_->ask({method, "/api/v1/" + path, body, type});
  }
  HttpAnswer post(const std::string& path, const std::string& below,
                  const std::string& field = "file") const {
    return ask("POST", path, HttpForm().add(field, photo(below)).text(), HttpForm::kType);
  }
  static std::string code(const HttpAnswer& answer) {
    return std::to_string(answer.status) + "/" + std::to_string(answer.json().value("code", -1));
  }
  test::TempDir dir_;
  std::unique_ptr<Served> served_;
};

TEST_F(CompreFaceModel, EnrolsRecognisesVerifiesAndDeletes) {
  const HttpAnswer added = post("recognition/faces?subject=Ada", "raw/amara/01.jpg");
  EXPECT_EQ(added.status, 201) << added.body;
  const std::string id = added.json()["image_id"];
  EXPECT_EQ(post("recognition/faces?subject=ada", "raw/amara/01.jpg").json()["image_id"],
            id);  // the same picture
  EXPECT_EQ(post("recognition/faces?subject=ADA", "raw/amara/02.jpg").json()["subject"], "Ada");
  EXPECT_EQ(post("recognition/faces?subject=Bruno", "raw/bruno/01.jpg").status, 201);
  const Json seen =
      post("recognition/recognize?prediction_count=2&face_plugins=landmarks,calculator", "test/amara/01.jpg")
          .json()["result"][0];
  EXPECT_EQ(seen["subjects"][0]["subject"], "Ada");
  EXPECT_GT(seen["subjects"][0]["similarity"], 0.9);
  EXPECT_EQ(seen["subjects"][1]["subject"], "Bruno");
  EXPECT_LT(seen["subjects"][1]["similarity"], 0.5);
  EXPECT_EQ(seen["landmarks"].size(), 5U);
  const Json stranger =
      post("recognition/recognize", "test/stranger_1/01.jpg").json()["result"][0]["subjects"];
  ASSERT_EQ(stranger.size(), 1U);  // the nearest, however far
  EXPECT_LT(stranger[0]["similarity"], 0.5);

  EXPECT_GT(
      post("recognition/faces/" + id + "/verify", "test/amara/01.jpg").json()["result"][0]["similarity"],
      0.5);
  EXPECT_EQ(ask("GET", "recognition/faces/" + id + "/img").body, photo("raw/amara/01.jpg"));
  const std::string stat = std::string("static/") + Served::kKey;
  for (const std::string& path :
       {stat + "/images/" + id, stat + "//images//" + id, stat + "%2Fimages%2F" + id}) {
    EXPECT_EQ(test::ask(served_->port(), {"GET", "/api/v1/" + path}).body, photo("raw/amara/01.jpg")) << path;
  }
  const Json vector = seen["embedding"];
  const Json by_vector =
      ask("POST", "recognition/embeddings/recognize", Json{{"embeddings", {vector}}}.dump())
          .json()["result"][0];
  EXPECT_EQ(by_vector["similarities"][0]["subject"], "Ada");
  EXPECT_GT(
      ask("POST", "recognition/embeddings/faces/" + id + "/verify", Json{{"embeddings", {vector}}}.dump())
          .json()["result"][0]["similarity"],
      0.5);
  EXPECT_GT(
      ask("POST", "verification/embeddings/verify", Json{{"source", vector}, {"targets", {vector}}}.dump())
          .json()["result"][0]["similarity"],
      0.99);

  const Json page = ask("GET", "recognition/faces?page=1&size=2").json();
  EXPECT_EQ(page["faces"].size(), 1U);
  EXPECT_EQ(page["total_pages"], 2);
  EXPECT_EQ(page["total_elements"], 3);
  EXPECT_EQ(ask("GET", "recognition/faces?subject=ada").json()["total_elements"], 2);
  EXPECT_EQ(ask("PUT", "recognition/subjects/bruno", "\"Grace\"").json()["updated"], true);  // T9
  EXPECT_EQ(ask("PUT", "recognition/subjects/Grace", R"({"subject":"Grace"})").json()["updated"], false);
  EXPECT_EQ(ask("GET", "recognition/subjects/").json()["subjects"], (Json{"Ada", "Grace"}));
  EXPECT_EQ(ask("DELETE", "recognition/faces/" + id).json()["subject"], "Ada");
  const std::string last = ask("GET", "recognition/faces?subject=Grace").json()["faces"][0]["image_id"];
  EXPECT_EQ(ask("POST", "recognition/faces/delete", Json{last, "ID9"}.dump()).json().size(), 1U);
  EXPECT_EQ(ask("GET", "recognition/subjects").json()["subjects"],
            (Json{"Ada", "Grace"}));  // without a photo
  EXPECT_EQ(ask("DELETE", "recognition/faces?subject=Nobody").json()["deleted"], 0);
  EXPECT_EQ(ask("DELETE", "recognition/faces?subject=ada").json()["deleted"], 1);
  EXPECT_EQ(ask("DELETE", "recognition/subjects").json()["deleted"], 1);
}

TEST_F(CompreFaceModel, ErrorsHaveTheirCodes) {
  const std::string faces = "recognition/faces";
  const auto bare = [&](const std::string& path, std::vector<std::string> headers) {
    return code(served_->ask({"GET", "/api/v1/" + path, "", "", std::move(headers)}));
  };
  EXPECT_EQ(bare(faces, {"A: 1"}), "400/20");
  EXPECT_EQ(bare(faces, {"x-api-key: secret"}), "400/26");
  EXPECT_EQ(bare(faces, {"x-api-key: 22222222-2222-4222-8222-222222222222"}), "404/10");
  EXPECT_EQ(code(post("recognition/faces", "raw/amara/01.jpg")), "400/33");
  EXPECT_EQ(code(post("recognition/faces?subject=%20", "raw/amara/01.jpg")), "400/26");
  EXPECT_EQ(code(post("recognition/faces?subject=" + std::string(51, 'a'), "raw/amara/01.jpg")), "400/26");
  EXPECT_EQ(code(post("recognition/recognize", "raw/amara/01.jpg", "picture")), "400/34");
  EXPECT_EQ(code(post("recognition/recognize?limit=-1", "raw/amara/01.jpg")), "400/26");
  EXPECT_EQ(code(post("recognition/recognize?limit=many", "raw/amara/01.jpg")), "400/0");
  EXPECT_EQ(code(post("recognition/recognize?prediction_count=0", "raw/amara/01.jpg")), "400/26");
  EXPECT_EQ(code(post("recognition/recognize?det_prob_threshold=2", "raw/amara/01.jpg")), "400/28");
  EXPECT_EQ(code(ask("POST", "detection/detect", R"({"file":"bm8gcGljdHVyZQ=="})")), "400/28");
  EXPECT_EQ(code(ask("POST", "detection/detect", R"({"file":"no base 64!"})")), "400/21");
  EXPECT_EQ(code(ask("POST", "detection/detect", R"({"file":""})")), "400/5");
  EXPECT_EQ(code(ask("POST", "detection/detect", "{")), "400/0");
  EXPECT_EQ(code(ask("POST", "detection/detect", std::string(100'000, '['))), "400/0");
  EXPECT_EQ(ask("POST", "detection/detect",
                Json{{"file", "data:image/jpeg;base64," + base64(photo("raw/amara/01.jpg"))}}.dump())
                .status,
            200);
  EXPECT_EQ(code(ask("POST", "recognition/subjects", R"({"subject":"a/b"})")), "400/36");
  EXPECT_EQ(ask("POST", "recognition/subjects", R"({"subject":"Ada"})").status, 201);
  EXPECT_EQ(code(ask("POST", "recognition/subjects", R"({"subject":"ADA"})")), "400/43");
  EXPECT_EQ(code(ask("PUT", "recognition/subjects/Nobody", R"({"subject":"New"})")), "404/42");
  EXPECT_EQ(code(ask("DELETE", "recognition/subjects/Nobody")), "404/42");
  EXPECT_EQ(code(ask("DELETE", "recognition/faces/11111111-1111-4111-8111-111111111111")), "404/44");
  EXPECT_EQ(code(ask("PATCH", "recognition/faces")), "404/0");
  EXPECT_EQ(code(ask("POST", "recognition/embeddings/recognize", R"({"embeddings":[[1,2]]})")), "400/37");
  EXPECT_EQ(code(ask("POST", "recognition/embeddings/recognize", "{}")), "400/5");
  const HttpAnswer preflight = test::ask(served_->port(), {"OPTIONS", "/api/v1/recognition/faces"});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.at("access-control-max-age"), "1728000");
  EXPECT_EQ(test::ask(served_->port(), {"GET", "/api/v1/consistence/status"}).json()["status"], "OK");
}

}  // namespace
}  // namespace kith
