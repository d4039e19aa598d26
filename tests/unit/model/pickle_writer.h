// Writes .npy files of weights as numpy does under Python 2: a pickle of protocol 2.
#pragma once

#include <string>

#include "model/import/array.h"

namespace kith::test {

class PickleWriter {
 public:
  PickleWriter() { pickle_ = "\x80\x02"; }
  std::string& raw() { return pickle_; }

  void text(const std::string& value) {
    pickle_ += 'U', pickle_ += static_cast<char>(value.size()), pickle_ += value;
  }
  void integer(std::int64_t value) { pickle_ += 'J', number(static_cast<std::uint32_t>(value)); }
  void global(const std::string& module, const std::string& name) {
    pickle_ += 'c' + module + '\n' + name + '\n';
  }

  /// An array by _reconstruct and its state.
  void array(const model::FloatArray& array, bool column_major = false) {
    global("numpy.core.multiarray", "_reconstruct");
    global("numpy", "ndarray");
    pickle_ += "K", pickle_ += '\0', pickle_ += '\x85';
    text("b");
    pickle_ += "\x87R(K\x01";
    shape(array.shape);
    dtype("f4", "<");
    pickle_ += column_major ? '\x88' : '\x89';
    pickle_ += 'T';
    number(static_cast<std::uint32_t>(array.values.size() * sizeof(float)));
    pickle_.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(float));
    pickle_ += "tb";
  }

  void dtype(const std::string& type, const std::string& order) {
    global("numpy", "dtype");
    text(type);
    pickle_ += std::string("K\0K\x01\x87R(K\x03", 9);
    text(order);
    pickle_ += "NNN";
    integer(-1);
    integer(-1);
    pickle_ += std::string("K\0tb", 4);
  }

  void shape(const std::vector<std::int64_t>& lengths) {
    pickle_ += '(';
    for (const std::int64_t length : lengths) integer(length);
    pickle_ += 't';
  }

  /// {layer: {name: array}} as numpy saves it: in an array without axes.
  std::string npy(const model::Weights& weights) {
    global("numpy.core.multiarray", "_reconstruct");
    global("numpy", "ndarray");
    pickle_ += std::string("K\0\x85", 3);
    text("b");
    pickle_ += "\x87R(K\x01)";
    dtype("O8", "|");
    pickle_ += "\x89]}";
    std::string layer;
    for (const auto& [key, values] : weights) {
      const std::string name = key.substr(key.find('/') + 1);
      if (key.substr(0, key.find('/')) != layer) {
        if (!layer.empty()) pickle_ += 's';
        layer = key.substr(0, key.find('/'));
        text(layer);
        pickle_ += '}';
      }
      text(name);
      array(values);
      pickle_ += 's';
    }
    pickle_ += "satb.";
    return header() + pickle_;
  }

  static std::string header() {
    std::string text = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
    text.resize(69, ' ');
    text += '\n';
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(text.size()) + '\0' + text;
  }

 private:
  void number(std::uint32_t value) {
    for (int i = 0; i < 4; ++i) pickle_ += static_cast<char>(value >> (8 * i));
  }
  std::string pickle_;
};

}  // namespace kith::test
