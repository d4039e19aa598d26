#include "server/tls.h"

#include <kith/error.h>

#include "core/files.h"

namespace kith::server {
namespace {

namespace fs = std::filesystem;
namespace ssl = boost::asio::ssl;
constexpr auto kLookEvery = std::chrono::seconds(2);

void require(const boost::system::error_code& failed, const fs::path& file, const char* what) {
  if (failed) throw Error(ErrorCode::kInvalidArgument, file.string() + ": " + what + ": " + failed.message());
}

}  // namespace

CertificateFiles::CertificateFiles(fs::path certificate, fs::path key)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      loaded_(times()),
      looked_(std::chrono::steady_clock::now()),
      context_(load()) {}

std::shared_ptr<ssl::context> CertificateFiles::current() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLookEvery) return context_;
  looked_ = now;
  if (const auto present = times(); present != loaded_) {
    loaded_ = present;
    try {
      context_ = load();
    } catch (const Error&) {  // half of a new pair: the other half changes the times again
    }
  }
  return context_;
}

// TLS 1.2 and later, with OpenSSL's own choice of ciphers.
std::shared_ptr<ssl::context> CertificateFiles::load() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code failed;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // idle connections need none
  context->use_certificate_chain_file(certificate_.string(), failed);
  require(failed, certificate_, "is no certificate in PEM");
  context->use_private_key_file(key_.string(), ssl::context::pem, failed);
  require(failed, key_, "is not this certificate's key in PEM");
  return context;
}

std::pair<fs::file_time_type, fs::file_time_type> CertificateFiles::times() const {
  return {changed_at(certificate_), changed_at(key_)};
}

}  // namespace kith::server
