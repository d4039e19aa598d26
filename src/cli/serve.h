// What the verbs `kith serve` and `kith serve key` share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cli/cli.h"

namespace kith::cli {

/// Which gallery is served, and where everything else that belongs to the service is kept.
struct ServedPlace {
  std::string people = "people.kith";
  std::string data;  // empty: beside the gallery

  std::filesystem::path folder() const { return data.empty() ? people + ".service" : data; }
};

void add_place_options(CLI::App& verb, ServedPlace& place);

/// `kith serve key add|list|revoke`. @param chosen  set to what the one that was given does.
void add_serve_key(Verbs& verbs, CLI::App& serve, const std::shared_ptr<ServedPlace>& place,
                   const std::shared_ptr<Action>& chosen);

}  // namespace kith::cli
