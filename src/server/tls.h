// CertificateFiles: what TLS is spoken with, read again when the files change.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>

namespace kith::server {

/// Thread-safe.
class CertificateFiles {
 public:
  /// @throws Error kInvalidArgument naming the file that cannot be used.
  CertificateFiles(std::filesystem::path certificate, std::filesystem::path key);
  /// For the next connection. Files that have changed and cannot be used leave it as it was.
  std::shared_ptr<boost::asio::ssl::context> current();

 private:
  std::shared_ptr<boost::asio::ssl::context> load() const;
  std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type> times() const;

  std::filesystem::path certificate_, key_;
  std::mutex mutex_;
  std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type> loaded_;
  std::chrono::steady_clock::time_point looked_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace kith::server
