#include "server/trouble.h"

namespace kith::server {

Trouble trouble_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return {400, "invalid", error.what()};
    case ErrorCode::kNotFound:
      return {404, "not_found", error.what()};
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnsupported:
      return {422, "unreadable_picture", error.what()};
    case ErrorCode::kIo:
      return {503, "storage", "the gallery cannot be read or written now; nothing was changed", 5};
    case ErrorCode::kInternal:
      break;
  }
  return {500, "internal", "something went wrong here; the log says more"};
}

}  // namespace kith::server
