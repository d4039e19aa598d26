// A loop whose rounds run on several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace kith {

/// Calls action(0) ... action(count - 1), `workers` at a time, in about that order; no more are begun once
/// `stop` is true or one has thrown.
/// @throws what the first action that failed threw, after all have ended.
void for_each_in_parallel(std::size_t count, int workers, const std::atomic<bool>& stop,
                          const std::function<void(std::size_t)>& action);

/// How far a long job is. Called by whichever thread is done with a piece, by several at once.
using ReportProgress = std::function<void(std::int64_t done, std::int64_t total)>;

}  // namespace kith
