#include "model/import/tflite_file.h"

#include <kith/error.h>
#include <tflite_generated.h>

#include <algorithm>
#include <cstring>

namespace kith::model {
namespace {

constexpr int kFloat32 = 0;  // TensorType of the schema
constexpr int kInt32 = 2;
constexpr int kSame = 0;  // Padding of the schema

[[noreturn]] void damaged(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kCorrupt,
              where + ": damaged, or not a TensorFlow Lite model: " + what + ". Download it again");
}

template <typename T>
void read_window(TfliteOperator& op, const T& options) {
  op.same_padding = options.padding() == kSame;
  op.stride_w = options.stride_w();
  op.stride_h = options.stride_h();
  op.activation = options.activation();
}

template <typename T>
void read_convolution(TfliteOperator& op, const T& options) {
  read_window(op, options);
  op.dilation_w = options.dilation_w();
  op.dilation_h = options.dilation_h();
}

void read_options(TfliteOperator& op, const tfl::Operator& source) {
  if (const auto* conv = source.options_as_Conv2DOptions()) read_convolution(op, *conv);
  if (const auto* conv = source.options_as_DepthwiseConv2DOptions()) read_convolution(op, *conv);
  if (const auto* pool = source.options_as_Pool2DOptions()) {
    read_window(op, *pool);
    op.filter_w = pool->filter_width();
    op.filter_h = pool->filter_height();
  }
  if (const auto* dense = source.options_as_FullyConnectedOptions()) op.activation = dense->activation();
  if (const auto* add = source.options_as_AddOptions()) op.activation = add->activation();
  if (const auto* mul = source.options_as_MulOptions()) op.activation = mul->activation();
  if (const auto* sub = source.options_as_SubOptions()) op.activation = sub->activation();
  if (const auto* div = source.options_as_DivOptions()) op.activation = div->activation();
  if (const auto* reducer = source.options_as_ReducerOptions()) op.keep_dims = reducer->keep_dims();
}

class Reader {
 public:
  Reader(TfliteFile& file, const tfl::Model& model) : file_(file), model_(model) {}

  void read() {
    if (model_.subgraphs() == nullptr || model_.subgraphs()->size() == 0) damaged(file_.where, "no graph");
    if (model_.subgraphs()->size() != 1) {
      throw Error(ErrorCode::kUnsupported,
                  file_.where + ": has several graphs; Kith reads TFLite files with one");
    }
    const tfl::SubGraph& graph = *model_.subgraphs()->Get(0);
    if (graph.tensors() == nullptr || graph.operators() == nullptr) damaged(file_.where, "an empty graph");
    for (const tfl::Tensor* tensor : *graph.tensors()) file_.tensors.push_back(read_tensor(*tensor));
    for (const tfl::Operator* op : *graph.operators()) file_.operators.push_back(read_operator(*op));
    file_.inputs = indexes(graph.inputs());
    file_.outputs = indexes(graph.outputs());
    if (file_.inputs.empty() || file_.outputs.empty()) damaged(file_.where, "no inputs or outputs");
  }

 private:
  // Many tensors may point to one name or list: what is read must not outgrow the file.
  void spend(std::size_t bytes) {
    spent_ += bytes;
    if (spent_ > file_.bytes->size()) damaged(file_.where, "it holds more than its bytes");
  }

  TfliteTensor read_tensor(const tfl::Tensor& source) {
    TfliteTensor tensor;
    spend((source.name() != nullptr ? source.name()->size() : 0) +
          (source.shape() != nullptr ? source.shape()->size() * sizeof(std::int32_t) : 0));
    if (source.name() != nullptr) tensor.name = source.name()->str();
    if (source.shape() != nullptr) tensor.shape.assign(source.shape()->begin(), source.shape()->end());
    element_count(tensor.shape, file_.where);
    tensor.type = source.type();
    const auto* buffers = model_.buffers();
    if (buffers == nullptr || source.buffer() >= buffers->size())
      damaged(file_.where, "a tensor without its buffer");
    if (const auto* data = buffers->Get(source.buffer())->data()) {
      tensor.constant = {reinterpret_cast<const char*>(data->data()), data->size()};
    }
    return tensor;
  }

  TfliteOperator read_operator(const tfl::Operator& source) {
    const auto* codes = model_.operator_codes();
    if (codes == nullptr || source.opcode_index() >= codes->size())
      damaged(file_.where, "an operator without a code");
    const tfl::OperatorCode& code = *codes->Get(source.opcode_index());
    TfliteOperator op;
    // Operators above 127 did not fit the first field; older files have only that one.
    op.code = static_cast<TfliteCode>(std::max<int>(code.short_code(), code.code()));
    op.inputs = indexes(source.inputs());
    op.outputs = indexes(source.outputs());
    read_options(op, source);
    const int least =
        std::min({op.stride_w, op.stride_h, op.filter_w, op.filter_h, op.dilation_w, op.dilation_h});
    const int most =
        std::max({op.stride_w, op.stride_h, op.filter_w, op.filter_h, op.dilation_w, op.dilation_h});
    if (least < 1 || most > 1024) damaged(file_.where, "an operator's window is out of range");
    return op;
  }

  // -1 stands for an optional input left out; only trailing ones are, so it is dropped.
  std::vector<std::size_t> indexes(const flatbuffers::Vector<std::int32_t>* source) {
    std::vector<std::size_t> list;
    if (source == nullptr) return list;
    spend(source->size() * sizeof(std::int32_t));
    for (const std::int32_t index : *source) {
      if (index == -1) continue;
      if (index < 0 || static_cast<std::size_t>(index) >= file_.tensors.size())
        damaged(file_.where, "a tensor's number is out of range");
      list.push_back(static_cast<std::size_t>(index));
    }
    return list;
  }

  TfliteFile& file_;
  const tfl::Model& model_;
  std::size_t spent_ = 0;
};

template <typename T>
std::vector<T> values(const TfliteFile& file, const TfliteTensor& tensor) {
  const std::size_t count = element_count(tensor.shape, file.where);
  if (tensor.constant.size() != count * sizeof(T))
    damaged(file.where, "\"" + tensor.name + "\" has not as many values as its shape says");
  std::vector<T> out(count);
  std::memcpy(out.data(), tensor.constant.data(), tensor.constant.size());
  return out;
}

}  // namespace

FloatArray TfliteFile::floats(std::size_t index, int rank) const {
  const TfliteTensor& tensor = tensors[index];
  if (tensor.type != kFloat32 || tensor.constant.empty() ||
      (rank >= 0 && tensor.shape.size() != static_cast<std::size_t>(rank))) {
    throw Error(ErrorCode::kUnsupported, where + ": \"" + tensor.name +
                                             "\" is not the float constant that it should be here; Kith "
                                             "reads float models, not quantised ones");
  }
  return {tensor.shape, values<float>(*this, tensor)};
}

std::vector<std::int64_t> TfliteFile::integers(std::size_t index) const {
  const TfliteTensor& tensor = tensors[index];
  if (tensor.type != kInt32 || tensor.constant.empty())
    damaged(where, "\"" + tensor.name + "\" is not an integer constant");
  const auto list = values<std::int32_t>(*this, tensor);
  return {list.begin(), list.end()};
}

TfliteFile read_tflite(std::string bytes, const std::string& where) {
  TfliteFile file;
  file.where = where;
  file.bytes = std::make_shared<const std::string>(std::move(bytes));
  const char* data = file.bytes->data();
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(data), file.bytes->size());
  if (file.bytes->size() < 8 || !tfl::ModelBufferHasIdentifier(data) || !tfl::VerifyModelBuffer(verifier)) {
    damaged(where, "its structure is broken");
  }
  Reader(file, *tfl::GetModel(data)).read();
  return file;
}

}  // namespace kith::model
