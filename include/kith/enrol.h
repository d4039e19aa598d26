// sample_of: a photo -> what a gallery keeps of the person in it. With Gallery::add, all that enrolment is.
#pragma once

#include <kith/export.h>
#include <kith/person.h>
#include <kith/stages.h>

#include <filesystem>
#include <optional>

namespace kith {

/// The face that a photo is about (main_face), ready for Gallery::add. May be called from several threads at once.
/// @return nullopt: no face in it.
/// @throws Error as read_image and Stages::look do; the message names the file.
KITH_EXPORT std::optional<Sample> sample_of(const Stages& stages, const std::filesystem::path& photo);

}  // namespace kith
