// Names of people, in one spelling: the same name typed on a Mac (NFD) and elsewhere (NFC) is the same name.
#pragma once

#include <string>
#include <string_view>

namespace kith {

/// The spelling in which names are kept and compared: NFC, without blanks around it. What is no UTF-8 stays as it is.
std::string normal_name(std::string_view name);

/// normal_name() of what may be a person's name. @throws Error kInvalidArgument saying why it may not: empty, longer than
/// 255 bytes, control characters (they would reach terminals), or a word that stands for nobody ("unknown", "unclear").
std::string person_name(std::string_view name);

/// What two names must share to be one where case does not count: normal_name() with Unicode's case folding.
std::string folded_name(std::string_view name);

}  // namespace kith
