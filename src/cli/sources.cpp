#include "cli/sources.h"

#include "cli/cli.h"

namespace kith::cli {

void add_source_options(CLI::App& verb, SourceOptions& options) {
  options.stop = &interrupted;
  options.notice = [](const std::string& line) { complain(line); };
  verb.add_option("--reconnect", options.reconnect_s,
                  "How long a camera or stream that was lost is tried to be had back; 0 = not at all")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 999999.0))
      ->group("Cameras and addresses");
  verb.add_flag("--any-certificate", options.any_certificate,
                "https: take any certificate, as of a camera that has made its own")
      ->group("Cameras and addresses");
}

}  // namespace kith::cli
