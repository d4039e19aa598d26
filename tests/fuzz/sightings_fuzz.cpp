// A sightings file: SQLite that may come from anyone.
#include "fuzz.h"
#include "store/sightings.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::InputFile file(fuzz::to_string(data, size), ".sightings");
  fuzz::attempt([&] {
    Sightings sightings = Sightings::open(file.path());
    const auto dimension = static_cast<std::size_t>(sightings.binding().dimension);
    for (const Sighting& sighting : sightings.all())
      fuzz::require(sighting.embedding.size() == dimension, "every track has its vector");
    sightings.together();
    sightings.set_groups({{1, sightings.last_group() + 1}});
    sightings.erase("Somebody");
    return true;
  });
  return 0;
}
