// Exact search compared with other libraries', in one run: how fast, how large, how right. docs/scale.md has the figures.
#include <faiss/IndexFlat.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/impl/IDSelector.h>
#include <fmt/format.h>
#include <hnswlib/hnswlib.h>
#include <malloc.h>
#include <omp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/vectors.h"
#include "people/vector_index.h"

namespace kith {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kShort = 16;  // hits that are compared once more in full precision
constexpr int kRounds = 5;

struct Options {
  std::size_t faces = 1'000'000, most_hnsw = 200'000, dimension = 512, queries = 256;
  int threads = 2;
  bool kith_only = false;
};

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double heap_bytes() {
  const struct mallinfo2 now = ::mallinfo2();
  return static_cast<double>(now.uordblks + now.hblkhd);
}

// Five pictures a person, as alike as those of one person are: a cosine of 0.6 to their own, 0 to others'.
class Faces {
 public:
  explicit Faces(std::size_t dimension) : dimension_(dimension), noise_(kNoise) {
    std::normal_distribution<float> normal;
    for (float& x : noise_) x = normal(random_);
  }
  std::vector<float> next() {
    if (made_++ % 5 == 0) centre_ = vector();
    return near(centre_);
  }
  std::vector<float> near(const std::vector<float>& other) {
    std::vector<float> face = vector();
    for (std::size_t i = 0; i < dimension_; ++i) face[i] = 0.77F * other[i] + 0.64F * face[i];
    scale_to_unit(face);
    return face;
  }
  std::vector<float> vector() {
    std::vector<float> v(dimension_);
    for (float& x : v) x = noise_[random_() % kNoise];
    scale_to_unit(v);
    return v;
  }

 private:
  static constexpr std::size_t kNoise = 1 << 16;
  std::size_t dimension_, made_ = 0;
  std::mt19937_64 random_{1};
  std::vector<float> noise_, centre_;
};

struct Contender {
  std::string name;
  std::size_t faces;
  std::function<void(std::int64_t, const float*)> add;
  // The best of each query.
  std::function<std::vector<std::int64_t>(const std::vector<Embedding>&)> search;
  std::function<void(std::int64_t)> remove;
  std::function<void()> forget;  // frees it
};

double median_ms(const std::function<void(std::size_t)>& run) {
  std::vector<double> times;
  for (std::size_t i = 0; i < kRounds; ++i) {
    const Clock::time_point begin = Clock::now();
    run(i);
    times.push_back(ms_since(begin));
  }
  std::ranges::sort(times);
  return times[kRounds / 2];
}

class Comparison {
 public:
  explicit Comparison(const Options& options) : options_(options), faces_(options.dimension * options.faces) {
    Faces made(options.dimension);
    for (std::size_t i = 0; i < options.faces; ++i) std::ranges::copy(made.next(), face(i));
    for (std::size_t q = 0; q < options.queries; ++q) {
      const float* one = face(q * 977 % options.faces);
      queries_.push_back(q % 2 == 0 ? made.near({one, one + options.dimension}) : made.vector());
    }
  }

  void run(const std::function<Contender()>& make) {
    const double before = heap_bytes();
    const Contender contender = make();
    Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < contender.faces; ++i) contender.add(static_cast<std::int64_t>(i), face(i));
    const double built_s = ms_since(begin) / 1000;
    const double bytes = (heap_bytes() - before) / static_cast<double>(contender.faces);
    const auto some = [&](std::size_t first, std::size_t count) {
      return std::vector<Embedding>(queries_.begin() + static_cast<std::ptrdiff_t>(first),
                                    queries_.begin() + static_cast<std::ptrdiff_t>(first + count));
    };
    const double single = median_ms([&](std::size_t i) { contender.search(some(i, 1)); });
    const double batch = median_ms([&](std::size_t i) { contender.search(some(8 * i, 8)); }) / 8;
    const std::vector<std::int64_t> found = contender.search(queries_);
    std::size_t right = 0;
    for (std::size_t q = 0; q < queries_.size(); ++q) right += found[q] == truth(contender.faces)[q] ? 1 : 0;
    begin = Clock::now();
    contender.remove(static_cast<std::int64_t>(contender.faces / 2));
    const double removed = ms_since(begin);
    contender.forget();
    fmt::print("| {} | {} | {:.1f} | {:.0f} | {:.2f} | {:.2f} | {:.4f} | {:.2f} |\n", contender.name,
               contender.faces, built_s, bytes, single, batch,
               static_cast<double>(right) / static_cast<double>(queries_.size()), removed);
    std::fflush(stdout);
  }

  // By floats, one query after the other.
  const std::vector<std::int64_t>& truth(std::size_t faces) {
    std::vector<std::int64_t>& best = truth_[faces];
    if (!best.empty()) return best;
    best.resize(queries_.size());
#pragma omp parallel for
    for (std::size_t q = 0; q < queries_.size(); ++q) {
      float most = -2;
      for (std::size_t i = 0; i < faces; ++i) {
        const float alike = dot({face(i), options_.dimension}, queries_[q]);
        if (alike <= most) continue;
        most = alike;
        best[q] = static_cast<std::int64_t>(i);
      }
    }
    return best;
  }
  float* face(std::size_t i) { return faces_.data() + i * options_.dimension; }

 private:
  Options options_;
  std::vector<float> faces_;
  std::vector<Embedding> queries_;
  std::map<std::size_t, std::vector<std::int64_t>> truth_;
};

Contender ours(const Options& options, const ByteDotsKind& kind, Comparison& comparison) {
  const auto index = std::make_shared<std::unique_ptr<VectorIndex>>(
      std::make_unique<VectorIndex>(options.dimension, kind.run));
  const std::size_t d = options.dimension;
  return {
      "Kith, " + kind.name,
      options.faces,
      [index, d](std::int64_t key, const float* face) {
        (*index)->add(key, {face, d});
      },
      [index, options, &comparison, d](const std::vector<Embedding>& queries) {
        const auto hits = (*index)->search(queries, kShort, options.threads);
        std::vector<std::int64_t> best;
        for (std::size_t q = 0; q < queries.size(); ++q) {
          best.push_back(std::ranges::max_element(hits[q], {}, [&](const VectorIndex::Hit& hit) {
                           return dot({comparison.face(static_cast<std::size_t>(hit.key)), d}, queries[q]);
                         })->key);
        }
        return best;
      },
      [index](std::int64_t key) { (*index)->remove(key); },
      [index] { index->reset(); }};
}

Contender faiss_index(const std::string& name, const Options& options, std::shared_ptr<faiss::Index> index) {
  const auto held = std::make_shared<std::shared_ptr<faiss::Index>>(std::move(index));
  const auto waiting = std::make_shared<std::vector<float>>();  // it takes many at once much faster
  const std::size_t all = options.faces * options.dimension, d = options.dimension;
  return {name,
          options.faces,
          [held, waiting, all, d, given = std::make_shared<std::size_t>(0)](std::int64_t, const float* face) {
            constexpr std::size_t kMany = 10'000;
            waiting->insert(waiting->end(), face, face + d);
            *given += d;
            if (waiting->size() < kMany * d && *given < all) return;
            if (!(*held)->is_trained)
              (*held)->train(static_cast<std::int64_t>(waiting->size() / d), waiting->data());
            (*held)->add(static_cast<std::int64_t>(waiting->size() / d), waiting->data());
            waiting->clear();
            if (*given == all) waiting->shrink_to_fit();
          },
          [held, d](const std::vector<Embedding>& queries) {
            std::vector<float> flat, distances(queries.size());
            for (const Embedding& query : queries) flat.insert(flat.end(), query.begin(), query.end());
            std::vector<std::int64_t> best(queries.size());
            (*held)->search(static_cast<std::int64_t>(queries.size()), flat.data(), 1, distances.data(),
                            best.data());
            return best;
          },
          [held](std::int64_t key) { (*held)->remove_ids(faiss::IDSelectorRange(key, key + 1)); },
          [held] { held->reset(); }};
}

Contender hnsw(const Options& options) {
  const std::size_t faces = std::min(options.faces, options.most_hnsw);
  const auto space = std::make_shared<hnswlib::InnerProductSpace>(options.dimension);
  const auto index = std::make_shared<std::unique_ptr<hnswlib::HierarchicalNSW<float>>>(
      std::make_unique<hnswlib::HierarchicalNSW<float>>(space.get(), faces, 16, 200));
  (*index)->setEf(64);
  return {"hnswlib, M 16, ef 64",
          faces,
          [index](std::int64_t key, const float* face) {
            (*index)->addPoint(face, static_cast<std::size_t>(key));
          },
          [index, space](const std::vector<Embedding>& queries) {
            std::vector<std::int64_t> best;
            for (const Embedding& query : queries)
              best.push_back(static_cast<std::int64_t>((*index)->searchKnn(query.data(), 1).top().second));
            return best;
          },
          [index](std::int64_t key) { (*index)->markDelete(static_cast<std::size_t>(key)); },
          [index] { index->reset(); }};
}

int run(const Options& options) {
  omp_set_num_threads(options.threads);
  Comparison comparison(options);
  fmt::print("{} numbers a vector, {} threads; times are medians of {}\n\n", options.dimension,
             options.threads, kRounds);
  fmt::print(
      "| index | faces | built in s | bytes a face | ms a query | ms a query of 8 | first is float's | "
      "ms to remove |\n|---|---|---|---|---|---|---|---|\n");
  for (const ByteDotsKind& kind : byte_dots()) {
    if (kind.name != "plain") comparison.run([&] { return ours(options, kind, comparison); });
  }
  if (options.kith_only) return 0;
  const auto d = static_cast<std::int64_t>(options.dimension);
  const faiss::MetricType inner = faiss::METRIC_INNER_PRODUCT;
  comparison.run(
      [&] { return faiss_index("faiss, flat", options, std::make_shared<faiss::IndexFlat>(d, inner)); });
  comparison.run([&] {
    using faiss::IndexScalarQuantizer, faiss::ScalarQuantizer;
    return faiss_index("faiss, SQ8", options,
                       std::make_shared<IndexScalarQuantizer>(d, ScalarQuantizer::QT_8bit, inner));
  });
  comparison.run([&] { return hnsw(options); });
  return 0;
}

}  // namespace
}  // namespace kith

int main(int argc, char** argv) {
  CLI::App app("Kith's exact search beside faiss and hnswlib");
  kith::Options options;
  app.add_option("--faces", options.faces)->capture_default_str();
  app.add_option("--hnsw-faces", options.most_hnsw, "For hnswlib, whose index takes long to build")
      ->capture_default_str();
  app.add_option("--dimension", options.dimension)->capture_default_str();
  app.add_option("--queries", options.queries)->capture_default_str()->check(CLI::Range(64, 100'000));
  app.add_option("--threads", options.threads)->capture_default_str();
  app.add_flag("--kith-only", options.kith_only);
  CLI11_PARSE(app, argc, argv);
  return kith::run(options);
}
