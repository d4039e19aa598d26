// Network: a loaded model file; tensors in, tensors out. The only user of ONNX Runtime (with runtime.cpp).
#pragma once

#include <kith/runtime.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "model/contract.h"
#include "model/model_file.h"

namespace kith::model {

/// Floats that a network returned, row-major; keeps the runtime's buffer alive.
struct Tensor {
  std::vector<std::int64_t> shape;
  const float* data = nullptr;
  std::size_t size = 0;          // product of shape
  std::shared_ptr<void> buffer;  // owns data
};

/// @throws Error kInvalidArgument when the contract is for another role. @param where  the file, for the
/// message.
void require_role(const Contract& contract, Role role, const std::string& where);

/// Which threads compute a run().
enum class Threads {
  kShared,  // the runtime's pool works on each run: for callers that run one large thing at a time
  kCaller,  // the calling thread alone: for callers that run many small things on threads of their own
};

/// Thread-safe: run() may be called from several threads at once; all share the runtime's thread pool.
class Network {
 public:
  /// Loads and checks every graph against the contract.
  /// @param role  what the caller needs.
  /// @throws Error kNotFound; kCorrupt (damaged, no contract, a contract that does not fit the network);
  /// kInvalidArgument
  ///         (a model of another role).
  static std::shared_ptr<const Network> load(const std::filesystem::path& path, Role role,
                                             std::shared_ptr<Runtime> runtime);
  /// The same for a model in memory, of any role. @param where  for messages.
  static std::shared_ptr<const Network> load(const ModelFile& file, const std::string& where,
                                             std::shared_ptr<Runtime> runtime,
                                             Threads threads = Threads::kShared);

  virtual ~Network() = default;
  virtual const Contract& contract() const = 0;
  /// @return the graph's index in contract().graphs. @throws Error kCorrupt when the contract has no such
  /// graph.
  std::size_t graph(const std::string& name) const;
  /// @param graph  index in contract().graphs.
  /// @param data   row-major, the graph's input shape with any batch size >= 1; read during the call only.
  /// @return the graph's outputs, in the contract's order.
  /// @throws Error kInternal when the runtime fails (the message is its own).
  virtual std::vector<Tensor> run(std::size_t graph, const float* data,
                                  const std::vector<std::int64_t>& shape) const = 0;
};

}  // namespace kith::model
