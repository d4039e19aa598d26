#include <kith/identification.h>

namespace kith {

const char* to_string(IdentityState state) {
  switch (state) {
    case IdentityState::kNamed:
      return "named";
    case IdentityState::kUnclear:
      return "unclear";
    case IdentityState::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace kith
