// What networks of each kind must return: checked when they are loaded, so that nothing is ever read beyond or beside
// what they gave.
#pragma once

#include <kith/error.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/network.h"

namespace kith::model {

/// Numbers that an embedder or a network of landmarks returns for one picture; 0 for detectors.
std::int64_t values_a_picture(const Contract& contract);

/// kCorrupt: names the output, what it returns and what was expected. @param expected  numbers for one picture.
Error wrong_output(const std::string& where, const std::string& output,
                   const std::vector<std::int64_t>& shape, const Contract& contract, std::int64_t expected);

/// Runs MTCNN's three networks once on a black picture: they are small, and read without asking further.
/// (Single-shot detectors check their grids in face/single_shot.h; embedders and landmarks each answer.)
/// @param where  the file, for messages. @throws Error kCorrupt.
void check_answers(const Network& network, const std::string& where);

/// @throws Error kCorrupt when one of the numbers is none (NaN, infinite).
void require_finite(const Tensor& tensor, const std::string& output, const std::string& where);

}  // namespace kith::model
