#include "people/used_people.h"

#include "core/checksum.h"

namespace kith {

UsedPeople used_people(std::span<const Person> people, const std::filesystem::path& file, bool with_names) {
  UsedPeople used{file.filename().string(), std::ssize(people), 0, "", std::nullopt};
  std::string content;
  const auto add = [&](const std::string& text) { content += text + '\n'; };
  for (const Person& person : people) {
    used.photos += std::ssize(person.samples);
    add(person.name);
    for (const Sample& sample : person.samples)
      add(sample.checksum.empty() ? sample.source : sample.checksum);
    for (const Sample& face : person.rejected)
      add("not " + (face.checksum.empty() ? face.source : face.checksum));
  }
  used.checksum = sha256_hex(content);
  if (!with_names) return used;
  used.names.emplace();
  for (const Person& person : people) used.names->push_back(person.name);
  return used;
}

}  // namespace kith
