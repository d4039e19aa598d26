// What a server answered when opening it failed: FFmpeg has one error code, "Input/output error", for most of it, and tells
// the rest to its log only.
#pragma once

#include <string>
#include <string_view>

namespace kith::av {

/// Listens, while it lives, to what FFmpeg logs on this thread. One at a time a thread.
class ServerAnswer {
 public:
  ServerAnswer();
  ~ServerAnswer();
  ServerAnswer(const ServerAnswer&) = delete;
  ServerAnswer& operator=(const ServerAnswer&) = delete;

  /// Why the address cannot be read and what to do, in our words (FFmpeg's name the address, with its password); empty when
  /// nothing of the kind was said.
  std::string reason() const;

  /// What FFmpeg's log calls. @param speaker  the protocol that speaks: "http", "tls", "tcp" are listened to.
  static bool listens_to(std::string_view speaker);
  static void hear(std::string_view speaker, const std::string& words);

 private:
  int redirects_ = 0;
  bool web_page_ = false, no_host_ = false, bad_certificate_ = false, not_encrypted_ = false;
};

}  // namespace kith::av
