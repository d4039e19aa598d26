// The query of a request's target, with the faults that real clients make (docs/service.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kith::server {

/// Percent-decoded; `plus` stands for a blank (as forms have it) or for itself. nullopt: a % without two
/// digits, or a zero byte.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

/// Names and values in the order sent, decoded.
class Query {
 public:
  Query() = default;
  /// Every further `?` is an `&`, empty pairs are ignored, what cannot be decoded stays as it is.
  /// @param text  behind the first `?`.
  explicit Query(std::string_view text);

  /// The first value of this name; nullopt: there is none.
  std::optional<std::string> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

/// "true", "True", "1", "on", "yes", and their counterparts; nullopt for another word.
std::optional<bool> to_bool(std::string_view word);
/// A number with "." and nothing else; nullopt also for what is not finite.
std::optional<double> to_number(std::string_view text);
std::optional<long> to_integer(std::string_view text);

}  // namespace kith::server
