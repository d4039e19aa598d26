// Pickle: the values in a Python pickle of plain containers and numpy arrays. Only data is built; nothing is
// called.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kith::model {

struct PickleValue {
  enum class Kind { kNone, kBool, kInteger, kText, kTuple, kList, kDict, kGlobal, kDtype, kArray };
  Kind kind = Kind::kNone;
  std::int64_t integer = 0;         // kInteger, kBool
  std::string_view text;            // kText; kGlobal "module name"; kDtype "f4"; kArray: its bytes
  std::vector<PickleValue*> items;  // kTuple, kList; kArray of objects
  std::map<std::string, PickleValue*> entries;  // kDict with text keys
  std::vector<std::int64_t> shape;              // kArray, with:
  std::string_view dtype;
  bool column_major = false;
};

class Pickle {
 public:
  /// Reads protocol 2, as numpy wrote it under Python 2 and 3. @param bytes  must outlive the Pickle. @param
  /// where  the file.
  /// @throws Error kCorrupt (cut off, inconsistent), kUnsupported (an opcode or class that plain weights do
  /// not need).
  Pickle(std::string_view bytes, std::string where);
  const PickleValue& root() const { return *root_; }

 private:
  using Kind = PickleValue::Kind;

  void run();
  bool step(std::uint8_t opcode);  // false for one that is not known
  bool step_value(std::uint8_t opcode);
  bool step_container(std::uint8_t opcode);
  std::string_view take(std::size_t count);
  std::string_view take_line();
  std::uint64_t take_number(std::size_t bytes);
  PickleValue& push(Kind kind);
  PickleValue& pop();
  PickleValue& top();
  std::vector<PickleValue*> pop_to_mark();
  void tuple(std::vector<PickleValue*> items);
  void set(PickleValue& dict, PickleValue& key, PickleValue& value);
  void reduce();
  void build();
  void build_array(PickleValue& array, const PickleValue& state);
  [[noreturn]] void damaged(const std::string& what) const;

  std::string_view bytes_;
  std::string where_;
  std::size_t at_ = 0;
  std::deque<PickleValue> values_;  // owns all; a pickle may hold cycles
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
  PickleValue* root_ = nullptr;
};

}  // namespace kith::model
