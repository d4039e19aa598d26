#include "media/server_answer.h"

#include <algorithm>
#include <cctype>

#include "core/lower_case.h"

namespace kith::av {
namespace {

thread_local ServerAnswer* listening = nullptr;

bool has(const std::string& words, const char* part) { return words.find(part) != std::string::npos; }

}  // namespace

ServerAnswer::ServerAnswer() { listening = this; }
ServerAnswer::~ServerAnswer() { listening = nullptr; }

bool ServerAnswer::listens_to(std::string_view speaker) {
  return listening != nullptr && (speaker.starts_with("http") || speaker == "tls" || speaker == "tcp");
}

// The words are those of libavformat's http.c, tcp.c, tls_gnutls.c and tls_openssl.c, from version 4 to 7.
void ServerAnswer::hear(std::string_view speaker, const std::string& words) {
  ServerAnswer& answer = *listening;
  if (speaker.starts_with("http")) {
    const std::string header = lower_case(words);
    if (header.starts_with("header='location:")) ++answer.redirects_;
    if (header.starts_with("header='content-type:")) answer.web_page_ = has(header, "text/html");
  } else if (speaker == "tls") {
    if (has(words, "ertificate")) answer.bad_certificate_ = true;
    if (has(words, "unexpected TLS packet") || has(words, "wrong version number"))
      answer.not_encrypted_ = true;
  } else if (has(words, "Failed to resolve hostname")) {
    answer.no_host_ = true;
  }
}

std::string ServerAnswer::reason() const {
  constexpr int kMostRedirects = 8;  // http.c's own
  if (no_host_) return "there is no such host, or no network: check the name";
  if (bad_certificate_) {
    return "its certificate is not trusted: it has expired, is another host's, or was made by the server "
           "itself";
  }
  if (not_encrypted_) return "does not speak https there: use http:, or another port";
  if (redirects_ >= kMostRedirects) return "the server sends from one address to the next without end";
  if (web_page_) {
    return "is a web page, no video: give the address of the stream itself, and a user and password where it "
           "asks for them";
  }
  return "";
}

}  // namespace kith::av
