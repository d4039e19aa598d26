// sightings sink: tracks that have ended -> a sightings file (store/sightings.h).
#pragma once

#include <kith/gallery.h>
#include <kith/sink.h>

#include <filesystem>
#include <memory>
#include <string>

namespace kith {

/// A source that is recognised again takes the place of its earlier rows; a camera's rows stay. Rows are
/// written a few at a time: a process that dies loses the tracks of its last seconds.
/// @param binding  of the embedder that makes the tracks' vectors.
/// @param sidecar  what --json writes in the same run, or empty; naming a group relabels it.
/// @param people   the gallery of the run, which need not exist: forget finds the sightings of its people
/// (store/places.h).
/// @throws Error as Sightings::open_or_create does.
std::unique_ptr<Sink> make_sightings_sink(const std::filesystem::path& path, const Gallery::Binding& binding,
                                          const std::string& sidecar, const std::filesystem::path& people);

}  // namespace kith
