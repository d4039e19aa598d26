#include "model/import/npy.h"

#include <kith/error.h>

#include <bit>
#include <cstring>

#include "model/import/pickle.h"

namespace kith::model {
namespace {

static_assert(std::endian::native == std::endian::little, "weights are read as they lie in the file");

[[noreturn]] void damaged(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kCorrupt, where + ": damaged, or not a numpy file: " + what + ". Download it again");
}

// Format version 1.0: magic, two version bytes, a 16-bit header length, a Python dictionary as text
// (numpy.lib.format).
std::string_view pickle_of(const std::string& bytes, const std::string& where) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (bytes.size() < 10 || std::string_view(bytes).substr(0, kMagic.size()) != kMagic)
    damaged(where, "no numpy header");
  if (bytes[6] != 1)
    throw Error(ErrorCode::kUnsupported,
                where + ": numpy format " + std::to_string(bytes[6]) + ", Kith reads 1");
  const std::size_t length = static_cast<std::uint8_t>(bytes[8]) |
                             static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[9])) << 8U;
  if (bytes.size() < 10 + length) damaged(where, "its header is cut off");
  const std::string header = bytes.substr(10, length);
  if (header.find("'|O'") == std::string::npos || header.find("'shape': ()") == std::string::npos) {
    throw Error(ErrorCode::kUnsupported, where + ": holds no dictionary of weights");
  }
  return std::string_view(bytes).substr(10 + length);
}

FloatArray to_floats(const PickleValue& array, const std::string& name, const std::string& where) {
  if (array.dtype != "f4")
    throw Error(ErrorCode::kUnsupported, where + ": \"" + name + "\" is not of type float32");
  FloatArray out{array.shape, {}};
  const std::size_t count = element_count(array.shape, where);
  if (array.text.size() != count * sizeof(float))
    damaged(where, "\"" + name + "\" has not as many values as its shape says");
  out.values.resize(count);
  if (count > 0) std::memcpy(out.values.data(), array.text.data(), array.text.size());
  if (!array.column_major) return out;
  std::vector<std::size_t> order;
  for (std::size_t axis = out.shape.size(); axis-- > 0;) order.push_back(axis);
  out.shape.assign(array.shape.rbegin(), array.shape.rend());
  return permute(out, order);
}

}  // namespace

Weights read_npy_weights(const std::string& bytes, const std::string& where) {
  Pickle pickle(pickle_of(bytes, where), where);
  const PickleValue* root = &pickle.root();
  if (root->kind == PickleValue::Kind::kArray && root->items.size() == 1) root = root->items.front();
  if (root->kind != PickleValue::Kind::kDict)
    throw Error(ErrorCode::kUnsupported, where + ": holds no dictionary of weights");
  Weights weights;
  std::size_t total = 0;
  for (const auto& [layer, parts] : root->entries) {
    if (parts->kind != PickleValue::Kind::kDict) damaged(where, "layer \"" + layer + "\" is no dictionary");
    for (const auto& [name, array] : parts->entries) {
      const std::string key = layer + "/" + name;
      if (array->kind != PickleValue::Kind::kArray) damaged(where, "\"" + key + "\" is no array");
      total += array->text.size() + key.size();  // a pickle may name one array, or one layer, many times
      if (total > bytes.size()) damaged(where, "it holds more weights than bytes");
      weights[key] = to_floats(*array, key, where);
    }
  }
  return weights;
}

}  // namespace kith::model
