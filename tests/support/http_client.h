// A client of a service on this machine that sends exactly what a test wants, byte for byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kith::test {

struct HttpAnswer {
  int status = 0;                              // 0: the connection was closed without one
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

/// One connection.
class HttpClient {
 public:
  explicit HttpClient(int port) : handle_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(handle_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~HttpClient() { ::close(handle_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool connected() const { return connected_; }
  /// @return false: the other side has closed.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void half_close() const { ::shutdown(handle_, SHUT_WR); }

  /// The next answer. @param head  of an answer to HEAD: there is no body.
  HttpAnswer read(bool head = false, std::chrono::milliseconds patience = std::chrono::seconds(60)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    HttpAnswer answer;
    std::size_t headers;
    while ((headers = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!fill(end)) return {};
    parse_head(buffer_.substr(0, headers), answer);
    buffer_.erase(0, headers + 4);
    if (answer.status == 100) return answer;
    const auto length = answer.headers.find("content-length");
    const std::size_t size = head || length == answer.headers.end() ? 0 : std::stoul(length->second);
    while (buffer_.size() < size)
      if (!fill(end)) return {};
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return answer;
  }
  /// Whether the other side closes within this time; what it sends before is dropped.
  bool closes(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (fill(end)) buffer_.clear();
    return closed_;
  }

 private:
  bool fill(std::chrono::steady_clock::time_point end) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{handle_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return false;
    char bytes[16384];
    const ssize_t count = ::recv(handle_, bytes, sizeof bytes, 0);
    closed_ = count <= 0;
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }
  static void parse_head(const std::string& text, HttpAnswer& answer) {
    answer.status = std::stoi(text.substr(9, 3));
    for (std::size_t at = text.find("\r\n"); at != std::string::npos;) {
      const std::size_t end = text.find("\r\n", at + 2);
      const std::string line = text.substr(at + 2, end == std::string::npos ? end : end - at - 2);
      std::string name = line.substr(0, line.find(':'));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      answer.headers[name] = line.substr(std::min(line.find(':') + 2, line.size()));
      at = end;
    }
  }

  int handle_;
  bool connected_ = false, closed_ = false;
  std::string buffer_;
};

/// What a request is made of.
struct HttpAsk {
  std::string method = "GET", target = "/";
  std::string body = {}, type = {};
  std::vector<std::string> headers = {};  // "x-api-key: ..."

  std::string text() const {
    std::string all = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (const std::string& header : headers) all += header + "\r\n";
    if (!type.empty()) all += "Content-Type: " + type + "\r\n";
    if (!body.empty() || method != "GET") all += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return all + "\r\n" + body;
  }
};

/// Over a connection of its own.
inline HttpAnswer ask(int port, const HttpAsk& what) {
  HttpClient client(port);
  client.send(what.text());
  return client.read(what.method == "HEAD");
}

/// A form of files, as curl -F sends it.
struct HttpForm {
  static constexpr const char* kType = "multipart/form-data; boundary=frontier";
  std::string body;
  HttpForm& add(const std::string& name, const std::string& bytes, const std::string& filename = "a.jpg") {
    const std::string file = filename.empty() ? "" : "; filename=\"" + filename + "\"";
    body += "--frontier\r\nContent-Disposition: form-data; name=\"" + name + "\"" + file + "\r\n\r\n" +
            bytes + "\r\n";
    return *this;
  }
  std::string text() const { return body + "--frontier--\r\n"; }
};

}  // namespace kith::test
