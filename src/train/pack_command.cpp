#include <kith/aligner.h>
#include <kith/error.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "core/files.h"
#include "media/image_file.h"
#include "media/jpeg.h"
#include "train/commands.h"
#include "train/shard.h"

namespace kith::train {
namespace {
namespace fs = std::filesystem;

struct PackOptions {
  std::vector<std::string> inputs;
  std::string out, list, prefix;
  std::vector<float> points;
  int quality = 85, size = 112, most = 0;
  std::int64_t least = 1;
  bool unnamed = false, i_know = false;
};

// Sets that are for evaluation, by the names that Kith's own test data bear.
void refuse_evaluation_sets(const fs::path& input) {
  for (const fs::path& part : fs::absolute(input)) {
    for (const char* name : {"lfw", "celebrities", "strangers"}) {
      if (part.string().rfind(name, 0) == 0)
        throw Error(ErrorCode::kInvalidArgument,
                    input.string() + ": \"" + part.string() +
                        "\" sounds like pictures to evaluate on; --i-know packs them all the same");
    }
  }
}

struct Picture {
  fs::path path;
  std::string person;
};

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

// A folder a person below each input, in the order of their names.
std::vector<Picture> list_pictures(const PackOptions& options) {
  std::set<std::string> listed;
  if (!options.list.empty()) {
    std::istringstream lines(read_file(options.list));
    for (std::string line; std::getline(lines, line);) listed.insert(line);
  }
  std::vector<Picture> pictures;
  for (const std::string& input : options.inputs) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(input)) {
      if (entry.is_regular_file() && is_picture(entry.path())) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    std::map<std::string, int> taken;
    for (const fs::path& path : found) {
      const fs::path inside = fs::relative(path, input);
      if (!listed.empty() && !listed.contains(inside.string())) continue;
      const std::string folder = inside.has_parent_path() ? inside.begin()->string() : "";
      if (options.most > 0 && ++taken[folder] > options.most) continue;
      pictures.push_back({path, options.unnamed || folder.empty() ? "" : options.prefix + folder});
    }
  }
  return pictures;
}

cv::Mat chip_of(const Picture& picture, const PackOptions& options) {
  const std::string bytes = read_file(picture.path);
  const bool jpeg = sniff_format(bytes) == ImageFormat::kJpeg;
  cv::Mat image = jpeg ? decode_jpeg(bytes) : decode_image(bytes, picture.path.string());
  if (options.points.empty()) return image;
  ChipGeometry geometry = arcface_112();
  Face face;
  for (std::size_t i = 0; i < 5; ++i) face.landmarks[i] = {options.points[2 * i], options.points[2 * i + 1]};
  return align(image, face, geometry);
}

Exit pack(const PackOptions& options) {
  if (!options.points.empty() && options.points.size() != 10)
    throw Error(ErrorCode::kInvalidArgument, "--points: five points, ten numbers");
  if (!options.i_know) {
    for (const std::string& input : options.inputs) refuse_evaluation_sets(input);
  }
  const std::vector<Picture> pictures = list_pictures(options);
  ShardWriter writer(options.out);
  std::size_t failed = 0;
  for (const Picture& picture : pictures) {
    if (interrupted) return Exit::kInterrupted;
    const std::string key = picture.path.string();
    if (writer.has(key)) continue;
    try {
      writer.add(picture.person, key, encode_jpeg(chip_of(picture, options), options.quality));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kIo) throw;
      std::cerr << "kith-train: " << key << ": " << error.what() << '\n';
      ++failed;
    }
  }
  const std::size_t count = writer.finish();
  std::cout << options.out << ": " << count << " chips, " << fs::file_size(options.out) << " bytes";
  if (failed > 0) std::cout << "; " << failed << " could not be read";
  std::cout << '\n';
  return failed > 0 ? Exit::kFailed : Exit::kDone;
}

}  // namespace

void add_pack(CLI::App& app, Action& chosen) {
  CLI::App& verb = *app.add_subcommand("pack", "Put the chips of people into one file");
  const auto options = std::make_shared<PackOptions>();
  verb.add_option("CHIPS", options->inputs, "Folders with a folder of chips a person (kith align)")
      ->required();
  verb.add_option("--out", options->out, "The shard")->required();
  verb.add_option("--list", options->list,
                  "Only the pictures that this file lists, one a line, as below CHIPS");
  verb.add_option("--prefix", options->prefix, "Put before each person's name");
  verb.add_option("--quality", options->quality, "Of the JPEGs")->capture_default_str();
  verb.add_option("--most", options->most, "Chips a person; 0: all")->capture_default_str();
  verb.add_flag("--unnamed", options->unnamed, "Folders are no people: each picture shows somebody else");
  verb.add_option("--points", options->points,
                  "Not chips: pictures that all have their five points here (x y each)")
      ->expected(10);
  verb.add_flag("--i-know", options->i_know, "Pack evaluation sets too");
  verb.callback([options, &chosen] { chosen = [options] { return pack(*options); }; });
}

}  // namespace kith::train
