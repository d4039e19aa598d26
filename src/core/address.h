// Addresses of cameras, streams and films on servers, and how they may be shown.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace kith {

/// "rtsp://...", also schemes that we have not heard of. A path is none, whatever colons it has.
bool is_address(const std::string& text);

/// "http://..." of "HTTP://...", as libraries want it.
std::string with_lower_scheme(std::string address);

/// An address as it may be shown, written and kept: without user and password, and with *** for the value of each
/// parameter whose name sounds like a secret's (password, token, key, ...), in the query as in the path. What is no address
/// comes back as it is. Twice is the same as once.
std::string shown_address(const std::string& input);

/// "film.mp4" of a path or of "http://host/films/film.mp4?from=5"; empty where there is none.
std::string file_name_of(const std::string& input);

/// The path that a file: address means ("file:///home/me/my%20film.mp4"), with its escapes undone unless the file is there
/// as it stands; nullopt for everything else.
std::optional<std::filesystem::path> path_of_file_address(const std::string& text);

}  // namespace kith
