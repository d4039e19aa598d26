#include "model/import/pickle.h"

#include <kith/error.h>

#include <algorithm>

namespace kith::model {
namespace {

// Opcodes: Python's Lib/pickletools.py.
enum Opcode : std::uint8_t {
  kProto = 0x80,
  kStop = '.',
  kMark = '(',
  kGlobalOp = 'c',
  kReduce = 'R',
  kBuild = 'b',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kNoneOp = 'N',
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kShortBinString = 'U',
  kBinString = 'T',
  kBinUnicode = 'X',
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kEmptyList = ']',
  kAppend = 'a',
  kEmptyDict = '}',
  kSetItem = 's',
  kSetItems = 'u',
};

// Far above what files of weights need. An opcode of one byte makes a value of two hundred, and one text may
// name many entries.
constexpr std::size_t kMostValues = 100'000;
constexpr std::size_t kLongestName = 256;

}  // namespace

Pickle::Pickle(std::string_view bytes, std::string where) : bytes_(bytes), where_(std::move(where)) { run(); }

void Pickle::damaged(const std::string& what) const {
  throw Error(ErrorCode::kCorrupt, where_ + ": damaged: " + what + ". Download it again");
}

void Pickle::run() {
  while (root_ == nullptr) {
    const auto opcode = static_cast<std::uint8_t>(take(1)[0]);
    if (!step(opcode) && !step_value(opcode) && !step_container(opcode)) {
      throw Error(ErrorCode::kUnsupported,
                  where_ + ": pickle opcode " + std::to_string(opcode) +
                      " is not one that plain weights need; Kith does not run pickles");
    }
  }
}

bool Pickle::step(std::uint8_t opcode) {
  const auto get = [this](std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) damaged("it refers to a value that is not there");
    stack_.push_back(found->second);
  };
  switch (opcode) {
    case kProto:
      if (take_number(1) != 2)
        throw Error(ErrorCode::kUnsupported, where_ + ": pickle protocol other than 2");
      return true;
    case kStop:
      root_ = &pop();
      return true;
    case kMark:
      marks_.push_back(stack_.size());
      return true;
    case kBinPut:
      memo_[take_number(1)] = &top();
      return true;
    case kLongBinPut:
      memo_[take_number(4)] = &top();
      return true;
    case kBinGet:
      get(take_number(1));
      return true;
    case kLongBinGet:
      get(take_number(4));
      return true;
    case kReduce:
      reduce();
      return true;
    case kBuild:
      build();
      return true;
    default:
      return false;
  }
}

bool Pickle::step_value(std::uint8_t opcode) {
  switch (opcode) {
    case kNoneOp:
      push(Kind::kNone);
      return true;
    case kNewTrue:
      push(Kind::kBool).integer = 1;
      return true;
    case kNewFalse:
      push(Kind::kBool).integer = 0;
      return true;
    case kBinInt:
      push(Kind::kInteger).integer = static_cast<std::int32_t>(take_number(4));
      return true;
    case kBinInt1:
      push(Kind::kInteger).integer = static_cast<std::int64_t>(take_number(1));
      return true;
    case kBinInt2:
      push(Kind::kInteger).integer = static_cast<std::int64_t>(take_number(2));
      return true;
    case kShortBinString: {
      const std::string_view text = take(take_number(1));
      push(Kind::kText).text = text;
      return true;
    }
    case kBinString:
    case kBinUnicode: {
      const std::string_view text = take(take_number(4));
      push(Kind::kText).text = text;
      return true;
    }
    case kGlobalOp: {
      const std::size_t start = at_;
      take_line();
      take_line();
      push(Kind::kGlobal).text = bytes_.substr(start, at_ - start - 1);  // "module\nname"
      return true;
    }
    default:
      return false;
  }
}

bool Pickle::step_container(std::uint8_t opcode) {
  const auto tuple_of = [this](std::size_t count) {
    std::vector<PickleValue*> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = &pop();
    tuple(std::move(items));
  };
  switch (opcode) {
    case kEmptyTuple:
      tuple({});
      return true;
    case kTuple:
      tuple(pop_to_mark());
      return true;
    case kTuple1:
      tuple_of(1);
      return true;
    case kTuple2:
      tuple_of(2);
      return true;
    case kTuple3:
      tuple_of(3);
      return true;
    case kEmptyList:
      push(Kind::kList);
      return true;
    case kAppend: {
      PickleValue& item = pop();
      if (top().kind != Kind::kList) damaged("it appends to what is no list");
      top().items.push_back(&item);
      return true;
    }
    case kEmptyDict:
      push(Kind::kDict);
      return true;
    case kSetItem: {
      PickleValue& value = pop();
      PickleValue& key = pop();
      set(top(), key, value);
      return true;
    }
    case kSetItems: {
      const std::vector<PickleValue*> pairs = pop_to_mark();
      if (pairs.size() % 2 != 0) damaged("a key without a value");
      for (std::size_t i = 0; i < pairs.size(); i += 2) set(top(), *pairs[i], *pairs[i + 1]);
      return true;
    }
    default:
      return false;
  }
}

std::string_view Pickle::take(std::size_t count) {
  if (count > bytes_.size() - at_) damaged("it is cut off");
  at_ += count;
  return bytes_.substr(at_ - count, count);
}

std::string_view Pickle::take_line() {
  const std::size_t end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) damaged("it is cut off");
  return take(end + 1 - at_);
}

std::uint64_t Pickle::take_number(std::size_t count) {
  std::uint64_t number = 0;
  const std::string_view digits = take(count);
  for (std::size_t i = count; i-- > 0;) number = number << 8U | static_cast<std::uint8_t>(digits[i]);
  return number;
}

PickleValue& Pickle::push(Kind kind) {
  if (values_.size() >= kMostValues) damaged("more values than weights need");
  PickleValue& value = values_.emplace_back();
  value.kind = kind;
  stack_.push_back(&value);
  return value;
}

PickleValue& Pickle::top() {
  if (stack_.empty() || (!marks_.empty() && marks_.back() >= stack_.size())) damaged("a value is missing");
  return *stack_.back();
}

PickleValue& Pickle::pop() {
  PickleValue& value = top();
  stack_.pop_back();
  return value;
}

std::vector<PickleValue*> Pickle::pop_to_mark() {
  if (marks_.empty()) damaged("a mark is missing");
  const auto start = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleValue*> items(start, stack_.end());
  stack_.erase(start, stack_.end());
  marks_.pop_back();
  return items;
}

void Pickle::tuple(std::vector<PickleValue*> items) { push(Kind::kTuple).items = std::move(items); }

void Pickle::set(PickleValue& dict, PickleValue& key, PickleValue& value) {
  if (dict.kind != Kind::kDict || key.kind != Kind::kText)
    damaged("it sets an entry of what is no dictionary of names");
  if (key.text.size() > kLongestName) damaged("a name that is too long");
  dict.entries[std::string(key.text)] = &value;
}

// The only two calls that stand in a pickle of arrays. Neither is made: an empty array or a type takes its
// place.
void Pickle::reduce() {
  const PickleValue& arguments = pop();
  const PickleValue& callee = pop();
  if (callee.kind != Kind::kGlobal || arguments.kind != Kind::kTuple)
    damaged("a call of what cannot be called");
  if (callee.text == "numpy.core.multiarray\n_reconstruct" ||
      callee.text == "numpy._core.multiarray\n_reconstruct") {
    push(Kind::kArray);
    return;
  }
  if (callee.text != "numpy\ndtype" || arguments.items.empty() || arguments.items[0]->kind != Kind::kText) {
    std::string name(callee.text.substr(0, 80));
    std::replace(name.begin(), name.end(), '\n', '.');
    throw Error(ErrorCode::kUnsupported, where_ + ": wants to call " + name +
                                             ", which weights do not need; Kith does not run pickles");
  }
  push(Kind::kDtype).text = arguments.items[0]->text;
}

void Pickle::build() {
  const PickleValue& state = pop();
  PickleValue& object = top();
  if (state.kind != Kind::kTuple || state.items.size() < 5) damaged("an object without its state");
  if (object.kind == Kind::kArray) return build_array(object, state);
  if (object.kind != Kind::kDtype) damaged("a state without its object");
  const PickleValue& order = *state.items[1];
  if (order.kind != Kind::kText || (order.text != "<" && order.text != "|" && order.text != "=")) {
    throw Error(ErrorCode::kUnsupported, where_ + ": holds big-endian numbers");
  }
}

// (version, shape, dtype, column-major?, bytes or list of objects): numpy's ndarray.__setstate__.
void Pickle::build_array(PickleValue& array, const PickleValue& state) {
  const PickleValue& shape = *state.items[1];
  const PickleValue& dtype = *state.items[2];
  const PickleValue& content = *state.items[4];
  if (shape.kind != Kind::kTuple || shape.items.size() > 8 || dtype.kind != Kind::kDtype)
    damaged("an array without shape or type");
  array.shape.clear();
  for (const PickleValue* length : shape.items) {
    if (length->kind != Kind::kInteger || length->integer < 0)
      damaged("an array's shape is no list of lengths");
    array.shape.push_back(length->integer);
  }
  array.dtype = dtype.text;
  array.column_major = state.items[3]->integer != 0;
  if (content.kind == Kind::kText) {
    array.text = content.text;
  } else if (content.kind == Kind::kList) {
    if (content.items.size() > 1)
      damaged("an array of several objects");  // never weights; a copy for each array
    array.items = content.items;
  } else {
    damaged("an array without content");
  }
}

}  // namespace kith::model
