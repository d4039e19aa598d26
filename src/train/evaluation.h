// evaluation: what a network is worth on people it was not trained on.
#pragma once

#include <torch/types.h>

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "media/degradation.h"
#include "train/batches.h"
#include "train/graph_network.h"

namespace kith::train {

/// How bytes become numbers: y = (x - mean) * scale, channels in the network's order.
struct InputForm {
  bool rgb = true;
  double mean = 127.5, scale = 1 / 127.5;
};
nlohmann::json to_json(const InputForm& form);
InputForm parse_input_form(const std::string& json, const std::string& where);

/// Where and how networks run.
struct Machine {
  torch::Device device = torch::kCPU;
  bool bf16 = false;           // multiply in bfloat16 where libtorch does (autocast); weights stay 32 bits
  bool channels_last = false;  // the order in which convolutions lie in memory
};

/// Turns bfloat16 on for as long as it lives.
class Autocast {
 public:
  explicit Autocast(const Machine& machine);
  ~Autocast();
  Autocast(const Autocast&) = delete;

 private:
  bool on_, cuda_;
};

/// @param images  n x size x size x 3 bytes BGR, on any device. @return n x 3 x size x size floats on the machine.
torch::Tensor prepare(const torch::Tensor& images, const InputForm& form, const Machine& machine);

/// @return n x dimension on the CPU, not normalised; the network is left as it was (training or not).
torch::Tensor embed(GraphNetwork& network, const InputForm& form, const Machine& machine,
                    const std::vector<ChipItem>& chips, const Degradation& degradation = {}, int threads = 1);

/// Of the distances between rows.
struct Spread {
  double deviation =
      0;  // of the unit vectors' components, times sqrt(dimension): 1 when all directions are used alike, 0 collapsed
  double effective_rank = 0;  // exp of the entropy of the covariance's eigenvalues (Roy and Vetterli 2007)
};
Spread spread_of(const torch::Tensor& embeddings);

/// The share of pairs of one person above the cosine that a share `far` of the pairs of two people reaches.
/// @return NaN when there are too few pairs of two people (fewer than 1 / far) or none of one.
double tar_at_far(const torch::Tensor& embeddings, const std::vector<std::int64_t>& labels, double far);

struct Held {
  std::vector<ChipItem> chips;
  std::vector<std::int64_t> labels;
};

/// LFW's protocol on chips whose key ends in NAME/NAME_0001 (and any ending); the first `folds` folds of the pairs file.
/// @throws Error kNotFound naming a picture that no chip shows.
std::map<std::string, double> evaluate_chip_pairs(const torch::Tensor& embeddings,
                                                  const std::vector<ChipItem>& chips,
                                                  const std::string& pairs, int folds);

/// For a teacher and its student: median cosine of the student's vector for a chip shrunk to 32, 24, 16, 12 px (and not
/// at all: "clean") to the teacher's for the chip itself; "alike_N": mean cosine between vectors of different people.
std::map<std::string, double> evaluate_far(GraphNetwork& student, const torch::Tensor& teacher,
                                           const InputForm& form, const Machine& machine, const Held& held,
                                           int threads);

}  // namespace kith::train
