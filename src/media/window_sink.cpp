// A window on the screen, by OpenCV's highgui.
#include "media/window_sink.h"

#include <kith/error.h>
#include <kith/sink.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <chrono>
#include <opencv2/highgui.hpp>
#include <thread>

namespace kith {
namespace {

const std::string kTitle = "kith";

// Qt, which draws the window, ends the whole process when it finds no display: ask first.
void require_display() {
  xcb_connection_t* display = xcb_connect(nullptr, nullptr);
  const bool failed = xcb_connection_has_error(display) != 0;
  xcb_disconnect(display);
  if (failed) {
    throw Error(ErrorCode::kUnsupported,
                "no display to show a window on (DISPLAY is not set or cannot be reached): leave out --show "
                "and write a file with --out");
  }
}

class WindowSink final : public Sink {
 public:
  WindowSink() { require_display(); }
  ~WindowSink() override { close(); }

  void begin(const SourceInfo& source) override {
    kind_ = source.kind;
    cv::namedWindow(kTitle, cv::WINDOW_NORMAL | cv::WINDOW_KEEPRATIO);
    open_ = true;
    sized_ = false;
    started_ = std::chrono::steady_clock::now();
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure || !open_ || stop_) return;
    cv::Mat picture = frame.image.clone();
    draw_faces(picture, faces);
    fit(picture.size());
    cv::imshow(kTitle, picture);
    const bool still = kind_ == SourceKind::kPhoto || kind_ == SourceKind::kFolder;
    wait(still ? std::chrono::steady_clock::time_point::max() : due(frame.time_ms));
  }

  // Keys are heard also while no picture comes.
  void idle() override {
    if (open_) wait({});
  }
  void finish(const Summary&) override { close(); }
  bool wants_stop() const override { return stop_; }
  bool is_live() const override { return true; }

 private:
  // Not larger than a screen; the user may pull it.
  void fit(cv::Size size) {
    if (sized_) return;
    const double scale = std::min({1.0, 1600.0 / size.width, 900.0 / size.height});
    cv::resizeWindow(kTitle, std::max(1, static_cast<int>(size.width * scale)),
                     std::max(1, static_cast<int>(size.height * scale)));
    sized_ = true;
  }

  // Files play at their own speed, cameras as they come.
  std::chrono::steady_clock::time_point due(double time_ms) const {
    if (kind_ != SourceKind::kVideo) return {};
    return started_ + std::chrono::microseconds(static_cast<std::int64_t>(time_ms * 1000));
  }

  // Until a key (photos), or the time. q, Q, Esc and closing the window stop.
  void wait(std::chrono::steady_clock::time_point until) {
    constexpr int kSlice_ms = 20, kEscape = 27;
    bool first = true;
    while (!stop_ && (first || std::chrono::steady_clock::now() < until)) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now())
              .count();
      const int key = cv::waitKey(static_cast<int>(std::clamp<std::int64_t>(left, 1, kSlice_ms)));
      first = false;
      if (key == 'q' || key == 'Q' || key == kEscape ||
          (sized_ && cv::getWindowProperty(kTitle, cv::WND_PROP_VISIBLE) < 1))
        stop_ = true;
      if (key >= 0 && until == std::chrono::steady_clock::time_point::max()) return;
    }
  }

  void close() {
    if (!open_) return;
    open_ = false;
    cv::destroyAllWindows();
  }

  SourceKind kind_ = SourceKind::kPhoto;
  bool open_ = false, sized_ = false, stop_ = false;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace

std::unique_ptr<Sink> open_window() { return std::make_unique<WindowSink>(); }

}  // namespace kith
