#include "desk/work_queue.h"

namespace kith {

WorkQueue::WorkQueue(int workers, std::size_t most_waiting) : most_waiting_(most_waiting) {
  for (int i = 0; i < workers; ++i)
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

WorkQueue::~WorkQueue() {
  for (std::jthread& worker : workers_) worker.request_stop();
}

bool WorkQueue::push(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= most_waiting_) return false;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

std::size_t WorkQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

void WorkQueue::work(const std::stop_token& stop) {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [&] { return !tasks_.empty(); });
      if (stop.stop_requested()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      ++running_;
    }
    task();
    --running_;
  }
}

}  // namespace kith
