// Notes: which files a verb makes or reads with a gallery that hold its people, so that `kith forget` finds them.
#pragma once

#include <CLI/CLI.hpp>

namespace kith::cli {

/// Notes the outputs of a verb that has a gallery, and the folders of chips among its inputs (store/places.h). What cannot
/// be noted is complained about; the verb goes on.
void note_places(CLI::App& verb);

}  // namespace kith::cli
