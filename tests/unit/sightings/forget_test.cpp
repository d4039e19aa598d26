// A person is forgotten: of name and vectors nothing is left in any byte of any file, and what could not be reached is told.
#include "sightings/forget.h"

#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/gallery.h>
#include <kith/sink.h>

#include <fstream>

#include "core/checksum.h"
#include "core/files.h"
#include "page/html.h"
#include "photos/chip_records.h"
#include "photos/chips_manifest.h"
#include "store/places.h"
#include "store/sightings.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"

namespace kith {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;

const Binding kBinding{"identity-1", "synthetic", 64};
const char* const kAda = "Ada Zoë";           // NFC
const char* const kAdaMac = "Ada Zoe\u0308";  // the same in NFD

class ForgetUnit : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_.path() / "home");
    make_sidecars();
    make_sightings();
    make_gallery();
    make_pages();
    make_chips();
  }

  fs::path at(const std::string& name) const { return folder_.path() / "home" / name; }
  fs::path people() const { return at("people.kith"); }

  Sample sample(const std::string& source, const Embedding& person) {
    return {0, source, sha256_hex(source), random_.near(person, 0.3F), 0.5F};
  }

  void make_sidecars() {
    std::vector<std::unique_ptr<Sink>> sinks;
    sinks.push_back(make_json_sink(at("film.jsonl").string()));
    sinks.push_back(make_csv_sink(at("film.csv")));
    sinks.push_back(make_srt_sink(at("film.srt")));
    const auto sink = make_tee_sink(std::move(sinks));
    SourceInfo info;
    info.name = "film.mp4";
    info.kind = SourceKind::kVideo;
    info.fps = 25;
    sink->begin(info);
    for (int i = 0; i < 50; ++i) {
      Frame frame;
      frame.image = cv::Mat(36, 64, CV_8UC3);
      frame.index = i;
      frame.time_ms = 40 * i;
      frame.source = "film.mp4";
      std::vector<RecognizedFace> faces(2);
      for (std::size_t k = 0; k < 2; ++k) {
        faces[k].track = static_cast<int>(k) + 1;
        faces[k].identity.name = k == 0 ? kAda : "Bea";
        faces[k].identity.state = IdentityState::kNamed;
      }
      sink->write(frame, faces);
    }
    Summary summary;
    summary.people.resize(2);
    summary.people[0].name = kAda;
    summary.people[1].name = "Bea";
    sink->finish(summary);
  }

  void make_sightings() {
    Sightings file = Sightings::open_or_create(at("film.sightings"), kBinding);
    std::vector<Sighting> rows(3);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].source = "/films/film.mp4";
      rows[i].sidecar = at("film.jsonl").string();
      rows[i].track = static_cast<int>(i) + 1;
      rows[i].name = i == 0 ? kAdaMac : i == 1 ? kAda : "Bea";  // the first as an older Kith kept it
      rows[i].embedding = random_.near(i < 2 ? ada_ : bea_, 0.3F);
      rows[i].chip = {1, 2, 3};
      rows[i].state = IdentityState::kNamed;
      if (i < 2) vectors_.push_back(rows[i].embedding);
    }
    file.add({}, rows);
    note_place(people(), PlaceKind::kSightings, at("film.sightings"));
  }

  void make_gallery() {
    Gallery gallery = Gallery::open_or_create(people(), kBinding);
    const std::vector<Sample> ada{sample("/photos/1.jpg", ada_), sample("/photos/2.jpg", ada_)};
    gallery.add(kAda, ada);
    gallery.add("Bea", std::vector{sample("/photos/b.jpg", bea_)});
    // "This is not Bea": Ada; someone else; a photo in Ada's folder on which she looks like nobody.
    const std::vector<Sample> not_bea{sample("/new/who.jpg", ada_), sample("/new/dora.jpg", dora_),
                                      sample(std::string("/x/") + kAda + "/3.jpg", random_.direction())};
    gallery.reject("Bea", not_bea);
    for (const Sample& s : ada) vectors_.push_back(s.embedding);
    vectors_.push_back(not_bea[0].embedding);
    vectors_.push_back(not_bea[2].embedding);
    kept_ = not_bea[1].embedding;
    fs::copy_file(people(), Gallery::backup_of(people()));
    gallery.add(kAda, std::vector{sample("/photos/4.jpg", ada_)});  // leaves an undo
  }

  void make_pages() {
    write_file(at("groups.html"), html_page("Groups", "<img src=\"data:image/jpeg;base64,AAAA\">"));
    note_place(people(), PlaceKind::kPage, at("groups.html"));
  }

  void make_chips() {
    const fs::path chips = at("chips");
    store_manifest(chips, {arcface_112(), "synthetic", "mtcnn", {}});
    std::string journal;
    const auto chip = [&](const std::string& base, const std::string& photo) {
      write_file(chips / (base + ".png"), "chip of " + base);
      journal += R"({"source":")" + photo + R"(","status":"aligned","taken":[{"chip":")" + base +
                 R"(.png","sha256":")" + sha256_hex("chip of " + base) + R"("}],"sha256":")" +
                 sha256_hex(photo) + R"(","photo":")" + photo + R"(","base":")" + base + "\"}\n";
    };
    chip("mum/1", "/photos/1.jpg");  // by the photo that is enrolled
    chip("bea/b", "/photos/b.jpg");
    journal +=
        R"({"source":"/photos/copy.jpg","status":"duplicate","duplicate_of":"/photos/1.jpg","base":"bea/copy"})";
    journal += "\n";
    write_file(journal_path(chips), journal);
    fs::rename(chips / "mum/1.png", chips / "bea/sorted.png");  // sorted anew
    write_file(chips / "bea/own.png", "the user's");
    write_file(chips / "audit.html", html_page("Audit", "mum/1"));
    note_place(people(), PlaceKind::kChips, chips);
  }

  // Whose bytes are still somewhere.
  std::vector<std::string> traces() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(at(""))) {
      if (!entry.is_regular_file()) continue;
      const std::string bytes = read_file(entry.path());
      for (const char* name : {kAda, kAdaMac}) {
        if (bytes.find(name) != std::string::npos) found.push_back(entry.path().string() + ": the name");
      }
      for (const Embedding& v : vectors_) {
        const std::string_view vector(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(float));
        if (bytes.find(vector.substr(0, 32)) != std::string::npos)
          found.push_back(entry.path().string() + ": a vector");
      }
    }
    return found;
  }
  std::map<fs::path, std::string> everything() const {
    std::map<fs::path, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(at("")))
      files[entry.path()] = entry.is_regular_file() ? read_file(entry.path()) : "";
    return files;
  }
  ForgetOptions options() const {
    ForgetOptions options;
    options.people = people();
    return options;
  }
  static const Erasure* find(const ForgetReport& report, const fs::path& path) {
    const auto found = std::ranges::find(report.erasures, path, &Erasure::path);
    return found == report.erasures.end() ? nullptr : &*found;
  }

  test::TempDir folder_;
  test::Synthetic random_{64};
  Embedding ada_ = random_.direction(), bea_ = random_.direction(), dora_ = random_.direction();
  std::vector<Embedding> vectors_;  // Ada's
  Embedding kept_;
};

TEST_F(ForgetUnit, NothingIsLeftInAnyByte) {
  ASSERT_FALSE(traces().empty());
  ForgetOptions dry = options();
  dry.dry_run = true;
  const auto before = everything();
  const ForgetReport would = forget(kAda, dry);
  EXPECT_EQ(everything(), before) << "a dry run";
  const ForgetReport report = forget(kAda, options());
  EXPECT_FALSE(report.failed());
  EXPECT_THAT(traces(), testing::ElementsAre());
  using enum Erasure::What;
  for (const Erasure::What what : {kEnrolled, kRejections, kTracks, kNames, kPage, kChips}) {
    EXPECT_GT(report.total(what), 0) << to_string(what);
    EXPECT_EQ(report.total(what), would.total(what)) << to_string(what);
  }
  EXPECT_EQ(report.total(kTracks), 2) << "in both spellings";
  EXPECT_EQ(report.total(kRejections), 4) << "two, in the gallery and in its backup";

  const Gallery gallery = Gallery::open(people());
  ASSERT_EQ(gallery.people().size(), 1U);
  ASSERT_EQ(gallery.people()[0].rejected.size(), 1U) << "Dora is still not Bea";
  EXPECT_EQ(gallery.people()[0].rejected[0].embedding, kept_);
  EXPECT_EQ(Sightings::open(at("film.sightings")).all().size(), 1U);
  for (const char* name : {"film.jsonl", "film.csv", "film.srt"})
    EXPECT_THAT(read_file(at(name)), HasSubstr("Bea"));
  EXPECT_FALSE(fs::exists(at("groups.html")));
  EXPECT_FALSE(fs::exists(at("chips/audit.html")));
  EXPECT_FALSE(fs::exists(at("chips/bea/sorted.png")));
  EXPECT_TRUE(fs::exists(at("chips/bea/b.png")));
  EXPECT_TRUE(fs::exists(at("chips/bea/own.png")));
  EXPECT_THAT(read_file(at("chips/kith-align.jsonl")), testing::Not(HasSubstr("photos/1.jpg")));
  EXPECT_THROW(forget(kAda, options()), Error) << "there is nobody any more";
}

TEST_F(ForgetUnit, WhatIsNotThereIsToldAndFoundElsewhere) {
  fs::create_directory(at("usb"));
  fs::rename(at("film.sightings"), at("usb/film.sightings"));
  fs::remove(at("groups.html"));
  ForgetOptions dry = options();
  dry.dry_run = true;
  const ForgetReport report = forget(kAda, dry);
  EXPECT_TRUE(report.failed());
  ASSERT_NE(find(report, at("film.sightings")), nullptr);
  EXPECT_THAT(find(report, at("film.sightings"))->left, HasSubstr("not there any more"));
  ASSERT_NE(find(report, at("groups.html")), nullptr);
  ForgetOptions now = options();
  now.files = {at("usb/film.sightings"), at("film.jsonl")};
  now.deleted = {at("groups.html")};
  EXPECT_FALSE(forget(kAda, now).failed());
  EXPECT_THAT(traces(), testing::ElementsAre());
  EXPECT_THAT(noted_places(people()),
              testing::Contains(NotedPlace{PlaceKind::kSightings, at("usb/film.sightings")}));
  EXPECT_THAT(noted_places(people()),
              testing::Not(testing::Contains(NotedPlace{PlaceKind::kSightings, at("film.sightings")})));
  EXPECT_THAT(noted_places(people()),
              testing::Not(testing::Contains(NotedPlace{PlaceKind::kPage, at("groups.html")})));
}

TEST_F(ForgetUnit, WhatFailsIsToldAndTheRestGoesOn) {
  note_place(people(), PlaceKind::kSightings, at("broken.sightings"));
  write_file(at("broken.sightings"), "SQLite format 3, or so");
  note_place(people(), PlaceKind::kPage, at("diary.html"));
  write_file(at("diary.html"), "<p>Dear diary");
  note_place(people(), PlaceKind::kCopies, at("named.mp4"));
  write_file(at("named.mp4"), "a film");
  const ForgetReport report = forget(kAda, options());
  EXPECT_TRUE(report.failed());
  EXPECT_NE(find(report, at("broken.sightings"))->left, "");
  EXPECT_THAT(find(report, at("diary.html"))->left, HasSubstr("no page of Kith's"));
  EXPECT_THAT(find(report, at("named.mp4"))->left, HasSubstr("look"));
  EXPECT_EQ(read_file(at("diary.html")), "<p>Dear diary");
  EXPECT_EQ(report.total(Erasure::What::kTracks), 2);
  EXPECT_EQ(Gallery::open(people()).people().size(), 1U);
}

TEST_F(ForgetUnit, SubtitlesLeadToTheSidecar) {
  fs::remove(at("film.sightings"));
  ForgetOptions given = options();
  given.files = {at("film.srt")};
  given.deleted = {at("film.sightings")};
  EXPECT_FALSE(forget(kAda, given).failed());
  EXPECT_THAT(traces(), testing::ElementsAre());
}

TEST_F(ForgetUnit, NobodyOfThatName) {
  try {
    forget("Bae", options());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
    EXPECT_THAT(e.what(), HasSubstr("Bea"));
  }
  fs::remove(at("film.sightings"));
  const ForgetReport report = forget("Bae", options());
  EXPECT_THAT(report.unknown, HasSubstr("Bea"));
  EXPECT_TRUE(report.failed());
  EXPECT_TRUE(fs::exists(at("groups.html"))) << "nobody was forgotten";
  ForgetOptions wrong = options();
  wrong.files = {at("nowhere.jsonl")};
  EXPECT_THROW(forget(kAda, wrong), Error);
}

}  // namespace
}  // namespace kith
