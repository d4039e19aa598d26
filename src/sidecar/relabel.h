// relabel: other names in what `kith recognize` wrote earlier, without decoding a video again: the --json
// sidecar, and the .csv and .srt of the same stem that lie beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kith {

/// What is to change.
struct Relabelling {
  struct Track {
    std::string source;  // a sidecar shows a track as it did when its file name and times are these
    double first_ms = 0, last_ms = 0;
    float similarity = 0;  // to the template of the new name
  };
  std::string name;                            // the new name, or the one that goes
  std::optional<std::map<int, Track>> tracks;  // by id: they get the name, confidence 1; nullopt: the name is
                                               // taken out everywhere, and who had it is unknown
};

/// What became of one file.
struct Relabelled {
  std::filesystem::path path;
  std::int64_t faces = 0, tracks = 0;  // that changed; a subtitle file counts cues as faces
  bool gone = false;                   // it is not there any more
  std::string error;                   // why it is as it was
};

/// Changes a sidecar and its companions, each whole or not at all; files that do not change are not touched,
/// mode and links stay. Never throws for a file: the report says what went wrong.
/// @param file     the sidecar; a name is taken out of a .csv or .srt by itself too.
/// @param dry_run  only counts, and writes nothing anywhere.
std::vector<Relabelled> relabel(const std::filesystem::path& file, const Relabelling& change,
                                bool dry_run = false);

/// The sidecar's text with the change. @param where  the file, for messages.
/// @throws Error kCorrupt when it is no sidecar, or does not show the tracks as it did.
std::string relabel_json(const std::string& text, const Relabelling& change, const std::string& where,
                         Relabelled& counts);
/// The same for --csv's rows.
std::string relabel_csv(const std::string& text, const Relabelling& change, const std::string& where,
                        Relabelled& counts);
/// Subtitles anew, from a sidecar's text before and after. @throws Error kCorrupt when `text` is not what the
/// former gives.
std::string relabel_srt(const std::string& text, const std::string& before, const std::string& after,
                        const std::string& where, Relabelled& counts);

}  // namespace kith
