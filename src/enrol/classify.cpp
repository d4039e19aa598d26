#include "enrol/classify.h"

#include <kith/error.h>

namespace kith {
namespace {

void name_face(const Identifier& identifier, const PhotoOutcome& outcome, ClassifiedPhoto& photo) {
  const Identification answer = identifier.identify(std::span(&outcome.sample.embedding, 1)).front();
  photo.name = answer.name;
  photo.confidence = answer.confidence;
  photo.similarity = answer.similarity;
}

void count(const ClassifiedPhoto& photo, Classification& result) {
  if (photo.status == PhotoStatus::kPending) return;
  if (photo.status == PhotoStatus::kUnreadable) {
    ++result.failed;
    return;
  }
  ++result.images;
  if (photo.correct) ++result.correct;
  if (photo.status != PhotoStatus::kUsed) return;
  ++result.faces;
  if (!photo.name) ++result.unknown;
}

}  // namespace

std::map<std::string, std::map<std::string, int>> Classification::confusion() const {
  std::map<std::string, std::map<std::string, int>> table;
  for (const ClassifiedPhoto& photo : photos) {
    if (photo.status == PhotoStatus::kUsed) ++table[photo.folder][photo.name.value_or("unknown")];
    if (photo.status == PhotoStatus::kNoFace) ++table[photo.folder]["no face"];
  }
  return table;
}

Classification classify(const Stages& stages, const Gallery& gallery, const ClassifyOptions& options,
                        const std::atomic<bool>& stop, const ReportProgress& progress) {
  IdentifierOptions identifying = identifier_options(stages.embedder(), gallery, options.far);
  identifying.classifier = options.classifier;
  const Identifier identifier(gallery.people(), identifying);
  const PersonPhotoList list = list_person_photos(options.inputs, stages.embedder());
  if (list.photos.empty() && list.unreadable.empty()) {
    throw Error(ErrorCode::kInvalidArgument, options.inputs.front() + ": no pictures in it");
  }
  const std::vector<PhotoOutcome> outcomes = embed_photos(stages, list.photos, stop, progress);

  Classification result;
  for (const auto& [path, why] : list.unreadable) {
    ClassifiedPhoto photo;
    photo.source = path.string();
    photo.status = PhotoStatus::kUnreadable;
    photo.error = why;
    result.photos.push_back(photo);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ClassifiedPhoto photo;
    photo.source = list.photos[i].path.string();
    photo.folder = list.photos[i].folder;
    photo.status = outcomes[i].status;
    photo.error = outcomes[i].error;
    if (photo.status == PhotoStatus::kUsed) name_face(identifier, outcomes[i], photo);
    const bool known = gallery.find(photo.folder) != nullptr;
    photo.correct = known ? photo.name == photo.folder : !photo.name;
    result.photos.push_back(std::move(photo));
  }
  for (const ClassifiedPhoto& photo : result.photos) count(photo, result);
  return result;
}

}  // namespace kith
