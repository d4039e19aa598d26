// How verbs read cameras, streams and films on servers.
#pragma once

#include <kith/frame.h>

#include <CLI/CLI.hpp>

namespace kith::cli {

/// --reconnect and --any-certificate. Also sets what all such verbs do alike: they stop when they are interrupted, and say
/// on stderr when a camera is lost and when it is back.
void add_source_options(CLI::App& verb, SourceOptions& options);

}  // namespace kith::cli
