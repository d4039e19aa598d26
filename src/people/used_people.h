// Which people a result was made with, for its first line (kith/run_info.h).
#pragma once

#include <kith/person.h>
#include <kith/run_info.h>

#include <filesystem>
#include <span>

namespace kith {

/// @param file        the gallery's; its folder is left out.
/// @param with_names  whether the names are listed. They are personal: only where a result cannot be judged without.
UsedPeople used_people(std::span<const Person> people, const std::filesystem::path& file,
                       bool with_names = false);

}  // namespace kith
