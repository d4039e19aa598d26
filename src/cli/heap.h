// The program's memory in large pages.
#pragma once

namespace kith::cli {

/// To be called first in main(). Reserves a heap in 2 MB pages where the system has them; elsewhere it does nothing.
void use_large_pages();

}  // namespace kith::cli
