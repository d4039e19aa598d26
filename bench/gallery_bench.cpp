// A gallery of many people, five photos each, random vectors of 512 numbers: what opening and changing it costs.
#include <benchmark/benchmark.h>
#include <kith/gallery.h>
#include <unistd.h>

#include <random>

#include "core/vectors.h"
#include "people/cross_validation.h"

namespace {
namespace fs = std::filesystem;
using namespace kith;

constexpr int kDimension = 512;
constexpr int kPhotos = 5;

Sample random_sample(std::mt19937& random, const std::string& source) {
  std::normal_distribution<float> normal;
  Sample sample;
  sample.source = sample.checksum = source;
  sample.embedding.resize(kDimension);
  for (float& x : sample.embedding) x = normal(random);
  scale_to_unit(sample.embedding);
  return sample;
}

/// A file with so many people, kept until the program ends.
fs::path gallery_of(std::int64_t people) {
  static const fs::path folder =
      fs::temp_directory_path() / ("kith-gallery-bench-" + std::to_string(::getpid()));
  static const struct Cleaner {
    ~Cleaner() { fs::remove_all(folder); }
  } cleaner;
  const fs::path path = folder / (std::to_string(people) + ".kith");
  if (fs::exists(path)) return path;
  std::mt19937 random(1);
  std::vector<Person> all(static_cast<std::size_t>(people));
  for (std::size_t p = 0; p < all.size(); ++p) {
    all[p].name = "person " + std::to_string(p);
    for (int i = 0; i < kPhotos; ++i)
      all[p].samples.push_back(random_sample(random, all[p].name + "/" + std::to_string(i) + ".jpg"));
  }
  Gallery::open_or_create(path, {"bench", "bench", kDimension}).add_all(all);
  return path;
}

void open(benchmark::State& state) {
  const fs::path path = gallery_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Gallery::open(path).people().size());
}

// `kith people add`: one photo, compared once with everybody.
void add_a_photo(benchmark::State& state) {
  Gallery gallery = Gallery::open(gallery_of(state.range(0)));
  std::mt19937 random(2);
  int i = 0;
  for (auto _ : state) {
    const std::string source = "new " + std::to_string(::getpid()) + " " + std::to_string(i++);
    const Sample sample = random_sample(random, source);
    gallery.add("person 7", std::span(&sample, 1));
    benchmark::DoNotOptimize(
        find_suspects(gallery.people(), [&](const Person&, const Sample& s) { return s.source == source; }));
  }
}

void remove_and_undo(benchmark::State& state) {
  Gallery gallery = Gallery::open(gallery_of(state.range(0)));
  for (auto _ : state) {
    gallery.remove("person 3");
    gallery.undo();
  }
}

// What a camera asks before each frame.
void version(benchmark::State& state) {
  Gallery gallery = Gallery::open(gallery_of(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(gallery.version());
}

BENCHMARK(open)->Arg(100)->Arg(20000)->Unit(benchmark::kMillisecond);
BENCHMARK(add_a_photo)->Arg(100)->Arg(20000)->Unit(benchmark::kMillisecond);
BENCHMARK(remove_and_undo)->Arg(100)->Arg(20000)->Unit(benchmark::kMillisecond);
BENCHMARK(version)->Arg(100)->Arg(20000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
