// Constants of src/face/quality.cpp, fitted: the cosine that a face has to its person's other photos (docs/accuracy.md,
// "Quality"). usage: kith evaluate quality --people-dir DIR --json FILE, then quality_fit FILE...
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.h"
#include "face/quality_features.h"
#include "logistic_fit.h"

int main(int argc, char** argv) {
  std::vector<std::vector<double>> rows;
  std::vector<double> targets;
  for (int i = 1; i < argc; ++i) {
    std::istringstream lines(kith::read_file(argv[i]));
    for (std::string line; std::getline(lines, line);) {
      const nlohmann::json json = nlohmann::json::parse(line);
      if (!json.contains("measures")) continue;
      const nlohmann::json& known = json["measures"];
      const auto features = kith::quality_features(known["size"], known["norm"], known["face_score"]);
      rows.emplace_back(features.begin(), features.end());
      targets.push_back(std::clamp<double>(json["similarity"], 0, 1));
    }
  }
  if (rows.empty()) return 2;
  const std::vector<double> w = kith::fit_logistic(rows, targets);
  double squares = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double odds = w[0];
    for (std::size_t k = 0; k < rows[i].size(); ++k) odds += w[k + 1] * rows[i][k];
    squares += std::pow(1 / (1 + std::exp(-odds)) - targets[i], 2);
  }
  fmt::print("{} faces: bias, size, norm, face: {:.4f}; rms error {:.4f}\n", rows.size(), fmt::join(w, ", "),
             std::sqrt(squares / static_cast<double>(rows.size())));
}
