#include "evaluate/boxes_file.h"

#include <kith/error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/csv_row.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

constexpr float kFarthest = 1e6F;  // px; beyond it a coordinate is a slip
constexpr std::size_t kWiderInvalid = 7;
constexpr std::size_t kWiderFields = 10;

/// The lines of a list that are not empty, with their numbers for messages.
class Lines {
 public:
  Lines(const std::string& text, std::string where) : where_(std::move(where)) {
    std::istringstream in(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
        line.pop_back();
      if (!line.empty()) lines_.emplace_back(number, std::move(line));
    }
  }
  bool done() const { return at_ >= lines_.size(); }
  const std::string& peek() const { return lines_[at_].second; }
  const std::string& next() { return lines_[at_++].second; }
  /// The line after the next, or an empty one.
  std::string second() const { return at_ + 1 < lines_.size() ? lines_[at_ + 1].second : std::string(); }
  /// Complains about the line that next() returned last. @throws Error always.
  [[noreturn]] void bad(const std::string& what, ErrorCode code = ErrorCode::kCorrupt) const {
    const int number = lines_.empty() ? 1 : lines_[std::max<std::size_t>(at_, 1) - 1].first;
    throw Error(code, where_ + ":" + std::to_string(number) + ": " + what);
  }

 private:
  std::string where_;
  std::vector<std::pair<int, std::string>> lines_;
  std::size_t at_ = 0;
};

/// Pictures by path, in the order of the list.
class Pictures {
 public:
  /// Where a picture must not be listed twice. @return nothing if it has been.
  BoxedPicture* add(const std::string& path) {
    if (!index_.try_emplace(path, pictures_.size()).second) return nullptr;
    return &pictures_.emplace_back(BoxedPicture{path, {}, {}, {}});
  }
  BoxedPicture& find_or_add(const std::string& path) {
    BoxedPicture* added = add(path);
    return added != nullptr ? *added : pictures_[index_.at(path)];
  }
  std::vector<BoxedPicture> take() { return std::move(pictures_); }

 private:
  std::vector<BoxedPicture> pictures_;
  std::map<std::string, std::size_t> index_;
};

void add_box(BoxedPicture& picture, const cv::Rect2f& box, bool invalid = false) {
  (invalid || box.width <= 0 || box.height <= 0 ? picture.ignored : picture.faces).push_back(box);
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
  Number value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// from_chars knows "nan" and "inf": they are no coordinates.
bool is_coordinate(float value) { return std::abs(value) <= kFarthest; }

std::optional<float> coordinate(std::string_view text) {
  const std::optional<float> value = parse_number<float>(text);
  return value && is_coordinate(*value) ? value : std::nullopt;
}

/// The numbers of a line; empty if anything else is in it.
std::vector<float> numbers(const std::string& line) {
  std::vector<float> values;
  std::istringstream in(line);
  for (std::string field; in >> field;) {
    const std::optional<float> value = coordinate(field);
    if (!value) return {};
    values.push_back(*value);
  }
  return values;
}

void read_wider_picture(Lines& lines, Pictures& pictures) {
  const std::string path = lines.next();
  BoxedPicture* picture = pictures.add(path);
  if (picture == nullptr) lines.bad("\"" + path + "\" is listed twice");
  if (lines.done()) lines.bad("the count of faces is missing after \"" + path + "\"");
  const std::optional<int> count = parse_number<int>(lines.next());
  if (!count || *count < 0) lines.bad("not the count of faces of \"" + path + "\"");
  for (int i = 0; i < *count; ++i) {
    if (lines.done())
      lines.bad("the list ends after " + std::to_string(i) + " of " + std::to_string(*count) + " faces");
    const std::vector<float> values = numbers(lines.next());
    if (values.size() != 4 && values.size() != kWiderFields)
      lines.bad("neither \"x y w h\" nor that and blur, expression, illumination, invalid, occlusion, pose");
    add_box(*picture, {values[0], values[1], values[2], values[3]},
            values.size() == kWiderFields && values[kWiderInvalid] != 0);
  }
  if (*count > 0 || lines.done()) return;
  const std::vector<float> zeros = numbers(lines.peek());
  if ((zeros.size() == 4 || zeros.size() == kWiderFields) &&
      std::ranges::all_of(zeros, [](float v) { return v == 0; }))
    lines.next();
}

void read_csv_line(Lines& lines, Pictures& pictures, bool first) {
  const std::string& line = lines.next();
  if (line.starts_with('#')) return;
  if (std::ranges::count(line, '"') % 2 != 0) lines.bad("a quote is not closed");
  std::size_t at = 0;
  CsvRow row = parse_csv_row(line, at);
  while (row.size() > 1 && row.back().empty()) row.pop_back();  // what spreadsheets add to a path alone
  if (row[0].empty()) lines.bad("the path is missing");
  if (row.size() == 1) {
    if (!first || row[0] != "path") pictures.find_or_add(row[0]);
    return;
  }
  if (row.size() != 5) lines.bad("neither path,x,y,w,h nor a path alone");
  std::array<std::optional<float>, 4> values;
  std::transform(row.begin() + 1, row.end(), values.begin(), coordinate);
  if (first && std::ranges::none_of(values, [](const auto& v) { return v.has_value(); }))
    return;  // the header
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) lines.bad("\"" + row[i + 1] + "\" is not a number of px");
  }
  if (*values[2] < 0 || *values[3] < 0) lines.bad("a box has a negative size");
  add_box(pictures.find_or_add(row[0]), {*values[0], *values[1], *values[2], *values[3]});
}

void read_json_line(Lines& lines, Pictures& pictures) {
  try {
    const Json json = Json::parse(lines.next());
    if (!json.contains("source") && (json.contains("kith") || json.contains("summary"))) return;
    const auto source = json.at("source").get<std::string>();
    if (json.contains("frame")) {
      lines.bad("a frame of the video \"" + source + "\": evaluate detect compares pictures",
                ErrorCode::kUnsupported);
    }
    BoxedPicture* picture = pictures.add(source);
    if (picture == nullptr) lines.bad("\"" + source + "\" is listed twice");
    if (json.contains("error")) {
      picture->error = "the list has no boxes: " + json.at("error").get<std::string>();
      return;
    }
    for (const Json& face : json.at("faces")) {
      const auto b = face.at("box").get<std::array<float, 4>>();
      if (!std::ranges::all_of(b, is_coordinate) || b[2] < 0 || b[3] < 0)
        lines.bad("not a box: " + face.at("box").dump());
      add_box(*picture, {b[0], b[1], b[2], b[3]});
    }
  } catch (const Json::exception& e) {
    lines.bad(e.what());
  }
}

}  // namespace

std::vector<BoxedPicture> parse_boxes(const std::string& text, const std::string& where) {
  Lines lines(text, where);
  if (lines.done()) lines.bad("the list is empty");
  Pictures pictures;
  const bool json = lines.peek().starts_with('{');
  const bool wider = !json && parse_number<int>(lines.second()).has_value();
  for (bool first = true; !lines.done();) {
    const bool comment = lines.peek().starts_with('#');
    if (json) {
      read_json_line(lines, pictures);
    } else if (wider) {
      read_wider_picture(lines, pictures);
    } else {
      read_csv_line(lines, pictures, first);
    }
    first = first && comment;
  }
  std::vector<BoxedPicture> result = pictures.take();
  if (result.empty()) lines.bad("the list names no picture");
  return result;
}

}  // namespace kith
