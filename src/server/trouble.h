// Trouble: what went wrong with a request, before an API says it in its own words.
#pragma once

#include <kith/error.h>

#include <string>

namespace kith::server {

struct Trouble {
  unsigned status = 500;       // HTTP's
  std::string code;            // for programs: "no_such_person"
  std::string message;         // for people: what to do
  unsigned retry_after_s = 0;  // 0: not said
  std::string allow = {};      // 405: the methods that the path has
};

/// The one table from our errors to HTTP's. Of kIo and kInternal the message stays in the log: it names
/// files.
Trouble trouble_of(const Error& error);

}  // namespace kith::server
