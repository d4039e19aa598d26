#include "core/person_name.h"

#include <gtest/gtest.h>
#include <kith/error.h>

namespace kith {
namespace {

TEST(PersonNameUnit, BothSpellingsAreOneName) {
  EXPECT_EQ(normal_name("Zoe\xCC\x88"), "Zo\xC3\xAB");
  EXPECT_EQ(normal_name("Zo\xC3\xAB"), "Zo\xC3\xAB");
  EXPECT_EQ(normal_name("\xE1\x84\x80\xE1\x85\xA1"), "\xEA\xB0\x80") << "Hangul";
}

TEST(PersonNameUnit, BlanksAroundItAreNoPartOfIt) {
  EXPECT_EQ(person_name("  Ada Lovelace\t\n"), "Ada Lovelace");
  EXPECT_EQ(person_name("\xE3\x80\x80\xE5\xB1\xB1\xE7\x94\xB0\xC2\xA0"), "\xE5\xB1\xB1\xE7\x94\xB0");
}

TEST(PersonNameUnit, WhatNobodySeesMakesNoOtherName) {
  EXPECT_EQ(person_name("\xE2\x80\x8B"
                        "Ada\xEF\xBB\xBF"),
            "Ada")
      << "a zero-width space, a byte order mark";
  const std::string persian =
      "\xD9\x86\xDB\x8C\xE2\x80\x8C\xD9\x86\xD8\xA7";  // with a joiner between letters
  EXPECT_EQ(person_name(persian), persian);
  EXPECT_EQ(folded_name("A\xE2\x80\x8B"
                        "da"),
            folded_name("ada"));
  EXPECT_THROW(person_name("\xE2\x80\x8B\xE2\x81\xA0"), Error);
}

TEST(PersonNameUnit, AnyScriptAndNoUtf8StayAsTheyAre) {
  for (const char* name :
       {"Ольга", "山田太郎", "محمد", "ไก่", "👩‍🚀", "O'Brien; DROP TABLE people", "\xff\xfe"})
    EXPECT_EQ(person_name(name), name);
}

TEST(PersonNameUnit, WhatIsNoNameIsRefused) {
  for (const std::string& name :
       {std::string(), std::string(" \t"), std::string("a\tb"), std::string("A\x1b[31mda"),
        std::string("a\0b", 3),
        std::string("A\xC2\x9B"
                    "31m"),
        std::string("\xE2\x80\xAE"
                    "adA"),
        std::string("a\nb"), std::string(256, 'x'), std::string("unknown"), std::string(" Unclear ")}) {
    try {
      person_name(name);
      ADD_FAILURE() << name;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(std::string(e.what()).find('\x1b'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace kith
