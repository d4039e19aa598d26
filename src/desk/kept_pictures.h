// KeptPictures: the bytes of enrolled photos, for whoever asked for them to be kept.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace kith {

/// A folder with a file a picture, 0600, called after its checksum. Thread-safe.
class KeptPictures {
 public:
  /// @param folder  made with the first picture.
  explicit KeptPictures(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// @param checksum  sha256_hex of the bytes. @throws Error kIo.
  void keep(const std::string& checksum, std::string_view bytes) const;
  std::optional<std::string> find(const std::string& checksum) const;
  /// Whether any may be there.
  bool any() const;
  /// Takes away every picture that is none of these. @return how many.
  int keep_only(const std::set<std::string>& checksums) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace kith
