#include "desk/audit_log.h"

#include <nlohmann/json.hpp>

#include "core/clock.h"

namespace kith {

AuditLog::AuditLog(const std::filesystem::path& file) : lines_(file.string(), JsonLines::Mode::kAppend) {}

void AuditLog::write(const nlohmann::ordered_json& who, const nlohmann::ordered_json& did) {
  using Json = nlohmann::ordered_json;
  Json line = {{"at", utc_text()}};
  line.update(who);
  line.update(did);
  const std::lock_guard lock(mutex_);
  lines_.write(line);
}

}  // namespace kith
