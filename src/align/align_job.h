// align job: a folder tree of photos -> the same tree of chips, with a manifest, a journal and an audit.
#pragma once

#include <kith/run_info.h>
#include <kith/stages.h>

#include <atomic>
#include <filesystem>

#include "align/align_item.h"
#include "core/parallel.h"
#include "photos/chips_manifest.h"

namespace kith {

struct AlignOptions {
  std::filesystem::path input;   // a folder, searched recursively
  std::filesystem::path output;  // made if missing; must be new, empty, or made with the same manifest
  ChipsManifest manifest;        // the geometry, and what else the chips depend on
  int min_face_px = 0;           // smaller faces are not taken; 0 = see StageOptions
  bool multiple_faces = false;   // a chip of every face: <stem>_<i>.png, by descending score
  bool random_order = false;     // of the photos
  int workers = 1;               // photos at a time, each in memory
  RunInfo made_by;               // for the audit
};

/// The geometry that an embedder's contract (or several contracts that agree) asks for, without loading a
/// network.
/// @param embedder  as in StageOptions. @throws Error as resolve_model and read_model do; kInvalidArgument
/// when several
///                  embedders want different chips.
ChipGeometry chip_geometry_of(const std::string& embedder);

/// Aligns what an earlier run has not done yet; photos that could not be read are part of the report, not an
/// error. A photo of which all is the same as of another one is a duplicate and gets no chip. Writes
/// OUTPUT/audit.json and OUTPUT/audit.html at the end, also after an interruption.
/// @param stop  ends the run after the photos at work; the rest is kPending.
/// @throws Error kNotFound, kInvalidArgument (input, output, an output made with other options), kIo.
AlignReport align_folder(const Stages& stages, const AlignOptions& options, const std::atomic<bool>& stop,
                         const ReportProgress& progress);

}  // namespace kith
