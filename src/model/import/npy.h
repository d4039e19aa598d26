// npy: weights from numpy's object files, as davidsandberg/facenet ships MTCNN's (det1.npy, det2.npy,
// det3.npy). Such a file holds a Python pickle. Nothing in it is ever run: the reader knows the few opcodes
// that dictionaries of float arrays need, and refuses all others.
#pragma once

#include <string>

#include "model/import/array.h"

namespace kith::model {

/// @return "layer/name" -> array, from {layer: {name: array}}.
/// @throws Error kCorrupt (damaged, not an .npy), kUnsupported (an .npy that holds something else). @param
/// where  the file.
Weights read_npy_weights(const std::string& bytes, const std::string& where);

}  // namespace kith::model
