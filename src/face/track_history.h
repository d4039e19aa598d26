// How a track's evidence adds up.
#pragma once

#include <kith/tracker.h>

namespace kith {

/// Adds a look; forgets the one of least weight when there are too many.
void add_look(TrackHistory& history, TrackHistory::Look look, const Chip& chip);

}  // namespace kith
