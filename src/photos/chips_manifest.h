// ChipsManifest: CHIPS/kith-chips.json states how a folder's chips were cut, so that nobody embeds them
// wrongly.
#pragma once

#include <kith/aligner.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/manifest_path.h"

namespace kith {

struct ChipsManifest {
  ChipGeometry geometry;
  std::optional<std::string> embedder;  // whose contract gave the geometry; nullopt: asked for by the user
  std::string detector;                 // which boxes and landmarks
  std::map<std::string, std::string> options;  // what else changes a chip: "landmarks", "min_face", ...

  bool operator==(const ChipsManifest&) const = default;
};

/// @return nullopt when the folder has no manifest: photos, not chips.
/// @throws Error kCorrupt, kUnsupported (a newer format), kIo, naming the file.
std::optional<ChipsManifest> load_manifest(const std::filesystem::path& chips);

/// The folder of chips that a file or folder is, or lies in: it, or the one or two above it. @return nullopt: photos.
std::optional<std::filesystem::path> chips_root(const std::filesystem::path& input);

/// @throws Error kIo.
void store_manifest(const std::filesystem::path& chips, const ChipsManifest& manifest);

/// @param embedder  the name of the embedder that wants `wanted`, for the message.
/// @throws Error kInvalidArgument when the chips have another geometry; says both.
void require_geometry(const std::filesystem::path& chips, const ChipsManifest& manifest,
                      const ChipGeometry& wanted, const std::string& embedder);

}  // namespace kith
