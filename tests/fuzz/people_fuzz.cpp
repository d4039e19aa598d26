// people.kith: a SQLite file that may come from anyone.
#include <kith/error.h>
#include <kith/gallery.h>

#include "fuzz.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::InputFile file(fuzz::to_string(data, size), ".kith");
  fuzz::attempt([&] {
    Gallery gallery = Gallery::open(file.path());
    const auto dimension = static_cast<std::size_t>(gallery.binding().dimension);
    for (const Person& person : gallery.people()) {
      fuzz::require(!person.samples.empty() && person.centre.size() == dimension, "everyone has a template");
    }
    if (!gallery.people().empty()) gallery.rename(std::string(gallery.people().front().name), "Somebody");
    try {
      gallery.undo();  // a damaged file may hold anything to be brought back
    } catch (const Error&) {
    }
    return true;
  });
  return 0;
}
