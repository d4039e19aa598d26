// What a film says of itself (title, when and where it was taken, chapters), taken over into its copy.
#pragma once

#include "media/av.h"

namespace kith {

/// Before the copy's header is written. Left out is what was true of the other file only (its brands, its encoder).
/// @param first_picture_s  where the copy begins, by the film's clock.
void copy_tags(const AVFormatContext& film, double first_picture_s, AVFormatContext& copy);

/// A stream's language and title.
void copy_tags(const AVStream& stream, AVStream& copy);

}  // namespace kith
