// Ahead: a stage of the pipeline on a thread of its own, with a bounded queue to the next one, so that stages
// overlap while Pipeline::run still reads as a loop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace kith {

/// First in, first out between two threads; a full queue blocks the writer, an empty one the reader.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// @return false when the queue was closed; the item is then dropped.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  /// @return the next item; nullopt once the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  /// @return true when pop() would not block; false after `time`.
  bool wait_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return closed_ || !items_.empty(); });
  }

  /// No more pushes; what is queued can still be popped.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  /// Closes and forgets what is queued.
  void abandon() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    items_.clear();
    changed_.notify_all();
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool closed_ = false;
};

/// Runs a producer on its own thread, at most `depth` items ahead of the reader.
template <typename T>
class Ahead {
 public:
  /// @param produce  returns the next item, nullopt at the end; called on the thread only.
  Ahead(std::size_t depth, std::function<std::optional<T>()> produce)
      : queue_(depth), thread_([this, produce = std::move(produce)] { run(produce); }) {}
  /// Waits for the item in the making.
  ~Ahead() {
    queue_.abandon();
    thread_.join();
  }
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  /// @return true when next() would not block; false after `time`.
  bool wait_for(std::chrono::milliseconds time) { return queue_.wait_for(time); }

  /// @throws what the producer threw, after the items before it.
  std::optional<T> next() {
    std::optional<T> item = queue_.pop();
    if (!item && failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return item;
  }

 private:
  void run(const std::function<std::optional<T>()>& produce) {
    try {
      while (std::optional<T> item = produce()) {
        if (!queue_.push(std::move(*item))) break;
      }
    } catch (...) {
      failure_ = std::current_exception();  // read only after close(), which orders the two threads
    }
    queue_.close();
  }

  BoundedQueue<T> queue_;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace kith
