// WorkQueue: tasks in the order in which they came, a few at a time, and no more than can be waited for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kith {

/// Thread-safe.
class WorkQueue {
 public:
  /// @param workers  tasks at a time, >= 1. @param most_waiting  tasks beside them.
  WorkQueue(int workers, std::size_t most_waiting);
  /// Ends what is under way; what waits is dropped.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /// @param task  must not throw. @return false: too many wait already, and this one was not taken.
  bool push(std::function<void()> task);
  std::size_t waiting() const;
  std::size_t running() const { return running_; }

 private:
  void work(const std::stop_token& stop);

  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> tasks_;
  std::atomic<std::size_t> running_ = 0;
  std::vector<std::jthread> workers_;  // the last: end before the rest goes
};

}  // namespace kith
