// PhotoId: what programs call an enrolled photo.
#pragma once

#include <kith/person.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kith {

/// A UUID (version 8, RFC 9562) of a sample's number and of the first bits of its checksum: it stays with the
/// photo when its person gets another name, and no later photo gets it again.
std::string photo_id(const Sample& sample);

/// The number of the sample that it stands for; nullopt: it is no such id. Whoever finds the sample compares
/// its photo_id().
std::optional<std::int64_t> sample_of_photo_id(std::string_view id);

/// Whether it looks like a UUID of any version: 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view text);

/// 16 bytes as such a text, in lower case.
std::string uuid_text(std::string_view bytes);

}  // namespace kith
