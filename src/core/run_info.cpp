#include "core/run_info.h"

#include <nlohmann/json.hpp>

#include "core/clock.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json to_json(const UsedPeople& people) {
  return {{"file", people.file},
          {"people", people.people},
          {"photos", people.photos},
          {"checksum", people.checksum},
          {"names", or_null(people.names)}};
}

}  // namespace

const char* version() { return KITH_VERSION; }

Json to_json(const RunInfo& info) {
  Json models = Json::array();
  for (const UsedModel& model : info.models)
    models.push_back({{"role", model.role}, {"name", model.name}, {"identity", model.identity}});
  Json options = Json::object();
  for (const auto& [name, value] : info.options)
    std::visit([&, &key = name](const auto& v) { options[key] = v; }, value);
  return {{"kith",
           {{"version", version()},
            {"verb", info.verb},
            {"time", utc_text(info.started)},
            {"models", models},
            {"people", info.people ? to_json(*info.people) : Json()},
            {"far", or_null(info.far)},
            {"threshold", or_null(info.threshold)},
            {"options", options}}}};
}

void add_end(Json& summary, const RunEnd& end) {
  summary["interrupted"] = end.interrupted;
  summary["failed"] = end.failures.size();
  summary["failures"] = end.failures;
  summary["dropped"] = end.dropped;
}

}  // namespace kith
