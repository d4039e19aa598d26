// fit_logistic: the curve 1 / (1 + exp(-(w0 + w1 x1 + ...))) with the least cross-entropy, by Newton's method.
#pragma once

#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

namespace kith {

/// @param rows     x1, x2, ... of each case, all of one length; not empty.
/// @param targets  of each case, [0, 1].
/// @return w0, w1, ...
inline std::vector<double> fit_logistic(const std::vector<std::vector<double>>& rows,
                                        const std::vector<double>& targets) {
  constexpr double kRidge = 1;  // on all but the bias: a thousand cases hardly feel it
  constexpr int kRounds = 60;
  const int n = static_cast<int>(rows.front().size()) + 1;
  cv::Mat_<double> w(n, 1, 0.0);
  for (int round = 0; round < kRounds; ++round) {
    cv::Mat_<double> gradient = kRidge * w, hessian = kRidge * cv::Mat_<double>::eye(n, n);
    gradient(0) = hessian(0, 0) = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      cv::Mat_<double> x(n, 1, 1.0);
      for (int k = 1; k < n; ++k) x(k) = rows[i][static_cast<std::size_t>(k) - 1];
      const double p = 1 / (1 + std::exp(-w.dot(x)));
      gradient += (p - targets[i]) * x;
      hessian += p * (1 - p) * x * x.t();
    }
    cv::Mat_<double> step;
    cv::solve(hessian, gradient, step, cv::DECOMP_CHOLESKY);
    w -= step;
  }
  return {w.begin(), w.end()};
}

}  // namespace kith
