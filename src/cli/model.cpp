#include "cli/cli.h"

namespace kith::cli {

void add_model(Verbs& verbs) {
  verbs.add("model", "Install, import and inspect models", "  kith model list");
}

}  // namespace kith::cli
