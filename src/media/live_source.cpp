#include "media/live_source.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kith {
namespace {

using Clock = LiveHalt::Clock;
using std::chrono::milliseconds;

// Between two tries to connect: twice as long each time, and not all cameras of a house at the same moment.
constexpr auto kFirstDelay = milliseconds(500);
constexpr auto kLongestDelay = milliseconds(10'000);
constexpr double kJitter = 0.25;
// A connection that held for less was no success: the next try waits longer still.
constexpr auto kHeld = milliseconds(10'000);
constexpr auto kDamageToldEvery = std::chrono::minutes(1);
constexpr const char* kAdvice = ": check that it is connected, switched on and not in use by another program";

Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::string seconds_text(double value) { return std::to_string(std::lround(value)) + " s"; }

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

// "rtsp://cam: what" -> "what".
std::string without_name(const std::string& what, const std::string& name) {
  return what.starts_with(name + ": ") ? what.substr(name.size() + 2) : what;
}

}  // namespace

bool LiveHalt::overdue() const {
  const Clock::rep seen = seen_;
  return seen != 0 && patience_s_ > 0 &&
         Clock::now() - Clock::time_point(Clock::duration(seen)) > duration_of(patience_s_);
}

LiveSource::LiveSource(Decoder first, Connect connect, std::shared_ptr<LiveHalt> halt,
                       const std::string& name, const SourceOptions& options)
    : options_(options), halt_(std::move(halt)), connect_(std::move(connect)) {
  info_.kind = SourceKind::kCamera;
  info_.name = name;
  info_.size = first->upright_size();
  info_.fps = first->fps();
  reader_ = std::thread([this, decoder = std::move(first)]() mutable { read(std::move(decoder)); });
}

LiveSource::~LiveSource() {
  stop();
  reader_.join();
}

void LiveSource::stop() {
  {
    const std::lock_guard lock(mutex_);  // else the reader may miss it between looking and waiting
    halt_->close();
  }
  room_.notify_all();
  arrived_.notify_all();
}

std::optional<Frame> LiveSource::next() {
  std::unique_lock lock(mutex_);
  while (!waiting_ && !ended_ && !halt_->halted())
    arrived_.wait_for(lock, milliseconds(50));  // the caller's stop is an atomic: nobody wakes us for it
  if (halt_->halted()) return std::nullopt;
  if (!waiting_) {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return std::nullopt;
  }
  const Picture picture = *std::exchange(waiting_, std::nullopt);
  room_.notify_one();
  lock.unlock();
  if (!first_ms_) first_ms_ = picture.time_ms;
  Frame frame;
  frame.image = picture.decoder->convert(*picture.decoded.frame);
  frame.index = index_++;
  frame.time_ms = picture.time_ms - *first_ms_;
  frame.source = info_.name;
  return frame;
}

std::int64_t LiveSource::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void LiveSource::read(Decoder decoder) {
  try {
    while (decoder && !halt_->halted()) {
      const std::string why = follow(decoder);
      const bool snapshot = decoder->is_pictures() && pictures_ == 1;
      if (halt_->halted() || snapshot) break;
      decoder.reset();  // some cameras have one connection to give
      decoder = reconnect(why);
    }
    end(nullptr);
  } catch (...) {
    end(std::current_exception());
  }
}

// Reads one connection to its end. @return why it ended.
std::string LiveSource::follow(const Decoder& decoder) {
  std::string why;
  pictures_ = 0;
  connected_at_ = Clock::now();
  halt_->see();
  while (!halt_->halted() && !halt_->overdue()) {
    VideoDecoder::Item item = decoder->next();
    if (auto* decoded = std::get_if<VideoDecoder::Decoded>(&item)) {
      hand_over(std::move(*decoded), decoder);
      halt_->see();
      mention(why);
    } else if (const auto* damage = std::get_if<VideoDecoder::Damage>(&item)) {
      why = without_name(damage->what, info_.name);
    } else if (std::holds_alternative<VideoDecoder::Nothing>(item)) {
      std::this_thread::sleep_for(milliseconds(2));
    } else {
      break;
    }
  }
  const bool silent = halt_->overdue() || decoder->timed_out();
  halt_->look_away();
  if (silent) return "sent no picture for " + seconds_text(options_.timeout_s);
  return why.empty() ? "ended by the other side" : why;
}

// A stream that lost a packet goes on: pictures came after the damage.
void LiveSource::mention(std::string& damage) {
  if (damage.empty()) return;
  const Clock::time_point now = Clock::now();
  const bool again = damage_told_at_ != Clock::time_point{} && now - damage_told_at_ < kDamageToldEvery;
  if (!again) {
    damage_told_at_ = now;
    tell(damage + "; it goes on");
  }
  damage.clear();
}

void LiveSource::lose(const std::string& why) {
  const Clock::time_point now = Clock::now();
  if (!outage_) outage_ = Outage{now, now + duration_of(options_.reconnect_s), why};
  const bool held = pictures_ > 0 && now - connected_at_ >= kHeld;
  delay_ = held || delay_ == Clock::duration{} ? kFirstDelay
                                               : std::min<Clock::duration>(2 * delay_, kLongestDelay);
}

// @return nullptr when the source is to end.
LiveSource::Decoder LiveSource::reconnect(const std::string& why) {
  const bool is_new = !outage_;
  lose(why);
  std::string last = why;
  if (is_new && options_.reconnect_s > 0)
    tell("lost: " + why + "; trying for " + seconds_text(options_.reconnect_s) + " to get it back");
  while (true) {
    const Clock::duration left = outage_->until - Clock::now();
    if (left <= Clock::duration{}) give_up(last);
    const double jitter = std::uniform_real_distribution(1 - kJitter, 1 + kJitter)(random_);
    const Clock::duration wanted = std::chrono::duration_cast<Clock::duration>(delay_ * jitter);
    if (!pause(std::min(left, wanted))) return nullptr;
    try {
      Decoder decoder = connect_();
      if (!decoder->has_end()) return decoder;
      tell("is over: what is there now has an end");
      return nullptr;
    } catch (const Error& e) {
      if (halt_->halted()) return nullptr;
      last = without_name(e.what(), info_.name);
    }
    delay_ = std::min<Clock::duration>(2 * delay_, kLongestDelay);
  }
}

void LiveSource::give_up(const std::string& last) const {
  std::string what = info_.name + ": " + outage_->why;
  if (options_.reconnect_s > 0) {
    what = info_.name + ": lost (" + outage_->why + ") and not back in " + seconds_text(options_.reconnect_s);
    if (last != outage_->why) what += " (" + last + ")";
  }
  throw Error(ErrorCode::kIo, what + kAdvice);
}

// @return false when the source is to end.
bool LiveSource::pause(Clock::duration time) {
  const Clock::time_point until = Clock::now() + time;
  while (Clock::now() < until && !halt_->halted())
    std::this_thread::sleep_for(std::min<Clock::duration>(milliseconds(20), until - Clock::now()));
  return !halt_->halted();
}

void LiveSource::come_back() {
  tell("is back after " + seconds_text(ms_between(outage_->since, Clock::now()) / 1000));
  outage_.reset();
}

void LiveSource::hand_over(VideoDecoder::Decoded decoded, const Decoder& decoder) {
  const Clock::time_point now = Clock::now();
  if (pictures_++ == 0) {
    const bool is_first = last_picture_at_ == Clock::time_point{};
    zero_s_ = decoded.time_s;
    zero_ms_ = is_first ? 0 : last_ms_ + std::max(1.0, ms_between(last_picture_at_, now));
    if (outage_) come_back();
  }
  last_ms_ = zero_ms_ + (decoded.time_s - zero_s_) * 1000;
  last_picture_at_ = now;
  std::unique_lock lock(mutex_);
  if (!options_.drop_stale) room_.wait(lock, [this] { return !waiting_ || halt_->halted(); });
  if (waiting_) ++dropped_;
  waiting_ = Picture{std::move(decoded), decoder, last_ms_};
  arrived_.notify_one();
}

void LiveSource::tell(const std::string& what) const {
  if (options_.notice) options_.notice(info_.name + ": " + what);
}

void LiveSource::end(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  ended_ = true;
  arrived_.notify_one();
}

}  // namespace kith
