// The whole loop over films and cameras of which every face is known, with the networks left out.
#include "recognise/recognition.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include <array>
#include <cmath>
#include <map>
#include <set>

namespace kith {
namespace {

constexpr std::size_t kDimension = 8;
constexpr float kWidth = 40;  // of a face, px
constexpr std::array<const char*, 3> kNames{"Ada", "Bo", "Cy"};

Embedding unit(std::size_t axis) {
  Embedding e(kDimension, 0.0F);
  e[axis] = 1;
  return e;
}

std::shared_ptr<const Identifier> knows(std::size_t people) {
  std::vector<Person> known;
  for (std::size_t p = 0; p < people; ++p) {
    Person& person = known.emplace_back();
    person.id = static_cast<std::int64_t>(p) + 1;
    person.name = kNames.at(p);
    for (int i = 0; i < 5; ++i) {
      Sample& sample = person.samples.emplace_back();
      sample.source = sample.checksum = person.name + std::to_string(i);
      sample.embedding = unit(p);
    }
    person.centre = unit(p);
  }
  IdentifierOptions options;
  options.threshold = 0.5F;
  return std::make_shared<const Identifier>(std::span<const Person>(known), options);
}

// Where each person's face is in a frame; nullopt: away.
using Path = std::function<std::optional<cv::Point2f>(int frame)>;

struct Script {
  SourceKind kind = SourceKind::kCamera;
  int frames = 60;
  double fps = 25;
  std::vector<Path> people = {};
  std::function<bool(int)> dropped = [](int) { return false; };
  std::function<bool(int)> damaged = [](int) { return false; };  // and looks like the last of the names
  std::function<cv::Size(int)> size = [](int) { return cv::Size(640, 360); };
};

// A picture that says which frame it is in its first pixel.
cv::Mat picture(int index, cv::Size size) {
  static std::map<std::pair<int, int>, cv::Mat> walls;
  cv::Mat& wall = walls[{size.width, size.height}];
  if (wall.empty()) {
    wall.create(size, CV_8UC3);
    for (int y = 0; y < size.height; y += 20) {
      for (int x = 0; x < size.width; x += 20)
        wall(cv::Rect(x, y, 20, 20) & cv::Rect({}, size)).setTo(cv::Scalar::all((x * 7 + y * 13) % 251));
    }
  }
  cv::Mat image = wall.clone();
  image.at<cv::Vec3b>(0, 0) = cv::Vec3b(static_cast<uchar>(index % 256), static_cast<uchar>(index / 256), 0);
  return image;
}

int index_of(const cv::Mat& image) {
  const cv::Vec3b pixel = image.at<cv::Vec3b>(0, 0);
  return pixel[0] + 256 * pixel[1];
}

cv::Point2f centre(const cv::Rect2f& box) { return (box.tl() + box.br()) * 0.5F; }

class ScriptSource final : public FrameSource {
 public:
  explicit ScriptSource(const Script& script) : script_(script) {
    info_.kind = script.kind;
    info_.name = "door";
    info_.size = script.size(0);
    info_.fps = script.fps;
  }
  const SourceInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    while (next_ < script_.frames && script_.dropped(next_)) ++next_;
    if (next_ >= script_.frames) return std::nullopt;
    Frame frame;
    frame.image = picture(next_, script_.size(next_));
    frame.index = next_;
    frame.time_ms = next_ * 1000.0 / script_.fps;
    frame.source = info_.name;
    frame.damaged = script_.damaged(next_);
    ++next_;
    return frame;
  }

 private:
  const Script& script_;
  SourceInfo info_;
  int next_ = 0;
};

class Memory final : public Sink {
 public:
  void begin(const SourceInfo&) override {}
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) {
      failures.push_back(frame.source + ": " + *frame.failure);
    } else {
      frames.emplace_back(frame.index, std::vector<RecognizedFace>(faces.begin(), faces.end()));
    }
  }
  void track(const TrackReport& track) override { tracks.push_back(track); }
  void finish(const Summary&) override {}
  bool wants_pictures() const override { return false; }

  std::vector<std::pair<std::int64_t, std::vector<RecognizedFace>>> frames;
  std::vector<TrackReport> tracks;
  std::vector<std::string> failures;
};

// Who is nearest to a place; nullopt where nobody is within half a face.
std::optional<std::size_t> who(const Script& script, int index, cv::Point2f place) {
  std::optional<std::size_t> best;
  double nearest = kWidth / 2;
  for (std::size_t p = 0; p < script.people.size(); ++p) {
    const std::optional<cv::Point2f> at = script.people[p](index);
    if (!at || cv::norm(*at - place) > nearest) continue;
    nearest = cv::norm(*at - place);
    best = p;
  }
  return best;
}

Seeing eyes(const Script& script) {
  Seeing seeing;
  seeing.detect = [&script](const cv::Mat& image, bool) {
    std::vector<Face> faces;
    for (const Path& person : script.people) {
      const std::optional<cv::Point2f> at = person(index_of(image));
      if (!at) continue;
      Face& face = faces.emplace_back();
      face.box = {at->x - kWidth / 2, at->y - kWidth / 2, kWidth, kWidth};
      face.score = 0.99F;
      face.landmarks.fill(*at);
    }
    return faces;
  };
  seeing.see = [&script](const cv::Mat& image, std::span<const Face> faces) {
    std::vector<SeenFace> looks;
    for (const Face& face : faces) {
      auto person = who(script, index_of(image), centre(face.box));
      if (script.damaged(index_of(image))) person = kNames.size() - 1;
      looks.push_back({face, cv::Mat(), unit(person.value_or(kDimension - 1)), 1, 0.9F});
    }
    return looks;
  };
  return seeing;
}

struct Outcome {
  Memory sink;
  Summary summary;
  int right = 0, wrong = 0, nameless = 0;  // of the faces that somebody looked at
};

Outcome run(const Script& script, int every, std::size_t known = kNames.size()) {
  Outcome out;
  PipelineOptions options;
  options.detect_every = every;
  Recognition recognition(
      eyes(script), [identifier = knows(known)] { return identifier; }, options);
  ScriptSource source(script);
  const std::atomic<bool> stop = false;
  recognition.run(source, out.sink, stop);
  out.summary = recognition.summary();
  for (const auto& [index, faces] : out.sink.frames) {
    std::set<std::string> names;
    for (const RecognizedFace& face : faces) {
      if (face.identity.name) {
        EXPECT_TRUE(names.insert(*face.identity.name).second) << "twice in frame " << index;
      }
      const auto person = who(script, static_cast<int>(index), centre(face.face.box));
      if (!face.detected || !person) continue;
      ++(!face.identity.name                        ? out.nameless
         : face.identity.name == kNames.at(*person) ? out.right
                                                    : out.wrong);
    }
  }
  return out;
}

void expect_whole(const Outcome& run, const Script& script, std::size_t people) {
  int shown = 0;
  for (int i = 0; i < script.frames; ++i) shown += script.dropped(i) ? 0 : 1;
  EXPECT_EQ(run.summary.frames, shown);
  EXPECT_EQ(run.summary.failed, 0);
  EXPECT_EQ(run.summary.people.size(), people);
  EXPECT_TRUE(run.sink.failures.empty());
  EXPECT_EQ(run.wrong, 0);
}

// To and fro between two places, so many face widths a frame.
Path bouncing(float widths, float y = 180) {
  return [widths, y](int i) -> std::optional<cv::Point2f> {
    constexpr float kFrom = 60, kTo = 580;
    const float way = std::fmod(static_cast<float>(i) * widths * kWidth, 2 * (kTo - kFrom));
    return cv::Point2f(way < kTo - kFrom ? kFrom + way : 2 * kTo - kFrom - way, y);
  };
}

Path standing(float x, float y) {
  return [x, y](int) { return std::optional(cv::Point2f(x, y)); };
}

constexpr std::array kKinds{SourceKind::kCamera, SourceKind::kVideo};
constexpr std::array kJumps{0.1F, 0.3F, 0.5F, 0.7F, 1.0F, 1.5F};

}  // namespace

TEST(RecognitionUnit, FacesOfEverySpeedKeepTheirNames) {
  for (const SourceKind kind : kKinds) {
    for (const int every : {0, 1, 3}) {
      for (const double fps : {25.0, 5.0, 0.8}) {
        for (const float jump : kJumps) {
          SCOPED_TRACE(testing::Message() << (kind == SourceKind::kCamera ? "camera" : "video") << ", every "
                                          << every << ", " << fps << " fps, " << jump << " widths");
          Script script{.kind = kind, .fps = fps, .people = {bouncing(jump)}};
          const Outcome result = run(script, every);
          expect_whole(result, script, 1);
          EXPECT_EQ(result.nameless, 0);
          for (const auto& [index, faces] : result.sink.frames) EXPECT_GE(faces.size(), 1U) << index;
        }
      }
    }
  }
}

TEST(RecognitionUnit, DroppedFramesEndNoRun) {
  for (const float jump : kJumps) {
    for (const int lost : {2, 3, 7}) {
      SCOPED_TRACE(testing::Message() << jump << " widths, one frame in " << lost);
      Script script{.people = {bouncing(jump), standing(100, 60)}};
      script.dropped = [lost](int i) { return (i * 31 + i / 5) % lost != 0; };
      expect_whole(run(script, 0), script, 2);
    }
  }
}

TEST(RecognitionUnit, FacesThatComeAndGo) {
  for (const SourceKind kind : kKinds) {
    for (const float jump : kJumps) {
      SCOPED_TRACE(jump);
      const Path path = bouncing(jump, 100);
      Script script{.kind = kind, .frames = 200, .people = {standing(320, 250)}};
      script.people.push_back([path](int i) { return i / 23 % 2 == 0 ? path(i) : std::nullopt; });
      expect_whole(run(script, 0), script, 2);
    }
  }
}

TEST(RecognitionUnit, PeopleWhoPassEachOther) {
  for (const SourceKind kind : kKinds) {
    for (const float jump : kJumps) {
      SCOPED_TRACE(jump);
      Script script{.kind = kind, .frames = 120};
      const Path there = bouncing(jump, 170);
      const Path back = bouncing(jump, 190);
      script.people = {there, [back](int i) { return cv::Point2f(640, 380) - *back(i); }, standing(320, 60)};
      const Outcome result = run(script, 0);
      EXPECT_EQ(result.summary.frames, 120);
      EXPECT_EQ(result.summary.people.size(), 3U);
      EXPECT_LT(result.wrong, result.right / 10);
    }
  }
}

TEST(RecognitionUnit, ACameraThatChangesItsSize) {
  Script script{.people = {bouncing(0.7F)}};
  script.size = [](int i) {
    return i < 20 ? cv::Size(640, 360) : i < 40 ? cv::Size(700, 400) : cv::Size(640, 480);
  };
  expect_whole(run(script, 3), script, 1);
}

// A face that turns back again and again is lost and found: two tracks of one person by turns.
TEST(RecognitionUnit, OnePersonByTurnsInTwoTracksHasANameInBoth) {
  for (const SourceKind kind : kKinds) {
    Script script{.kind = kind, .frames = 120};
    script.people = {[](int i) { return std::optional(cv::Point2f(i / 3 % 2 == 0 ? 100.0F : 500.0F, 180)); }};
    const Outcome result = run(script, 1);
    expect_whole(result, script, 1);
    EXPECT_EQ(result.nameless, 0);
    EXPECT_GE(result.sink.tracks.size(), 1U);
  }
}

// What the decoder made up may look like anybody, and often more sharply so.
TEST(RecognitionUnit, DamagedPicturesAreNoEvidence) {
  for (const SourceKind kind : kKinds) {
    Script script{.kind = kind, .frames = 80, .people = {standing(320, 180)}};
    script.damaged = [](int i) { return i >= 5 && i < 60; };
    const Outcome result = run(script, 1);
    expect_whole(result, script, 1);
    EXPECT_EQ(result.nameless, 0);
    EXPECT_EQ(result.right, script.frames);
  }
}

TEST(RecognitionUnit, APersonWhoBecomesKnownIsNamedAtOnce) {
  Script script{.people = {bouncing(0.2F), standing(100, 60)}};
  int asked = 0;
  Recognition recognition(eyes(script),
                          [&asked, one = knows(1), two = knows(2)] { return ++asked <= 30 ? one : two; }, {});
  ScriptSource source(script);
  Memory sink;
  const std::atomic<bool> stop = false;
  recognition.run(source, sink, stop);
  EXPECT_EQ(asked, script.frames);
  for (const auto& [index, faces] : sink.frames) {
    ASSERT_EQ(faces.size(), 2U);
    for (const RecognizedFace& face : faces) {
      const bool is_bo = face.face.box.y < 100;
      EXPECT_EQ(face.identity.name.value_or(""), !is_bo ? "Ada" : index >= 30 ? "Bo" : "") << index;
    }
  }
}

TEST(RecognitionUnit, WithNobodyKnownEverybodyIsUnknown) {
  for (const SourceKind kind : kKinds) {
    Script script{.kind = kind, .people = {bouncing(0.7F), standing(100, 60)}};
    const Outcome result = run(script, 0, 0);
    expect_whole(result, script, 0);
    EXPECT_EQ(result.right, 0);
    EXPECT_GE(result.summary.unknown_tracks, 2);
  }
}

// A library's own exceptions, in either stage.
TEST(RecognitionUnit, APictureThatCannotBeRecognisedEndsItsSourceOnly) {
  for (const SourceKind kind : kKinds) {
    for (const bool in_detection : {true, false}) {
      Script script{.kind = kind, .people = {bouncing(0.1F)}};
      Seeing seeing = eyes(script);
      bool broken = true;
      const auto fail_at_20 = [&broken](const cv::Mat& image) {
        if (broken && index_of(image) >= 20) throw std::bad_alloc();
      };
      if (in_detection) {
        seeing.detect = [detect = seeing.detect, fail_at_20](const cv::Mat& image, bool of_film) {
          fail_at_20(image);
          return detect(image, of_film);
        };
      } else {
        seeing.see = [see = seeing.see, fail_at_20](const cv::Mat& image, std::span<const Face> faces) {
          if (!faces.empty()) fail_at_20(image);
          return see(image, faces);
        };
      }
      Recognition recognition(seeing, [identifier = knows(1)] { return identifier; }, {});
      ScriptSource first(script), second(script);
      Memory sink;
      const std::atomic<bool> stop = false;
      recognition.run(first, sink, stop);
      EXPECT_EQ(sink.failures, std::vector<std::string>{"door: not enough memory"});
      EXPECT_LT(sink.frames.size(), 40U);
      EXPECT_GE(sink.frames.size(), 10U) << "what was seen before is written";
      broken = false;
      const std::size_t before = sink.frames.size();
      recognition.run(second, sink, stop);
      EXPECT_EQ(sink.frames.size(), before + static_cast<std::size_t>(script.frames));
      EXPECT_EQ(sink.frames.back().second.at(0).identity.name, "Ada");
      EXPECT_EQ(recognition.summary().failed, 1);
    }
  }
}

TEST(RecognitionUnit, APhotoThatCannotBeRecognisedEndsNoFolder) {
  Script script{.kind = SourceKind::kFolder, .people = {standing(100, 60)}};
  Seeing seeing = eyes(script);
  seeing.detect = [detect = seeing.detect](const cv::Mat& image, bool of_film) {
    if (index_of(image) == 7) throw Error(ErrorCode::kInvalidArgument, "the picture is odd");
    return detect(image, of_film);
  };
  Recognition recognition(seeing, [identifier = knows(1)] { return identifier; }, {});
  ScriptSource source(script);
  Memory sink;
  const std::atomic<bool> stop = false;
  recognition.run(source, sink, stop);
  EXPECT_EQ(sink.failures, std::vector<std::string>{"door: the picture is odd"});
  EXPECT_EQ(recognition.summary().frames, script.frames - 1);
}

}  // namespace kith
