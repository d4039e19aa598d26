#include <kith/embedder.h>
#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <opencv2/core.hpp>

#include "core/foreign_error.h"
#include "model/network.h"
#include "model/preprocess.h"

namespace kith {
namespace {

using NetworkPtr = std::shared_ptr<const model::Network>;

double length(std::span<const float> vector) {
  return std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
}

// What strangers' vectors are long in this network.
double usual_length(const model::Contract& contract) {
  const auto found = contract.calibrations.find(contract.identity);
  return found == contract.calibrations.end() ? 0 : found->second.norm;
}

// A vector that is no direction would only be noticed where it is compared.
double require_length(const std::string& name, const Embedding& vector) {
  const double norm = length(vector);
  if (norm > 0 && std::isfinite(norm)) return norm;
  throw Error(ErrorCode::kCorrupt,
              name + ": the network returns " +
                  (norm == 0 ? "zeros" : "values that are no numbers (NaN or infinite)") +
                  " for a face: its weights are missing or damaged; get the model again");
}

// What this network says of each chip.
void run_network(const model::Network& network, std::span<const Chip> chips, int max_batch,
                 const std::function<void(std::size_t chip, Embedding vector)>& take) {
  const auto dimension = static_cast<std::size_t>(network.contract().dimension);
  std::vector<float> input;
  for (std::size_t first = 0; first < chips.size(); first += static_cast<std::size_t>(max_batch)) {
    const std::size_t n = std::min(static_cast<std::size_t>(max_batch), chips.size() - first);
    const auto shape = model::to_tensor(chips.subspan(first, n), network.contract().input, input);
    const model::Tensor vectors = network.run(0, input.data(), shape).front();
    if (vectors.size != n * dimension) {
      throw Error(ErrorCode::kCorrupt, network.contract().name + ": contract: states dimension " +
                                           std::to_string(dimension) + ", the network returned " +
                                           std::to_string(vectors.size / n));
    }
    for (std::size_t i = 0; i < n; ++i) {
      const float* row = vectors.data + i * dimension;
      take(first + i, Embedding(row, row + dimension));
    }
  }
}

std::string joined(const std::vector<NetworkPtr>& networks, char glue, std::string model::Contract::*field) {
  std::string text;
  for (const NetworkPtr& network : networks)
    text += (text.empty() ? "" : std::string(1, glue)) + network->contract().*field;
  return text;
}

}  // namespace

struct Embedder::Impl {
  std::vector<NetworkPtr> networks;
  int max_batch = 4;
  bool flip = false;
  int dimension = 0;
  std::string identity, name;

  const ChipGeometry& geometry() const { return networks.front()->contract().chip; }

  void require_chips(std::span<const Chip> chips) const {
    for (std::size_t i = 0; i < chips.size(); ++i) {
      if (chips[i].type() == CV_8UC3 && chips[i].size() == geometry().size) continue;
      throw Error(ErrorCode::kInvalidArgument,
                  "chip " + std::to_string(i) + " is " + std::to_string(chips[i].cols) + "x" +
                      std::to_string(chips[i].rows) + " with " + std::to_string(chips[i].channels()) +
                      " channels; " + name + " needs " + describe(geometry()) + ", 8-bit BGR");
    }
  }

  // One network's unit vectors, concatenated: equal weight for each, norm sqrt(number of networks).
  std::vector<Embedding> forward(std::span<const Chip> chips, std::vector<float>& norms) const {
    std::vector<Embedding> vectors(chips.size());
    norms.assign(chips.size(), 0);
    for (Embedding& vector : vectors) vector.reserve(static_cast<std::size_t>(dimension));
    for (const NetworkPtr& network : networks) {
      const double usual = usual_length(network->contract());
      run_network(*network, chips, max_batch, [&](std::size_t i, Embedding vector) {
        const double norm = require_length(network->contract().name, vector);
        norms[i] += static_cast<float>(usual > 0 ? norm / usual : 1);
        normalise(vector);
        vectors[i].insert(vectors[i].end(), vector.begin(), vector.end());
      });
    }
    for (float& norm : norms) norm /= static_cast<float>(networks.size());
    return vectors;
  }

  // The sum of a face's and its mirror image's vectors halves the noise at an unchanged dimension and
  // identity (the other way, concatenation, doubles the dimension; davidsandberg/facenet src/lfw.py). Each
  // network's part is made a unit again.
  void add_mirrored(std::span<const Chip> chips, std::vector<Embedding>& vectors) const {
    std::vector<Chip> mirrored(chips.size());
    for (std::size_t i = 0; i < chips.size(); ++i) cv::flip(chips[i], mirrored[i], 1);
    std::vector<float> norms;
    const std::vector<Embedding> others = forward(mirrored, norms);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      std::size_t begin = 0;
      for (const NetworkPtr& network : networks) {
        const std::size_t end = begin + static_cast<std::size_t>(network->contract().dimension);
        Embedding part;
        for (std::size_t k = begin; k < end; ++k) part.push_back(vectors[i][k] + others[i][k]);
        normalise(part);
        std::copy(part.begin(), part.end(), vectors[i].begin() + static_cast<std::ptrdiff_t>(begin));
        begin = end;
      }
    }
  }
};

Embedder::Embedder(const EmbedderOptions& options, std::shared_ptr<Runtime> runtime)
    : impl_(std::make_unique<Impl>()) {
  if (options.models.empty()) throw Error(ErrorCode::kInvalidArgument, "embedder: no model given");
  if (options.max_batch < 1)
    throw Error(ErrorCode::kInvalidArgument, "embedder: max_batch must be at least 1");
  impl_->max_batch = options.max_batch;
  impl_->flip = options.flip;
  for (const auto& path : options.models) {
    impl_->networks.push_back(model::Network::load(path, model::Role::kEmbedder, runtime));
    const model::Contract& contract = impl_->networks.back()->contract();
    if (!(contract.chip == impl_->geometry())) {
      const model::Contract& first = impl_->networks.front()->contract();
      throw Error(ErrorCode::kInvalidArgument, "embedders " + first.name + " (" + describe(first.chip) +
                                                   ") and " + contract.name + " (" + describe(contract.chip) +
                                                   ") need different chips: they cannot be used together");
    }
    impl_->dimension += contract.dimension;
  }
  impl_->identity = joined(impl_->networks, '+', &model::Contract::identity);
  impl_->name = joined(impl_->networks, ',', &model::Contract::name);
}

Embedder::~Embedder() = default;
Embedder::Embedder(Embedder&&) noexcept = default;
Embedder& Embedder::operator=(Embedder&&) noexcept = default;

std::vector<Embedding> Embedder::embed(std::span<const Chip> chips) const {
  std::vector<float> norms;
  return embed(chips, norms);
}

std::vector<Embedding> Embedder::embed(std::span<const Chip> chips, std::vector<float>& norms) const {
  impl_->require_chips(chips);
  return as_ours("embedding faces", [&] {
    std::vector<Embedding> vectors = impl_->forward(chips, norms);
    if (impl_->flip) impl_->add_mirrored(chips, vectors);
    for (Embedding& vector : vectors) normalise(vector);
    return vectors;
  });
}

double Embedder::norm(std::span<const Chip> chips) const {
  impl_->require_chips(chips);
  if (impl_->networks.size() > 1 || chips.empty()) return 0;
  double sum = 0;
  run_network(*impl_->networks.front(), chips, impl_->max_batch,
              [&](std::size_t, const Embedding& vector) { sum += length(vector); });
  return sum / static_cast<double>(chips.size());
}

const ChipGeometry& Embedder::geometry() const { return impl_->geometry(); }
int Embedder::dimension() const { return impl_->dimension; }
const std::string& Embedder::identity() const { return impl_->identity; }
const std::string& Embedder::name() const { return impl_->name; }

const Calibration& Embedder::calibration() const {
  static const Calibration kNone;
  const auto& calibrations = impl_->networks.front()->contract().calibrations;
  const auto found = calibrations.find(impl_->identity);
  if (found == calibrations.end()) return kNone;
  const std::size_t centre = found->second.centre.size();
  if (centre != 0 && centre != static_cast<std::size_t>(impl_->dimension)) {
    throw Error(ErrorCode::kCorrupt, impl_->name + ": its calibration is for " + std::to_string(centre) +
                                         " values, not " + std::to_string(impl_->dimension) +
                                         ": calibrate it again");
  }
  return found->second;
}

}  // namespace kith
