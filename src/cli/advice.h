// Advice: the command that puts an error right. The library says what is wrong and knows no commands.
#pragma once

#include <string>

namespace kith::cli {

/// The message, with the command that helps where there is one: "model "mtcnn" is not installed: kith model install mtcnn".
std::string with_advice(const std::string& message);

}  // namespace kith::cli
