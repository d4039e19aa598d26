#include "cli/heap.h"

#include <cstdint>
#include <cstdlib>  // defines __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace kith::cli {

// A model is read, checked and rewritten once, each time into fresh memory, and a fresh page of 4 KB costs
// more than filling it: loading the networks takes a third of the time in pages of 2 MB
// (docs/performance.md).
void use_large_pages() {
#if defined(__GLIBC__)
  constexpr int kHeap = 96 << 20;  // bytes; what recognising a photo needs. Only what is used takes memory.
  constexpr int kOwnBlock =
      32 << 20;  // the largest block that comes from the heap: the most that glibc allows
  constexpr std::uintptr_t kPage = 2U << 20U;
  mallopt(M_MMAP_THRESHOLD, kOwnBlock);
  mallopt(M_TRIM_THRESHOLD, 2 * kHeap);
  // Blocks that one stage's thread allocates and another's frees tear holes into an arena for each thread: 3.5 KB a
  // frame of 1080p. With two arenas memory stays flat (docs/performance.md).
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_TOP_PAD, kHeap);
  void* const block = std::malloc(kPage);  // grows the heap by kHeap
  const auto begin = (reinterpret_cast<std::uintptr_t>(block) + kPage - 1) / kPage * kPage;
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0));
  if (block != nullptr && begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  std::free(block);
#endif
}

}  // namespace kith::cli
