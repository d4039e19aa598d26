// `kith complete`: what a shell may offer next. The completion scripts ask it (completion.cpp).
#include "cli/complete.h"

#include <kith/gallery.h>

#include <algorithm>
#include <iostream>

#include "cli/cli.h"
#include "cli/help.h"
#include "model/catalog.h"

namespace kith::cli {
namespace {

using Words = std::vector<std::string>;

// The last verb of the words, the option that waits for its value, and the people's file where one is named.
struct Place {
  const CLI::App* verb = nullptr;
  const CLI::Option* option = nullptr;
  std::size_t positionals = 0;  // given to the verb so far
  std::string people = "people.kith";
};

const CLI::Option* option_named(const CLI::App& verb, const std::string& word) {
  const auto found = verb.get_options([&](const CLI::Option* o) { return o->check_name(word); });
  return found.empty() ? nullptr : found.front();
}

Place place_of(const CLI::App& root, const Words& before) {
  Place place{&root, nullptr, 0, "people.kith"};
  for (const std::string& word : before) {
    if (place.option != nullptr) {
      if (place.option->check_lname("people")) place.people = word;
      place.option = nullptr;
    } else if (word.starts_with('-')) {
      const CLI::Option* option = option_named(*place.verb, word);
      if (option != nullptr && option->get_type_size() != 0) place.option = option;
    } else if (const auto below =
                   place.verb->get_subcommands([&](const CLI::App* v) { return v->get_name() == word; });
               !below.empty()) {
      place.verb = below.front();
    } else {
      ++place.positionals;
    }
  }
  return place;
}

Words people_of(const std::string& file) {
  Words names;
  try {
    for (const Person& person : Gallery::open(file).people()) names.push_back(person.name);
  } catch (const std::exception&) {  // nothing to offer is no fault of who types
  }
  return names;
}

Words model_names() {
  Words names;
  for (const model::CatalogEntry& entry : model::catalog()) names.push_back(entry.name());
  return names;
}

Words values_of(const CLI::Option& option, const std::string& people) {
  Words words = choices_of(option);
  const std::string type = option.get_positional() ? option.get_name(true) : option.get_type_name();
  if (words.empty() && type.starts_with("MODEL")) words = model_names();
  if (words.empty() && type == "NAME") words = people_of(people);
  return words;
}

Words candidates(const Place& place, const std::string& begun) {
  if (place.option != nullptr) return values_of(*place.option, place.people);
  Words words;
  if (begun.starts_with('-')) {
    for (const CLI::Option* option : place.verb->get_options()) {
      if (option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    }
    return words;
  }
  for (const CLI::App* below : verbs_below(*place.verb)) words.push_back(below->get_name());
  const auto positionals = options_of(*place.verb, nullptr);
  if (words.empty() && !positionals.empty())
    words = values_of(*positionals[std::min(place.positionals, positionals.size() - 1)], place.people);
  return words;
}

}  // namespace

std::vector<std::string> completions(const CLI::App& root, const std::vector<std::string>& words) {
  const std::string begun = words.empty() ? "" : words.back();
  const Words before(words.begin(), words.empty() ? words.end() : words.end() - 1);
  Words offered = candidates(place_of(root, before), begun);
  std::erase_if(offered, [&](const std::string& word) { return !word.starts_with(begun); });
  return offered;
}

}  // namespace kith::cli
