// AuditLog: who changed or erased whom, and when.
#pragma once

#include <filesystem>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/json_lines.h"

namespace kith {

/// A JSON line a change at the end of a file, 0600; nothing is ever taken out of it. No pictures, vectors or
/// keys. Thread-safe.
class AuditLog {
 public:
  explicit AuditLog(const std::filesystem::path& file);
  /// @param who  the key's id and the address. @param did  the change and whom it touched. @throws Error kIo.
  void write(const nlohmann::ordered_json& who, const nlohmann::ordered_json& did);

 private:
  std::mutex mutex_;
  JsonLines lines_;
};

}  // namespace kith
