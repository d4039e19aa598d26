// A loop whose rounds run on several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace kith {

/// Calls action(0) ... action(count - 1), `workers` at a time, in about that order; no more are begun once
/// `stop` is true or one has thrown.
/// @throws what the first action that failed threw, after all have ended.
void for_each_in_parallel(std::size_t count, int workers, const std::atomic<bool>& stop,
                          const std::function<void(std::size_t)>& action);

}  // namespace kith
