// Writes frozen TensorFlow graphs as facenet's freeze_graph.py leaves them, byte by byte (no use of Kith's
// own .proto).
#pragma once

#include <string>
#include <string_view>

#include "support/facenet.h"

namespace kith::test {

/// GraphDef bytes, node by node.
class GraphDefWriter {
 public:
  /// An attribute: its name and the AttrValue's bytes.
  using Attr = std::pair<std::string, std::string>;

  void node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs = {},
            const std::vector<Attr>& attrs = {});
  /// How a Const keeps its floats: raw bytes, a packed list, a list of single floats, or the first alone,
  /// which repeats.
  enum class Store { kContent, kPacked, kSingles, kFirst };
  void constant(const std::string& name, const Array& array, Store store = Store::kContent);
  void constant_ints(const std::string& name, const std::vector<std::int32_t>& values, bool scalar = false);
  /// Any Const: the value's TensorProto as bytes.
  void raw_constant(const std::string& name, std::string_view tensor);
  /// A variable that was frozen: Const and the Identity that reads it.
  void variable(const std::string& name, const Array& array, Store store = Store::kContent);

  std::string bytes;
};

/// Pieces of the wire format (protobuf's encoding guide), for attributes and damaged tensors.
std::string wire_varint(std::uint64_t value);
std::string wire_field(int number, std::string_view bytes);
std::string wire_field(int number, std::uint64_t value);
/// A TensorProto without values. @param dtype  1 float, 3 int32, 19 half.
std::string tensor_header(int dtype, const std::vector<std::int64_t>& shape);

struct FrozenStyle {
  bool phase_train = true;    // batch norm switched by the placeholder phase_train, as in the published files
  bool fused = true;          // FusedBatchNorm (2018), or spelled out as Rsqrt, Mul, Sub, Add (2017)
  bool folded_reads = false;  // constants named NAME/read, as graph transforms leave them
  bool float_lists = true;    // some constants as lists of floats, as TensorFlow may store them
};

std::string frozen_facenet(const Weights& weights, const FrozenStyle& style);

}  // namespace kith::test
