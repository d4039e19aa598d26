#include "sidecar/srt_cues.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <sstream>
#include <vector>

namespace kith {
namespace {

// A name that is away for less than this was there all the time: a missed frame must not make the subtitle
// blink.
constexpr double kBridge_ms = 500;

std::string clock(double time_ms) {
  const long long all = std::llround(std::max(time_ms, 0.0));
  char text[64];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld,%03lld", all / 3600000, all / 60000 % 60,
                all / 1000 % 60, all % 1000);
  return text;
}

// '_' stands for a space in folder names; line breaks would end the cue.
std::string readable(std::string name) {
  for (char& c : name) {
    if (c == '_' || c == '\n' || c == '\r') c = ' ';
  }
  return name;
}

// Of a cue's number; no other program writes so many, so that Kith knows its own file again (docs/formats.md).
constexpr int kDigits = 6;

// "Ada, Bea" without Ada. Names may hold commas themselves.
std::string without(const std::string& line, const std::string& name) {
  std::string text = ", " + line + ", ";
  const std::string part = ", " + name + ", ";
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos;) text.erase(at, part.size() - 2);
  return text.size() <= 4 ? "" : text.substr(2, text.size() - 4);
}

// A block of a SubRip file, up to its blank line.
struct Cue {
  std::string begin, end;  // times as they stand there; both empty: not a cue, kept as it is
  std::vector<std::string> lines;

  bool is_cue() const { return !begin.empty(); }
  std::string text(int number, int digits) const {
    std::string text = is_cue() ? fmt::format("{:0{}}\r\n{} --> {}\r\n", number, digits, begin, end) : "";
    for (const std::string& line : lines) text += line + "\r\n";
    return text + "\r\n";
  }
};

Cue parse_cue(const std::vector<std::string>& block) {
  constexpr std::string_view kArrow = " --> ";
  const std::size_t arrow = block.size() > 1 ? block[1].find(kArrow) : std::string::npos;
  if (arrow == std::string::npos) return {"", "", block};
  return {
      block[1].substr(0, arrow), block[1].substr(arrow + kArrow.size()), {block.begin() + 2, block.end()}};
}

std::vector<Cue> parse_cues(const std::string& text) {
  std::vector<Cue> cues;
  std::vector<std::string> block;
  std::istringstream lines(text);
  const auto close = [&] {
    if (!block.empty()) cues.push_back(parse_cue(block));
    block.clear();
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) {
      close();
    } else {
      block.push_back(std::move(line));
    }
  }
  close();
  return cues;
}

}  // namespace

void SrtCues::add(double time_ms, std::set<std::string> names) {
  for (const std::string& name : names) bridge(name, time_ms);
  pending_.push_back({time_ms, std::move(names)});
  while (pending_.front().time_ms < time_ms - kBridge_ms) settle();
}

void SrtCues::finish() {
  const double end = pending_.empty() ? shown_from_ms_ : pending_.back().time_ms + frame_ms_;
  while (!pending_.empty()) settle();
  close_cue(end);
  shown_.clear();
}

void SrtCues::bridge(const std::string& name, double now_ms) {
  const auto seen = last_seen_ms_.find(name);
  if (seen != last_seen_ms_.end() && now_ms - seen->second <= kBridge_ms) {
    for (Moment& moment : pending_) {
      if (moment.time_ms > seen->second) moment.names.insert(name);
    }
  }
  last_seen_ms_[name] = now_ms;
}

void SrtCues::settle() {
  Moment moment = std::move(pending_.front());
  pending_.pop_front();
  if (moment.names == shown_) return;
  close_cue(moment.time_ms);
  shown_ = std::move(moment.names);
  shown_from_ms_ = moment.time_ms;
}

void SrtCues::close_cue(double end_ms) {
  if (shown_.empty()) return;
  std::string line;
  for (const std::string& name : shown_) line += (line.empty() ? "" : ", ") + readable(name);
  write_(Cue{clock(shown_from_ms_), clock(end_ms), {line}}.text(++cues_, kDigits));
}

std::string srt_without(const std::string& text, const std::string& name, std::int64_t& cues) {
  const std::string shown = readable(name);
  std::vector<Cue> kept;
  std::int64_t changed = 0;
  for (Cue& cue : parse_cues(text)) {
    const std::vector<std::string> before = cue.lines;
    for (std::string& line : cue.lines) line = without(line, shown);
    std::erase(cue.lines, "");
    changed += cue.lines != before ? 1 : 0;
    if (cue.lines.empty()) continue;
    const bool goes_on =
        !kept.empty() && cue.is_cue() && kept.back().end == cue.begin && kept.back().lines == cue.lines;
    if (goes_on) {
      kept.back().end = cue.end;
    } else {
      kept.push_back(std::move(cue));
    }
  }
  cues = changed;
  if (changed == 0) return text;
  std::string out;
  int number = 0;
  const int digits = text.starts_with("000001") ? kDigits : 1;  // edited ones keep theirs
  for (const Cue& cue : kept) out += cue.text(cue.is_cue() ? ++number : 0, digits);
  return out;
}

}  // namespace kith
