#include "desk/audit_log.h"

#include <nlohmann/json.hpp>

#include "core/clock.h"

namespace kith {

AuditLog::AuditLog(std::filesystem::path file) : file_(std::move(file), LineFile::Mode::kAppend) {}

void AuditLog::write(const nlohmann::ordered_json& who, const nlohmann::ordered_json& did) {
  using Json = nlohmann::ordered_json;
  Json line = {{"at", utc_text()}};
  line.update(who);
  line.update(did);
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  file_.write(text);
}

}  // namespace kith
