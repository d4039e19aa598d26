#include <algorithm>
#include <sstream>

#include "cli/cli.h"
#include "cli/help.h"

namespace kith::cli {
namespace {

// Text that troff prints as it is: no escapes, no line that looks like a request, hyphens that can be copied.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool line_start = out.empty() || out.back() == '\n';
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string full_name(const CLI::App& verb) {
  return verb.get_parent() == nullptr ? verb.get_name()
                                      : full_name(*verb.get_parent()) + ' ' + verb.get_name();
}

void options(std::ostream& out, const CLI::App& verb) {
  const auto list = [&](const std::vector<const CLI::Option*>& entries) {
    for (const CLI::Option* option : entries) {
      const auto [names, description] = describe(*option);
      out << ".TP\n.B " << roff(names) << '\n' << roff(description) << '\n';
    }
  };
  list(options_of(verb, nullptr));
  for (const std::string& group : verb.get_groups()) {
    if (group.empty()) continue;
    const auto entries = options_of(verb, &group);
    if (entries.empty()) continue;
    if (group != "Options") out << ".SS " << roff(group) << '\n';
    list(entries);
  }
}

void example(std::ostream& out, const CLI::App& verb) {
  if (verb.get_footer().empty()) return;
  std::string text = verb.get_footer();
  constexpr std::string_view kHeading = "Example:\n";  // the page has one of its own
  if (text.starts_with(kHeading)) text.erase(0, kHeading.size());
  out << ".PP\n.nf\n" << roff(text) << "\n.fi\n";
}

// One section a verb below, recursively: `kith people add` is part of kith-people(1).
void sections(std::ostream& out, const CLI::App& verb) {
  for (const CLI::App* below : verbs_below(verb)) {
    out << ".SH \"" << roff(full_name(*below)) << "\"\n"
        << roff(below->get_description()) << "\n.PP\n.B " << roff(usage(*below, full_name(*below))) << '\n';
    options(out, *below);
    example(out, *below);
    sections(out, *below);
  }
}

}  // namespace

std::string man_page(const CLI::App& root, const CLI::App& verb) {
  std::ostringstream out;
  std::string page = full_name(verb);
  std::replace(page.begin(), page.end(), ' ', '-');
  std::string title = page;
  std::transform(title.begin(), title.end(), title.begin(), [](unsigned char c) { return std::toupper(c); });
  out << ".TH " << title << " 1 \"\" \"kith " << version() << "\" \"Kith\"\n.SH NAME\n"
      << roff(page) << " \\- " << roff(verb.get_description()) << "\n.SH SYNOPSIS\n.B "
      << roff(usage(verb, full_name(verb))) << '\n';
  std::ostringstream entries;
  options(entries, verb);
  if (!entries.str().empty()) out << ".SH OPTIONS\n" << entries.str();
  if (&verb == &root) {
    out << ".SH VERBS\n";
    for (const CLI::App* below : verbs_below(root)) {
      out << ".TP\n.BR kith\\-" << roff(below->get_name()) << " (1)\n"
          << roff(below->get_description()) << '\n';
    }
    example(out, root);
  } else {
    out << ".SH EXAMPLE\n";
    example(out, verb);
    sections(out, verb);
  }
  out << ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\nfailed, or some inputs failed\n.TP\n2\nwrong usage\n";
  if (&verb == &root || verb.get_name() == "verify") out << ".TP\n3\nkith verify: different people\n";
  out << ".TP\n130\ninterrupted\n";
  out << ".TP\n141\nwhoever read the output has gone\n";
  out << ".SH ENVIRONMENT\n.TP\n.B KITH_HOME\nwhere networks are kept, instead of ~/.local/share/kith\n"
         ".TP\n.B XDG_CACHE_HOME\nwhere downloaded packages are kept, instead of ~/.cache\n"
         ".SH FILES\n.TP\n.I people.kith\nthe people that Kith knows, in the current folder unless --people "
         "says "
         "another\n.TP\n.I ~/.local/share/kith/models\nthe networks that are installed\n";
  if (&verb != &root) out << ".SH SEE ALSO\n.BR kith (1)\n";
  return out.str();
}

}  // namespace kith::cli
