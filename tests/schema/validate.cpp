// usage: validate SCHEMAS OUTPUTS
// Holds each line of OUTPUTS/<verb>*.jsonl against SCHEMAS/<verb>.json (docs/schema), the verb as the first line names it.
// Every schema must have an output, and every output begins with what made it and ends with its summary.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

fs::path schema_folder;  // valijson fetches other documents by a plain function

const Json* fetch(const std::string& name) {
  const fs::path path = schema_folder / fs::path(name).filename();
  return fs::exists(path) ? new Json(Json::parse(std::ifstream(path))) : nullptr;
}

void release(const Json* document) { delete document; }

std::unique_ptr<valijson::Schema> load(const std::string& verb) {
  const fs::path path = schema_folder / (verb + ".json");
  if (!fs::exists(path)) return nullptr;
  auto schema = std::make_unique<valijson::Schema>();
  const Json document = Json::parse(std::ifstream(path));
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(Adapter(document), *schema, fetch, release);
  return schema;
}

std::string errors_of(valijson::ValidationResults& results) {
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& step : error.context) text += step;
    text += ": " + error.description + "; ";
  }
  return text;
}

/// @return how many lines were wrong.
int check(const fs::path& path, std::set<std::string>& seen) {
  std::ifstream in(path);
  std::unique_ptr<valijson::Schema> schema;
  int number = 0, wrong = 0;
  Json json;
  for (std::string line; std::getline(in, line);) {
    ++number;
    json = Json::parse(line);
    if (number == 1) {
      std::string verb = json.value(Json::json_pointer("/kith/verb"), "");
      std::ranges::replace(verb, ' ', '_');
      schema = load(verb);
      if (!schema) {
        fmt::print("{}: the first line does not say the verb, or {}.json is missing: {}\n", path.string(),
                   verb, line);
        return 1;
      }
      seen.insert(verb);
    }
    valijson::ValidationResults results;
    if (valijson::Validator().validate(*schema, Adapter(json), &results)) continue;
    ++wrong;
    fmt::print("{}:{}: {}\n  {}\n", path.string(), number, line.substr(0, 400), errors_of(results));
  }
  if (json.contains("summary")) return wrong;
  fmt::print("{}: the last line is no summary\n", path.string());
  return wrong + 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  schema_folder = argv[1];
  std::set<std::string> seen{"lines"};
  int wrong = 0;
  for (const auto& entry : fs::directory_iterator(argv[2])) {
    if (entry.path().extension() == ".jsonl") wrong += check(entry.path(), seen);
  }
  for (const auto& entry : fs::directory_iterator(schema_folder)) {
    if (seen.contains(entry.path().stem().string())) continue;
    ++wrong;
    fmt::print("{}: no output was held against it\n", entry.path().string());
  }
  return wrong == 0 ? 0 : 1;
}
