#include "core/parallel.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace kith {

void for_each_in_parallel(std::size_t count, int workers, const std::atomic<bool>& stop,
                          const std::function<void(std::size_t)>& action) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::exception_ptr failure;
  std::mutex mutex;
  const auto work = [&] {
    while (!stop && !failed) {
      const std::size_t i = next++;
      if (i >= count) return;
      try {
        action(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failure) failure = std::current_exception();
        failed = true;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t most = std::min(count, static_cast<std::size_t>(std::max(workers, 1)));
    for (std::size_t i = 1; i < most; ++i) threads.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace kith
