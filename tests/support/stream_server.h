// A server on this machine that sends what a test wants, as a camera would that behaves or does not.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <thread>
#include <vector>

namespace kith::test {

/// One client's connection, in the server's thread. Writing to a client that has gone does nothing.
class Visit {
 public:
  Visit(int handle, int number) : handle_(handle), number_(number) { read_request(); }

  int number() const { return number_; }                   // 0, 1, ... in the order of the connections
  const std::string& request() const { return request_; }  // its head
  bool asks_for(const std::string& path) const { return request_.starts_with("GET " + path + " "); }

  void send(const std::string& bytes) const {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::send(handle_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }
  void answer(const std::string& status, const std::string& headers) const {
    send("HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers + "\r\n");
  }
  /// The head of an MJPEG stream, and its pictures.
  void begin_stream() const {
    answer("200 OK", "Content-Type: multipart/x-mixed-replace; boundary=frame\r\n");
  }
  void picture(const cv::Mat& image) const {
    std::vector<uchar> bytes;
    cv::imencode(".jpg", image, bytes);
    send("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: " + std::to_string(bytes.size()) +
         "\r\n\r\n");
    send(std::string(bytes.begin(), bytes.end()) + "\r\n");
  }
  /// A file, with the part that was asked for when the server can do that.
  void file(const std::string& bytes, const std::string& type, bool can_jump) const {
    const std::size_t range = request_.find("Range: bytes=");
    const std::size_t from =
        can_jump && range != std::string::npos ? std::stoul(request_.substr(range + 13)) : 0;
    const std::string rest = bytes.substr(std::min(from, bytes.size()));
    std::string headers =
        "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(rest.size()) + "\r\n";
    if (can_jump) {
      headers += "Accept-Ranges: bytes\r\nContent-Range: bytes " + std::to_string(from) + "-" +
                 std::to_string(bytes.size() - 1) + "/" + std::to_string(bytes.size()) + "\r\n";
    }
    answer(can_jump ? "206 Partial Content" : "200 OK", headers);
    send(rest);
  }
  /// Sends nothing more until the client goes, or the server.
  void hold() const {
    char byte = 0;
    while (::recv(handle_, &byte, 1, 0) > 0) {
    }
  }
  /// As a camera that is switched off: the connection is reset, not closed.
  void reset() const {
    const linger at_once{1, 0};
    ::setsockopt(handle_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

 private:
  void read_request() {
    char byte = 0;
    while (!request_.ends_with("\r\n\r\n") && ::recv(handle_, &byte, 1, 0) > 0) {
      request_ += byte;
      if (request_.front() != 'G') return;  // not HTTP
    }
  }

  int handle_;
  int number_;
  std::string request_;
};

class StreamServer {
 public:
  using Script = std::function<void(const Visit&)>;

  /// @param script  what each client gets; the connection is closed after it. Runs on a thread of its own for each.
  explicit StreamServer(Script script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (script_) {
      ::listen(listener_, 16);
      acceptor_ = std::thread([this] { accept(); });
    }
  }
  ~StreamServer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (acceptor_.joinable()) acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int handle : open_) ::shutdown(handle, SHUT_RDWR);
    }
    for (std::thread& visit : visits_) visit.join();
    ::close(listener_);
  }
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(const std::string& path = "/") const { return "http://" + host() + path; }
  int visits() const { return count_; }

 private:
  void accept() {
    while (true) {
      const int handle = ::accept(listener_, nullptr, nullptr);
      if (handle < 0) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(handle);
      visits_.emplace_back([this, handle, number = count_++] { serve(handle, number); });
    }
  }
  void serve(int handle, int number) {
    script_(Visit(handle, number));
    const std::lock_guard lock(mutex_);
    std::erase(open_, handle);
    ::close(handle);
  }

  Script script_;
  int listener_;
  int port_ = 0;
  std::atomic<int> count_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> visits_;
  std::thread acceptor_;
};

/// A port at which nobody listens and that nobody else can take.
inline StreamServer::Script nobody() { return nullptr; }

}  // namespace kith::test
