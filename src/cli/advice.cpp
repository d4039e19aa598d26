#include "cli/advice.h"

#include <array>
#include <string_view>

namespace kith::cli {
namespace {

// What a message says, and what to add; * stands for the name between `before` and `says`.
struct Rule {
  std::string_view before, says, advice;
};
constexpr std::array kRules{
    Rule{"model \"", "\" is not installed", ": kith model install *"},
    Rule{"model \"", "\" is not known", ". A file of your own: kith model import FILE"},
    Rule{"", ": has no contract, so its preprocessing is unknown",
         ": kith model import * --contract FILE.json"},
    Rule{"", ": is not a network that Kith recognises", ": kith model import * --contract FILE.json"},
    Rule{"embedder ", " has no thresholds", ": kith model calibrate * --strangers DIR"},
    Rule{"", ": its calibration is for", ": kith model calibrate * --strangers DIR"},
    Rule{"", ": these chips are", " (kith align PHOTOS CHIPS --embedder NAME, or --image-size and --margin)"},
    Rule{"", ": no such file of sightings",
         ": kith recognize VIDEO --sightings *, or kith cluster PHOTOS --sightings *"},
    Rule{"", ": has no group", ": kith cluster *"},
};

}  // namespace

std::string with_advice(const std::string& message) {
  for (const Rule& rule : kRules) {
    const std::size_t says = message.find(rule.says);
    if (says == std::string::npos) continue;
    const std::size_t before = rule.before.empty() ? 0 : message.rfind(rule.before, says);
    if (before == std::string::npos || before + rule.before.size() > says) continue;
    const std::string name = message.substr(before + rule.before.size(), says - before - rule.before.size());
    std::string text = message;
    for (const char c : rule.advice) text += c == '*' ? name : std::string(1, c);
    return text;
  }
  return message;
}

}  // namespace kith::cli
