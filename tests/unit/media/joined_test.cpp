// Recordings that were joined, or whose clock jumps: as long as `ffmpeg -c copy` makes them, pictures and sound together.
#include <algorithm>
#include <map>
#include <sstream>

#include "core/files.h"
#include "support/films.h"
#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using test::copy;
using test::make_media;
using test::moving;
using test::play;
using test::Played;
using test::probe;

class JoinedUnit : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return dir_.path() / name; }

  // Two seconds, beginning at `start_s` of the file's clock, with a tone.
  std::string part(const std::string& extension, double start_s, const std::string& codecs) {
    std::string& made = parts_[{extension + codecs, start_s}];
    if (!made.empty()) return made;
    make_media(moving(160, 90, 2) + " -f lavfi -i sine=frequency=440:duration=2:sample_rate=48000 " + codecs +
                   " -output_ts_offset " + std::to_string(start_s),
               file("part" + extension));
    return made = read_file(file("part" + extension));
  }

  // Pictures and sound of what is written are as long as what is shown.
  void check_copies(const fs::path& film, std::size_t frames) {
    for (const std::string name : {"out.mp4", "out.mkv"}) {
      copy(film, *make_overlay_sink(file(name)));
      std::istringstream packets(probe("-show_entries packet=codec_type,pts_time", file(name)));
      std::map<std::string, double> last;
      std::size_t pictures = 0;
      for (std::string line; std::getline(packets, line);) {
        const std::string kind = line.substr(0, line.find(','));
        last[kind] = std::max(last[kind], std::stod(line.substr(line.find(',') + 1)));
        pictures += kind == "video" ? 1 : 0;
      }
      EXPECT_EQ(pictures, frames) << name;
      EXPECT_NEAR(last["video"], 3.96, 0.25) << name;
      EXPECT_NEAR(last["audio"], 3.96, 0.25) << name;
    }
  }
  test::TempDir dir_;
  std::map<std::pair<std::string, double>, std::string> parts_;
};

struct Container {
  std::string name, extension, codecs;
};
const std::vector<Container> kContainers = {{"h264_ts", ".ts", "-c:v libx264 -bf 2 -g 25 -c:a aac"},
                                            {"mpeg2_ts", ".ts", "-c:v mpeg2video -bf 2 -c:a mp2"},
                                            {"m2ts", ".m2ts", "-c:v libx264 -c:a ac3"},
                                            {"vob", ".vob", "-c:v mpeg2video -bf 2 -c:a ac3"},
                                            {"mkv", ".mkv", "-c:v libx264 -bf 2 -c:a aac"}};
struct Jump {
  std::string name;
  double first_s, second_s;  // where the clock of each part begins
};

class EveryContainerUnit : public JoinedUnit, public testing::WithParamInterface<Container> {};

TEST_P(EveryContainerUnit, EveryJump) {
  const Container& container = GetParam();
  const std::vector<Jump> jumps = {{"starts anew", 0, 0},
                                   {"back", 5000, 0},
                                   {"a little back", 20, 21},
                                   {"goes on", 0, 2},
                                   {"past 33 bits", 95441.5, 95443.5},
                                   {"forward", 0, 5000},
                                   {"a minute on", 0, 62}};
  for (const Jump& jump : jumps) {
    const bool jumps_on = jump.second_s - jump.first_s > 10;
    if (container.extension == ".mkv" && jumps_on) continue;  // a pause, to ffmpeg as well
    SCOPED_TRACE("clock " + jump.name);
    const fs::path film = file("joined" + container.extension);
    write_file(film, part(container.extension, jump.first_s, container.codecs) +
                         part(container.extension, jump.second_s, container.codecs));
    const Played played = play(film);
    ASSERT_GE(played.times_ms.size(), 98U);
    EXPECT_LE(played.times_ms.size(), 101U);
    EXPECT_NEAR(played.times_ms.back(), 3960, 250);
    if (jump.name != "goes on" && jump.name != "past 33 bits") {  // where it does, a seam looks like a loss
      EXPECT_TRUE(played.failures.empty()) << played.failures.front();
    }
    double widest = 0, narrowest = 1000;
    for (std::size_t i = 1; i < played.times_ms.size(); ++i) {
      widest = std::max(widest, played.times_ms[i] - played.times_ms[i - 1]);
      narrowest = std::min(narrowest, played.times_ms[i] - played.times_ms[i - 1]);
    }
    EXPECT_LT(widest, 240);
    EXPECT_GT(narrowest, 5);
    check_copies(film, played.times_ms.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, EveryContainerUnit, testing::ValuesIn(kContainers),
                         [](const auto& container) { return container.param.name; });

// What stands still for half a minute in a slide show is no jump, where the container's clock can be trusted.
TEST_F(JoinedUnit, LongPausesInFilesStay) {
  make_media("-f lavfi -i testsrc2=size=160x90:rate=1/30:duration=120 -c:v libx264 -bf 0",
             file("slides.mkv"));
  const Played played = play(file("slides.mkv"));
  ASSERT_EQ(played.times_ms.size(), 4U);
  EXPECT_NEAR(played.times_ms.back(), 90000, 1);
}

// A pause that a broadcast lost, of less than ffmpeg's limit, is one.
TEST_F(JoinedUnit, ShortGapsInBroadcastsStay) {
  write_file(file("gap.ts"),
             part(".ts", 0, "-c:v libx264 -c:a aac") + part(".ts", 7, "-c:v libx264 -c:a aac"));
  EXPECT_NEAR(play(file("gap.ts")).times_ms.back(), 8960, 200);
}

}  // namespace
}  // namespace kith
