#include "media/modules.h"

#include <dlfcn.h>
#include <kith/error.h>

namespace kith {
namespace {
namespace fs = std::filesystem;

// Where the program or library that this is part of lies, whatever link or search path led to it. A program's own name, as
// dladdr has it, is what it was called by: no path at all when the shell found it.
fs::path own_folder() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&picture_module), &self) == 0 || self.dli_fname == nullptr)
    return {};
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  const fs::path called = fs::canonical(self.dli_fname, failed);
  const bool is_library = !failed && called != program && fs::path(self.dli_fname).has_parent_path();
  return (is_library || program.empty() ? called : program).parent_path();
}

fs::path find(const std::string& file) {
  std::error_code ignored;
  const fs::path folder = own_folder();
  // Beside libkith; beside the program in a build, one above for its tests; where an installed program has them.
  for (const char* const where : {"kith", "lib/kith", "../lib/kith", "../" KITH_LIBDIR "/kith"}) {
    if (fs::path path = folder / where / file; fs::exists(path, ignored)) return path;
  }
  throw Error(ErrorCode::kUnsupported,
              "a part of Kith is missing: " + (folder / "kith" / file).string() + ": install Kith again");
}

// By its path: a name alone would be looked for where the caller's caller says, which sanitizers change.
const void* load(const std::string& name, const char* table) {
  const fs::path path = find("libkith-" + name + ".so");
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const found = handle == nullptr ? nullptr : dlsym(handle, table);
  if (found == nullptr) {
    const char* const why = dlerror();
    throw Error(ErrorCode::kUnsupported, path.string() +
                                             ": cannot be loaded: " + (why == nullptr ? "" : why) +
                                             ": install what is missing (tools/setup), or Kith again");
  }
  return found;
}

}  // namespace

const PictureModule& picture_module() {
  static const auto* const module =
      static_cast<const PictureModule*>(load("pictures", "kith_picture_module"));
  return *module;
}

const VideoModule& video_module() {
  static const auto* const module = static_cast<const VideoModule*>(load("video", "kith_video_module"));
  return *module;
}

std::unique_ptr<Sink> make_window_sink() { return picture_module().make_window_sink(); }

}  // namespace kith
