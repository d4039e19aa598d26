// What became of each photo, in words: train and `people add` say it alike.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <span>
#include <string>

#include "cli/words.h"
#include "people/cross_validation.h"
#include "photos/person_photos.h"

namespace kith::cli {

/// One line for each photo that was not used: "no face: a.jpg".
void print_unused(std::ostream& out, std::span<const PersonPhoto> photos,
                  std::span<const PhotoOutcome> outcomes);
void print_suspects(std::ostream& out, std::span<const Suspect> suspects);

/// {"source","folder","status"} with "error" or "duplicate_of", and "looks_like" for a suspect.
nlohmann::ordered_json photo_json(const PersonPhoto& photo, const PhotoOutcome& outcome,
                                  std::span<const Suspect> suspects);

/// Complains about what could not be read, at the end "3 of 5000 failed".
/// @return how many.
std::int64_t complain_about_failures(std::span<const PhotoOutcome> outcomes,
                                     std::span<const std::pair<std::filesystem::path, std::string>> inputs);

}  // namespace kith::cli
