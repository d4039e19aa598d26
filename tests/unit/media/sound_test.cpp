// The sound of annotated videos: every sound in every container, losses, pauses.
#include <kith/error.h>

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
using test::tone;

class SoundUnit : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return dir_.path() / name; }
  test::TempDir dir_;
};

struct Source {
  std::string encoder;    // FFmpeg's name
  std::string extension;  // of the film
  std::string options;
};

// What cameras, broadcasts, discs and editors write.
const std::vector<Source> kSources = {
    {"aac", ".ts", ""},
    {"aac", ".mkv", ""},
    {"libmp3lame", ".mkv", ""},
    {"mp2", ".vob", ""},
    {"ac3", ".mkv", ""},
    {"ac3", ".ts", ""},
    {"eac3", ".mkv", ""},
    {"flac", ".mkv", ""},
    {"truehd", ".mkv", "-strict -2"},
    {"dca", ".ts", "-strict -2"},
    {"libopus", ".webm", ""},
    {"libopus", ".ts", ""},
    {"libvorbis", ".webm", ""},
    {"alac", ".mov", ""},
    {"pcm_s16le", ".avi", ""},
    {"pcm_s24le", ".mkv", ""},
    {"pcm_mulaw", ".mov", ""},
    {"pcm_bluray", ".m2ts", ""},
    {"pcm_dvd", ".vob", ""},
    {"s302m", ".ts", "-strict -2"},
    {"wmav2", ".wmv", ""},
    {"libspeex", ".flv", "-ar 16000 -ac 1"},
    {"adpcm_ms", ".avi", ""},
    {"tta", ".mkv", ""},
};

std::string picture_for(const std::string& extension) {
  if (extension == ".webm") return " -c:v libvpx -b:v 500k -deadline realtime";
  if (extension == ".vob") return " -c:v mpeg2video -f vob";
  if (extension == ".wmv") return " -c:v wmv2";
  if (extension == ".flv") return " -c:v flv";
  return " -c:v mpeg2video";
}

// Loudness in decibels of a stretch of a film's sound, which is silent where there is none; of a copy, which must have
// nothing that a decoder minds.
double loudness(const fs::path& film, double from_s, double seconds, const std::string& how = "-xerror") {
  const std::string answer = test::output_of(
      "ffmpeg -nostdin -hide_banner " + how + " -i 'file:" + film.string() +
      "' -vn -af aresample=async=1:min_hard_comp=0.02:first_pts=0,atrim=" + std::to_string(from_s) + ":" +
      std::to_string(from_s + seconds) + ",volumedetect -f null - 2>&1");
  const std::string key = "mean_volume: ";
  const std::size_t at = answer.find(key);
  return at == answer.npos ? -200 : std::stod(answer.substr(at + key.size()));
}

class EverySoundUnit : public SoundUnit, public testing::WithParamInterface<Source> {};

TEST_P(EverySoundUnit, GoesIntoEveryContainer) {
  const Source& source = GetParam();
  if (!test::has_encoder(source.encoder)) GTEST_SKIP() << "this ffmpeg cannot write " << source.encoder;
  const fs::path film = file("in" + source.extension);
  make_media(moving(160, 90, 2) + " -f lavfi -i sine=frequency=440:duration=2:sample_rate=48000 -ac 2" +
                 picture_for(source.extension) + " -c:a " + source.encoder + " " + source.options,
             film);
  const double loud = loudness(film, 0.5, 1, "");
  const double tolerance = source.encoder == "libspeex" ? 2.5 : 1;  // Speex to AAC loses most
  const std::size_t frames = play(film).times_ms.size();
  for (const std::string name : {"out.mp4", "out.mov", "out.mkv", "out.m4v"}) {
    if (name == "out.m4v" && source.encoder != "ac3") continue;  // written as mp4
    SCOPED_TRACE(name);
    std::vector<std::string> missing;
    copy(film,
         *make_overlay_sink(file(name), false, [&](const std::string& what) { missing.push_back(what); }));
    EXPECT_TRUE(missing.empty()) << missing.front();
    EXPECT_NEAR(loudness(file(name), 0.5, 1), loud, tolerance);
    EXPECT_EQ(probe("-count_packets -select_streams v -show_entries stream=nb_read_packets", file(name)),
              std::to_string(frames));
    EXPECT_NEAR(std::stod(probe("-show_entries format=duration", file(name))), 2.0, 0.2);
  }
}

INSTANTIATE_TEST_SUITE_P(Sources, EverySoundUnit, testing::ValuesIn(kSources), [](const auto& source) {
  return source.param.encoder + "_in_" + source.param.extension.substr(1);
});

TEST_F(SoundUnit, WhatMatroskaHoldsIsCopiedAndSoAreBroadcastsInMp4) {
  make_media(moving(160, 90, 2) + tone(2) + " -c:v mpeg2video -c:a aac", file("in.ts"));
  for (const std::string name : {"out.mp4", "out.mkv", "out.mov"}) {
    copy(file("in.ts"), *make_overlay_sink(file(name)));
    const auto packets = [](const fs::path& film) {  // without the headers that broadcasts put before each
      return test::output_of(
          "ffmpeg -nostdin -v error -i '" + film.string() +
          "' -map 0:a -c copy -f framehash -hash md5 -bsf:a aac_adtstoasc - | awk -F', *' '/^0/ {print $6}'");
    };
    const std::string in = packets(file("in.ts")), out = packets(file(name));
    EXPECT_FALSE(out.empty());
    EXPECT_NE(in.find(out), in.npos) << name;
  }
}

// A sound that begins late, pauses, or has lost a stretch stays with the pictures.
TEST_F(SoundUnit, SoundStaysWithItsPictures) {
  make_media(moving(160, 90, 12) + " -itsoffset 4 -f lavfi -i sine=frequency=440:duration=3" +
                 " -map 0:v -map 1:a -c:v mpeg2video -c:a flac",
             file("late.mkv"));
  make_media(moving(160, 90, 12) +
                 " -f lavfi -i sine=frequency=440:duration=12 -af \"aselect='lt(t,2)+gt(t,8)'\""
                 " -c:v mpeg2video -c:a flac",
             file("pause.mkv"));
  for (const std::string name : {"out.mp4", "out.mkv"}) {
    copy(file("late.mkv"), *make_overlay_sink(file(name)));
    EXPECT_LT(loudness(file(name), 0, 3.8), -60) << name;
    EXPECT_GT(loudness(file(name), 4.2, 2.5), -30) << name;
    copy(file("pause.mkv"), *make_overlay_sink(file(name)));
    EXPECT_GT(loudness(file(name), 0.2, 1.5), -30) << name;
    EXPECT_LT(loudness(file(name), 2.3, 5.4), -60) << name;
    EXPECT_GT(loudness(file(name), 8.3, 3), -30) << name;
  }
}

TEST_F(SoundUnit, WhatCannotBeTakenOverIsSaidAndCostsNothingElse) {
  make_media(moving(160, 90, 1) + tone(1) + " -c:v mpeg2video -c:a ac3", file("in.mkv"));
  std::string bytes = read_file(file("in.mkv"));
  const std::size_t at = bytes.find("A_AC3");
  ASSERT_NE(at, bytes.npos);
  bytes.replace(at, 5, "A_XYZ");  // nobody knows how to decode or write this one
  write_file(file("odd.mkv"), bytes);
  std::vector<std::string> missing;
  copy(file("odd.mkv"),
       *make_overlay_sink(file("out.mp4"), false, [&](const std::string& what) { missing.push_back(what); }));
  EXPECT_EQ(play(file("out.mp4")).times_ms.size(), 25U);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_NE(missing.front().find("out.mp4: without the film's sound"), std::string::npos) << missing.front();
}

TEST_F(SoundUnit, DamagedSoundIsLeftOutWhereItIsDamaged) {
  for (const std::string codec : {"ac3", "eac3", "aac", "mp2"}) {
    make_media(moving(160, 90, 4) + tone(4) + " -c:v mpeg2video -c:a " + codec, file("in.ts"));
    std::string bytes = read_file(file("in.ts"));
    for (std::size_t i = bytes.size() / 3; i < bytes.size() / 2; ++i)
      bytes[i] = static_cast<char>(i * 73 + 11);
    write_file(file("in.ts"), bytes);
    for (const std::string name : {"out.mp4", "out.mkv"}) {
      copy(file("in.ts"), *make_overlay_sink(file(name)));
      EXPECT_EQ(play(file(name)).times_ms.size(), play(file("in.ts")).times_ms.size()) << codec << name;
      // A copied MP2 keeps packets that players pass over, as `ffmpeg -c copy` does.
      EXPECT_GT(loudness(file(name), 3.2, 0.6, codec == "mp2" ? "" : "-xerror"), -40) << codec << name;
    }
  }
}

}  // namespace
}  // namespace kith
