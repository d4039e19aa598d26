#include "enrol/check_people.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <kith/frame.h>
#include <kith/gallery.h>
#include <kith/stages.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <set>
#include <thread>

#include "core/base64.h"
#include "core/rounding.h"
#include "core/vectors.h"
#include "media/modules.h"
#include "page/html.h"
#include "people/cross_validation.h"
#include "people/template.h"
#include "people/vector_index.h"

namespace kith {
namespace {

constexpr std::size_t kFewPhotos = 3;  // below five photos a template still gains much by one more
constexpr float kNearlySame = 0.95F;   // frames of one second of video reach it, two moments of a day do not
constexpr float kOneLook = 0.85F;      // mean over a person's pairs; 0.5 to 0.7 is usual
constexpr double kTwoNamesFar = 1e-6;  // two people's templates are this similar once in a million
constexpr double kLookAlikeFar = 1e-4;
constexpr double kAnyoneFar = 1e-2;  // what is less similar to everybody is nobody here

struct Centred {
  const Person* person;
  Embedding centre;
  std::vector<Embedding> samples;
};

std::vector<Centred> centre_all(const std::vector<Person>& people, const Calibration& calibration) {
  std::vector<Centred> all;
  for (const Person& person : people) {
    all.push_back({&person, centred(person.centre, calibration), {}});
    Centred& c = all.back();
    for (const Sample& sample : person.samples) c.samples.push_back(centred(sample.embedding, calibration));
  }
  return all;
}

void find_mislabelled(const std::vector<Person>& people, const Calibration& calibration,
                      const std::atomic<bool>& stop, const ReportProgress& progress,
                      std::vector<CheckItem>& items) {
  const std::string nobody = "unlike the other photos: a false detection or somebody else?";
  const float anyone = threshold_at(calibration, kAnyoneFar).value_or(0.3F);
  std::set<std::string> listed;
  for (const Suspect& suspect : find_suspects(people, {}, stop, progress)) {
    listed.insert(suspect.source);
    if (suspect.other < anyone) {
      items.push_back({Finding::kMislabelled, {suspect.name}, {suspect.source}, suspect.own, nobody});
      continue;
    }
    items.push_back({Finding::kMislabelled,
                     {suspect.name, suspect.looks_like},
                     {suspect.source},
                     suspect.own,
                     fmt::format("looks more like {}; is it?", suspect.looks_like)});
  }
  for (const Person& person : people) {
    const std::vector<const Sample*> typical = typical_samples(person.samples);
    for (const Sample& sample : person.samples) {
      if (std::ranges::find(typical, &sample) != typical.end() || listed.contains(sample.source)) continue;
      items.push_back({Finding::kMislabelled,
                       {person.name},
                       {sample.source},
                       similarity(sample.embedding, person.centre),
                       nobody});
    }
  }
}

// Whatever may be as similar, for each, by place.
std::vector<std::vector<std::size_t>> all_near(const VectorIndex& index, std::span<const Embedding> faces,
                                               float alike) {
  constexpr float kByBytes = 0.01F;  // what the index's dots are never off by (vector_index.h)
  const auto workers = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  std::vector<std::vector<std::size_t>> near(faces.size());
  for (std::size_t most = 64;; most = index.size()) {
    const auto hits = index.search(faces, most, workers);
    const bool more = most < index.size() && std::ranges::any_of(hits, [&](const auto& of_one) {
                        return of_one.back().dot >= alike - kByBytes;
                      });
    if (more) continue;
    for (std::size_t i = 0; i < faces.size(); ++i) {
      for (const VectorIndex::Hit& hit : hits[i]) {
        if (hit.dot >= alike - kByBytes) near[i].push_back(static_cast<std::size_t>(hit.key));
      }
      std::ranges::sort(near[i]);
    }
    return near;
  }
}

void find_pairs(const std::vector<Centred>& people, const Calibration& calibration,
                const std::atomic<bool>& stop, std::vector<CheckItem>& items) {
  const float one_person = threshold_at(calibration, kTwoNamesFar).value_or(0.7F);
  const float alike = threshold_at(calibration, kLookAlikeFar).value_or(0.5F);
  if (people.empty()) return;
  VectorIndex index(people.front().centre.size());
  for (std::size_t i = 0; i < people.size(); ++i) index.add(static_cast<std::int64_t>(i), people[i].centre);
  for (std::size_t begin = 0; begin < people.size() && !stop; begin += kMostQueries) {
    std::vector<Embedding> some;
    for (std::size_t i = begin; i < std::min(begin + kMostQueries, people.size()); ++i)
      some.push_back(people[i].centre);
    const std::vector<std::vector<std::size_t>> near = all_near(index, some, alike);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const Centred& a = people[begin + i];
      for (const std::size_t place : near[i]) {
        const Centred& b = people[place];
        const float s = dot(a.centre, b.centre);
        if (place >= begin + i || s < alike) continue;
        const bool one = s >= one_person;
        items.push_back(
            {one ? Finding::kTwoNames : Finding::kLookAlike,
             {b.person->name, a.person->name},
             {b.person->samples.front().source, a.person->samples.front().source},
             s,
             one ? "the same person?"
                 : "faces between the two stay unknown: give both more photos that show how they differ"});
      }
    }
  }
}

void find_in_person(const Centred& c, std::vector<CheckItem>& items) {
  const Person& person = *c.person;
  double sum = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < c.samples.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j, ++pairs) {
      const float s = dot(c.samples[i], c.samples[j]);
      sum += s;
      if (s < kNearlySame) continue;
      items.push_back({Finding::kNearDuplicate,
                       {person.name},
                       {person.samples[j].source, person.samples[i].source},
                       s,
                       "nearly the same picture: another one would teach more"});
    }
  }
  if (person.samples.size() < kFewPhotos) {
    items.push_back({Finding::kFewPhotos,
                     {person.name},
                     {},
                     0,
                     fmt::format("{} photo{}: add some, five or more from different days",
                                 person.samples.size(), person.samples.size() == 1 ? "" : "s")});
  } else if (sum / static_cast<double>(pairs) >= kOneLook) {
    items.push_back({Finding::kOneLook,
                     {person.name},
                     {},
                     static_cast<float>(sum / static_cast<double>(pairs)),
                     "all photos are alike: add some with other light, other angles, from other days"});
  }
}

std::string face_of(const std::string& source, const Stages& stages) {
  try {
    const cv::Mat image = read_image(source);
    const std::vector<Face> faces = stages.detect(image);
    const Chip chip = faces.empty()
                          ? centre_chip(image, stages.embedder().geometry())
                          : stages.align(image, std::span(&faces[main_face(faces, image.size())], 1)).front();
    const std::vector<uchar> jpeg = picture_module().encode(".jpg", chip, 85);
    return "<img alt=\"\" src=\"data:image/jpeg;base64," +
           base64({reinterpret_cast<const char*>(jpeg.data()), jpeg.size()}) + "\">";
  } catch (const std::exception&) {
    return "<div class=\"none\">&#8709;</div>";  // the photo is gone, which is no fault of the gallery
  }
}

const char* title_of(Finding finding) {
  switch (finding) {
    case Finding::kMislabelled:
      return "Photos that may show somebody else";
    case Finding::kTwoNames:
      return "One person under two names?";
    case Finding::kLookAlike:
      return "Look-alikes";
    case Finding::kNearDuplicate:
      return "Nearly the same photo";
    case Finding::kFewPhotos:
      return "Too few photos";
    case Finding::kOneLook:
      break;
  }
  return "Photos that are all alike";
}

}  // namespace

const char* to_string(Finding finding) {
  switch (finding) {
    case Finding::kMislabelled:
      return "mislabelled";
    case Finding::kTwoNames:
      return "two_names";
    case Finding::kLookAlike:
      return "look_alike";
    case Finding::kNearDuplicate:
      return "near_duplicate";
    case Finding::kFewPhotos:
      return "few_photos";
    case Finding::kOneLook:
      break;
  }
  return "one_look";
}

std::vector<CheckItem> check_people(const std::vector<Person>& people, const Calibration& calibration,
                                    const std::atomic<bool>& stop, const ReportProgress& progress) {
  std::vector<CheckItem> items;
  find_mislabelled(people, calibration, stop, progress, items);
  const std::vector<Centred> all = centre_all(people, calibration);
  find_pairs(all, calibration, stop, items);
  if (stop) return {};
  for (const Centred& person : all) find_in_person(person, items);
  std::ranges::stable_sort(items, [](const CheckItem& a, const CheckItem& b) {
    if (a.finding != b.finding) return a.finding < b.finding;
    return a.finding == Finding::kMislabelled ? a.similarity < b.similarity : a.similarity > b.similarity;
  });
  return items;
}

nlohmann::ordered_json to_json(const CheckItem& item) {
  return {{"finding", to_string(item.finding)},
          {"people", item.people},
          {"sources", item.sources},
          {"similarity", rounded_score(item.similarity)},
          {"advice", item.advice}};
}

std::string check_html(const std::vector<CheckItem>& items, const Stages& stages, const std::string& title,
                       const RunInfo& made_by) {
  std::string body;
  if (items.empty()) body = "<p>Nothing to complain about.</p>\n";
  const CheckItem* last = nullptr;
  for (const CheckItem& item : items) {
    if (last == nullptr || last->finding != item.finding)
      body += fmt::format("<h2>{}</h2>\n", title_of(item.finding));
    last = &item;
    body += "<p><b>" + html_text(fmt::format("{}", fmt::join(item.people, ", "))) + "</b>";
    if (item.similarity != 0) body += fmt::format(" {:.2f}", item.similarity);
    body += " <span class=\"note\">" + html_text(item.advice) + "</span></p>\n";
    if (item.sources.empty()) continue;
    body += "<div class=\"sheet\">\n";
    for (const std::string& source : item.sources)
      body += "<figure>" + face_of(source, stages) + "<figcaption>" + html_text(source) +
              "</figcaption></figure>\n";
    body += "</div>\n";
  }
  return html_page(title, body, made_by);
}

}  // namespace kith
