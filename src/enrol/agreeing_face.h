// Which face of a photo is the person's: the main one, unless it is unlike the person's other photos and another is like them.
#pragma once

#include <kith/person.h>
#include <kith/stages.h>

#include <span>

#include "photos/person_photos.h"

namespace kith {

/// Looks again at those photos of one person whose main face (main_face) is unlike the others: a neck taken for a face, a
/// friend in front. A face in it that is like them takes its place, and PhotoOutcome::other_face says so. Chips stay.
/// @param person    the places in `photos` and `outcomes` of one person's; those that are `used` are looked at.
/// @param enrolled  further photos of the person. With fewer than four in all nobody can tell.
void take_agreeing_faces(const Stages& stages, std::span<const PersonPhoto> photos,
                         std::span<PhotoOutcome> outcomes, std::span<const std::size_t> person,
                         std::span<const Sample> enrolled);

}  // namespace kith
