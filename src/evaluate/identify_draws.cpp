#include "evaluate/identify_draws.h"

#include <fmt/format.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>

#include "people/template.h"
#include "photos/person_photos.h"

namespace kith {
namespace {

std::vector<std::string> names_with_photos(const DrawPictures& pictures, const DrawOptions& options) {
  std::vector<std::string> names;
  for (const auto& [name, samples] : pictures.people) {
    if (samples.size() >= options.enrol) names.push_back(name);
  }
  if (names.size() >= options.gallery && options.gallery > 0) return names;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: {} people have {} photos with a face or more, a gallery of {} was asked for",
                          options.people.string(), names.size(), options.enrol, options.gallery));
}

Person enrolled(const std::string& name, std::int64_t id, std::vector<Sample> samples) {
  Person person;
  person.name = name;
  person.id = id;
  for (Sample& sample : samples)
    sample.id = 1 + static_cast<std::int64_t>(&sample - samples.data()) + 1000 * id;
  person.samples = std::move(samples);
  person.centre = template_of(person.samples);
  return person;
}

}  // namespace

DrawPictures embed_draw_pictures(const Stages& stages, const DrawOptions& options,
                                 const std::atomic<bool>& stop, const ReportProgress& progress) {
  PersonPhotoList list = list_person_photos(std::vector{options.people.string()}, stages.embedder());
  std::erase_if(list.photos, [](const PersonPhoto& photo) { return photo.loose; });
  DrawPictures pictures;
  pictures.photos = list.photos.size();
  for (const auto& path : list_photos(options.strangers).pictures)
    list.photos.push_back({path, "", false, false});
  const std::vector<PhotoOutcome> outcomes = embed_photos(stages, list.photos, stop, progress);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const PersonPhoto& photo = list.photos[i];
    const bool used = outcomes[i].status == PhotoStatus::kUsed;
    if (!used) {
      pictures.failed.emplace_back(
          photo.path.string(), outcomes[i].status == PhotoStatus::kNoFace ? "no face" : outcomes[i].error);
    }
    if (i >= pictures.photos) {
      pictures.strangers.push_back(
          {pictures.strangers.size(), "", photo.path.filename().string(), outcomes[i].sample.embedding});
    } else if (used) {
      pictures.people[photo.folder].push_back(outcomes[i].sample);
    } else {
      ++pictures.faceless[photo.folder];
    }
  }
  return pictures;
}

DrawnGallery draw_gallery(const DrawPictures& pictures, const DrawOptions& options, unsigned index) {
  std::mt19937 random(options.seed + index);
  std::vector<std::string> names = names_with_photos(pictures, options);
  std::ranges::shuffle(names, random);
  names.resize(options.gallery);
  DrawnGallery result;
  for (const std::string& name : names) {
    const auto known = pictures.people.find(name);
    const auto subject = static_cast<std::size_t>(std::distance(pictures.people.begin(), known));
    std::vector<Sample> samples = known->second;
    std::ranges::shuffle(samples, random);
    for (std::size_t i = options.enrol; i < samples.size(); ++i)
      result.probes.push_back({subject, name, name, samples[i].embedding});
    const auto faceless = pictures.faceless.find(name);
    for (std::size_t i = 0; faceless != pictures.faceless.end() && i < faceless->second; ++i)
      result.probes.push_back({subject, name, name, {}});
    samples.resize(options.enrol);
    result.people.push_back(enrolled(name, std::ssize(result.people) + 1, std::move(samples)));
  }
  result.probes.insert(result.probes.end(), pictures.strangers.begin(), pictures.strangers.end());
  return result;
}

}  // namespace kith
