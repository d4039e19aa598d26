// parallel_for: a loop on OpenCV's threads. The thread sanitizer, which does not see how OpenCV's pool hands
// loops over and waits for them (TBB, not built with it), is told.
#pragma once

#include <opencv2/core/utility.hpp>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace kith {

template <typename Body>
class ParallelLoop : public cv::ParallelLoopBody {
 public:
  explicit ParallelLoop(const Body& body) : body_(body) { release(); }
  void operator()(const cv::Range& range) const override {
    acquire();
    for (int i = range.start; i < range.end; ++i) body_(i);
    release();
  }
  void acquire() const {
#ifdef __SANITIZE_THREAD__
    __tsan_acquire(const_cast<ParallelLoop*>(this));
#endif
  }
  void release() const {
#ifdef __SANITIZE_THREAD__
    __tsan_release(const_cast<ParallelLoop*>(this));
#endif
  }

 private:
  const Body& body_;
};

/// @param body  called with 0 to count - 1, each a piece of work for whichever thread is free; returns when
/// all are done.
///        What it throws is thrown here.
template <typename Body>
void parallel_for(int count, const Body& body) {
  const ParallelLoop<Body> loop(body);
  cv::parallel_for_({0, count}, loop, count);
  loop.acquire();
}

}  // namespace kith
