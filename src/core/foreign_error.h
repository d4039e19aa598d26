// What libraries throw, as Error: at the edge of the stage that calls them.
#pragma once

#include <kith/error.h>

#include <exception>
#include <filesystem>
#include <string>
#include <utility>

namespace kith {

/// In one line, without a library's file names. "not enough memory" for all that means it; what stands in the way of a
/// file begins with its path.
std::string describe(const std::exception& e);

/// Calls `work`; what it throws is an Error, which says `doing` where it was none ("detecting faces: not enough memory").
template <typename Work>
auto as_ours(const std::string& doing, Work&& work) -> decltype(work()) {
  try {
    return std::forward<Work>(work)();
  } catch (const Error&) {
    throw;
  } catch (const std::filesystem::filesystem_error& e) {
    throw Error(ErrorCode::kIo, describe(e));
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInternal, doing + ": " + describe(e));
  }
}

}  // namespace kith
