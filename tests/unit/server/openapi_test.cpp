// The OpenAPI document against the running service: the same routes, and answers of the stated shape.
#include <gtest/gtest.h>

#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "server/compreface_api.h"
#include "server/service.h"
#include "support/served.h"

namespace kith::server {
namespace {

using Plain = nlohmann::json;
using test::HttpAnswer;
using test::HttpForm;
using test::Served;

const Plain& document() {
  static const Plain parsed = Plain::parse(openapi_document());
  return parsed;
}

TEST(OpenApiUnit, ItsRoutesAreTheServices) {
  Router<Route> routes;
  add_kith_routes(routes, {});
  std::set<std::string> there, stated;
  for (const auto& [method, path] : routes.all()) there.insert(method + " " + path);
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/openapi.json"})
    there.insert(std::string("GET ") + path);
  for (const auto& [path, item] : document()["paths"].items())
    for (const auto& [method, operation] : item.items()) {
      std::string upper = method;
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
      stated.insert(upper + " " + path);
    }
  EXPECT_EQ(there, stated);
}

TEST(OpenApiUnit, EveryOperationHasAnIdAndEverySchemaIsThere) {
  std::set<std::string> ids;
  EXPECT_EQ(document()["openapi"], "3.1.0");
  for (const auto& [path, item] : document()["paths"].items())
    for (const auto& [method, operation] : item.items()) {
      EXPECT_TRUE(ids.insert(operation.at("operationId")).second) << path;
      EXPECT_TRUE(operation.contains("summary")) << path;
      EXPECT_TRUE(operation.at("responses").contains("default")) << path;
      for (const char* at = path.c_str(); (at = std::strchr(at, '{')) != nullptr; ++at) {
        const std::string name(at + 1, std::strchr(at, '}'));
        EXPECT_TRUE(std::ranges::any_of(operation.at("parameters"), [&](const Plain& one) {
          return one["name"] == name;
        })) << path;
      }
    }
  const std::string text = openapi_document();
  for (std::size_t at = 0; (at = text.find("#/components/schemas/", at)) != std::string::npos; ++at) {
    const std::size_t name = at + std::string("#/components/schemas/").size();
    EXPECT_TRUE(document()["components"]["schemas"].contains(text.substr(name, text.find('"', name) - name)));
  }
}

// What is wrong with a JSON by a named schema; "" nothing.
std::string fault(const std::string& schema, const Plain& json) {
  using Adapter = valijson::adapters::NlohmannJsonAdapter;
  Plain whole = document()["components"]["schemas"][schema];
  whole["components"] = document()["components"];
  valijson::Schema parsed;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(Adapter(whole), parsed);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(parsed, Adapter(json), &results)) return {};
  std::string text = json.dump();
  valijson::ValidationResults::Error error;
  while (results.popError(error)) text += "; " + error.description;
  return text;
}

TEST(OpenApiModel, AnswersHaveTheStatedShape) {
  KITH_NEEDS_MODEL("fr_feature");
  const test::TempDir dir;
  const Served served(dir.path() / "people.kith", {"--key", Served::kKey, "--keep-pictures"});
  ASSERT_GT(served.port(), 0);
  const auto photo = [](const std::string& below) { return read_file(test::samples() / below); };
  const auto form = [&](const std::string& name) {
    return HttpForm().add(name, photo("raw/amara/01.jpg")).add("b", photo("raw/amara/02.jpg")).text();
  };
  std::set<std::string> asked;
  // Asks, and holds the answer against what the document says of this operation.
  const auto ask = [&](const std::string& method, const std::string& pattern, const std::string& target,
                       const std::string& body = {}) {
    const HttpAnswer answer = served.ask({method, target, body, HttpForm::kType});
    std::string lower = method;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const Plain& responses = document()["paths"].at(pattern).at(lower).at("responses");
    const std::string status = std::to_string(answer.status);
    const Plain& response = responses.contains(status) ? responses.at(status) : responses.at("default");
    asked.insert(method + " " + pattern);
    const std::string type = answer.headers.count("content-type") ? answer.headers.at("content-type") : "";
    const std::string plain = type.substr(0, type.find(';'));
    EXPECT_TRUE(response["content"].contains(plain))
        << method << " " << target << " " << status << " " << type;
    if (plain == "application/json" && response["content"][plain]["schema"].contains("$ref")) {
      const std::string ref = response["content"][plain]["schema"]["$ref"];
      EXPECT_EQ(fault(ref.substr(ref.rfind('/') + 1), answer.json()), "") << method << " " << target;
    }
    return answer;
  };
  const auto added = ask("POST", "/v1/people/{name}/photos", "/v1/people/Ada/photos", form("file"));
  EXPECT_EQ(added.status, 201);
  HttpForm second;
  second.add("file", photo("raw/amara/02.jpg")).add("file", "no picture");
  ask("POST", "/v1/people/{name}/photos", "/v1/people/Ada/photos", second.text());
  const std::string id = added.json()["photos"][0];
  ask("GET", "/v1/people", "/v1/people");
  ask("GET", "/v1/people/{name}", "/v1/people/Ada");
  ask("GET", "/v1/people/{name}", "/v1/people/Nobody");
  ask("GET", "/v1/people/{name}/photos", "/v1/people/Ada/photos");
  EXPECT_EQ(
      ask("GET", "/v1/people/{name}/photos/{id}/picture", "/v1/people/Ada/photos/" + id + "/picture").body,
      photo("raw/amara/01.jpg"));
  for (const char* route : {"/v1/recognize", "/v1/search", "/v1/detect", "/v1/embed"}) {
    EXPECT_EQ(ask("POST", route, route, form("file")).status, 200);
    ask("POST", route, route, "nothing");
  }
  ask("POST", "/v1/compare", "/v1/compare", form("a"));
  ask("POST", "/v1/people/{name}/rejections", "/v1/people/Ada/rejections",
      HttpForm().add("file", photo("raw/bruno/01.jpg")).text());
  ask("PATCH", "/v1/people/{name}", "/v1/people/Ada", R"({"name":"Grace"})");
  ask("POST", "/v1/undo", "/v1/undo");
  ask("DELETE", "/v1/people/{name}/photos/{id}", "/v1/people/Ada/photos/" + id);
  ask("DELETE", "/v1/people/{name}", "/v1/people/Ada");
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/openapi.json"})
    ask("GET", path, path);
  std::size_t operations = 0;
  for (const auto& [path, item] : document()["paths"].items()) operations += item.size();
  EXPECT_EQ(asked.size(), operations);
}

}  // namespace
}  // namespace kith::server
