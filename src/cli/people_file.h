// people.kith as verbs open it: what goes wrong says which command helps.
#pragma once

#include <kith/gallery.h>
#include <kith/stages.h>

#include <optional>
#include <string>

namespace kith::cli {

/// Gallery::open.
Gallery open_people(const std::string& people);
/// The same, or a gallery that its first change makes; bound to the stages' embedder.
Gallery open_or_create_people(const std::string& people, const Stages& stages);
/// The name of the embedder that a gallery was made with; nullopt where there is no gallery that can be read, or no such
/// model is installed.
std::optional<std::string> embedder_of(const std::string& people);
/// Gallery::require for the stages' embedder.
void require_embedder(const Gallery& gallery, const std::string& people, const Stages& stages);

/// A photo as people want to read it: relative where it lies below the current folder.
std::string shown_path(const std::string& source);

/// A word as a shell takes it.
std::string quoted(const std::string& word);

}  // namespace kith::cli
