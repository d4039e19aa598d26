// kith serve key: who may ask a service.
#include <iostream>

#include "cli/people_file.h"
#include "cli/serve.h"
#include "cli/words.h"
#include "desk/keys.h"

namespace kith::cli {
namespace {

Exit list(const ServedPlace& place) {
  Keys keys(place.folder() / "keys.json");
  const std::vector<Key> all = keys.all();
  for (const Key& key : all)
    std::cout << key.id << "  " << key.created << "  " << role_words(key.roles) << "  " << key.label << '\n';
  std::cout << counted(static_cast<std::int64_t>(all.size()), "key") << '\n';
  return Exit::kDone;
}

Exit add(const ServedPlace& place, const std::string& label, const std::vector<std::string>& roles) {
  Keys keys(place.folder() / "keys.json");
  std::cout << keys.add(label, roles_of(roles)) << '\n';
  std::cerr << "This is the only time that the key is shown; a running service knows it already.\n";
  return Exit::kDone;
}

Exit revoke(const ServedPlace& place, const std::string& id) {
  Keys keys(place.folder() / "keys.json");
  if (!keys.revoke(id)) {
    complain("no key has the id " + quoted(id) + ": kith serve key list");
    return Exit::kFailed;
  }
  std::cout << "Revoked " << id << '\n';
  return Exit::kDone;
}

}  // namespace

void add_serve_key(Verbs& verbs, CLI::App& serve, const std::shared_ptr<ServedPlace>& place,
                   const std::shared_ptr<Action>& chosen) {
  CLI::App& key = verbs.add(serve, "key", "Make, list and revoke keys",
                            "  kith serve key add \"Front door\" --role recognise");
  key.require_subcommand(1);
  struct Given {
    std::string label, id;
    std::vector<std::string> roles = {"recognise"};
  };
  const auto given = std::make_shared<Given>();

  CLI::App& adding = verbs.add(key, "add", "Make a key and show it, once",
                               "  kith serve key add \"Front door\" --role recognise,enrol\n"
                               "  0f8c61d3-5b0e-7c1a-94c4-6f2f0a9f7b1d");
  adding.add_option("LABEL", given->label, "Whose it is, in words")->required();
  adding.add_option("--role", given->roles, "What it may do; several joined by commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"recognise", "enrol", "manage"}))
      ->type_name("WORD");
  add_place_options(adding, *place);
  adding.callback([=] { *chosen = [=] { return add(*place, given->label, given->roles); }; });

  CLI::App& listing = verbs.add(key, "list", "Who has a key; not the keys, which are kept nowhere",
                                "  kith serve key list\n"
                                "  5c1e77a0  2026-11-26T12:00:00Z  recognise, enrol  Front door\n  1 key");
  add_place_options(listing, *place);
  listing.callback([=] { *chosen = [=] { return list(*place); }; });

  CLI::App& revoking = verbs.add(key, "revoke", "End a key; a running service knows at once",
                                 "  kith serve key revoke 5c1e77a0\n  Revoked 5c1e77a0");
  revoking.add_option("ID", given->id, "As kith serve key list shows it")->required();
  add_place_options(revoking, *place);
  revoking.callback([=] { *chosen = [=] { return revoke(*place, given->id); }; });
}

}  // namespace kith::cli
