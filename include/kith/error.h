// Error: the one exception type of Kith.
#pragma once

#include <kith/export.h>

#include <stdexcept>
#include <string>

namespace kith {

enum class ErrorCode {
  kInvalidArgument,  // a value that the caller chose cannot work; the message names the option
  kNotFound,         // no such file, model, person
  kCorrupt,          // the file is there, but is not what it should be
  kIo,               // reading or writing failed (permissions, full disk, lost camera)
  kUnsupported,      // well formed, but not something Kith handles
  kTooLarge,         // a picture of more pixels than are wanted or than memory holds
  kInternal,         // our own bug, or a library that failed for no reason we know
};

/// What went wrong and, in the message, with which file, option or index, and what to do about it.
class KITH_EXPORT Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace kith
