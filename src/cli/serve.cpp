// kith serve: what the command line does with photos, over HTTP.
#include "cli/serve.h"

#include <kith/error.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/cli.h"
#include "cli/people_file.h"
#include "cli/progress.h"
#include "cli/service_manager.h"
#include "cli/signals.h"
#include "core/clock.h"
#include "core/files.h"
#include "desk/photo_id.h"
#include "server/service.h"

namespace kith::cli {
namespace {

struct ServeOptions {
  std::shared_ptr<ServedPlace> place = std::make_shared<ServedPlace>();
  std::string listen = "127.0.0.1:8000";
  std::vector<std::string> keys;
  std::string certificate, certificate_key;
  bool insecure_http = false, print_address = false, keep_pictures = false;
  std::optional<double> far;
  int max_megapixels = 64, max_megabytes = 20;
  StageOptions stages;
};

// "127.0.0.1:8000", "[::1]:8000", ":8000" (all addresses).
void parse_listen(const std::string& text, server::HttpOptions& http) {
  const std::size_t colon = text.rfind(':');
  const auto bad = Error(ErrorCode::kInvalidArgument, "--listen " + text + ": give HOST:PORT");
  if (colon == std::string::npos) throw bad;
  http.host = text.substr(0, colon);
  if (http.host.starts_with('[') && http.host.ends_with(']'))
    http.host = http.host.substr(1, http.host.size() - 2);
  if (http.host.empty()) http.host = "0.0.0.0";
  const std::string port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) throw bad;
  const int number = std::stoi(port);
  if (number > 65535) throw bad;
  http.port = static_cast<std::uint16_t>(number);
}

// A connection is a descriptor, and shells allow few.
void allow_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void accept_keys(Keys& keys, const std::vector<std::string>& given) {
  for (const std::string& key : given) {
    if (!is_uuid(key))
      throw Error(ErrorCode::kInvalidArgument, "--key: a key is a UUID; make one with: kith serve key add");
    keys.accept(key, kAllRoles);
  }
}

// Whoever can be reached from elsewhere lets nobody in without a key, and shows nobody's key to the network.
void check_safety(const server::Service& service, const Keys& keys, const ServeOptions& options) {
  if (service.is_local()) return;
  if (keys.empty())
    throw Error(ErrorCode::kInvalidArgument,
                "--listen " + options.listen + ": other machines need a key; make one: kith serve key add");
  if (options.certificate.empty() && !options.insecure_http)
    throw Error(ErrorCode::kInvalidArgument,
                "--listen " + options.listen +
                    ": keys and faces would cross the network in the clear; give --certificate and "
                    "--certificate-key, or --insecure-http behind a proxy that speaks TLS");
}

void log_line(const std::string& line) {
  const std::string text = utc_text() + " " + line + "\n";
  std::fputs(text.c_str(), stderr);
}

server::ServiceOptions service_options(const ServeOptions& options) {
  server::ServiceOptions service;
  parse_listen(options.listen, service.http);
  service.http.certificate = options.certificate;
  service.http.key = options.certificate_key;
  service.bodies.picture = static_cast<std::uint64_t>(options.max_megabytes) << 20U;
  service.bodies.pictures = 4 * service.bodies.picture;
  if (!quiet) service.log = log_line;
  return service;
}

Exit serve(const ServeOptions& options) {
  finish_outputs_first();
  allow_connections();
  make_private_folder(options.place->folder());  // it says who was added and erased
  server::ServiceOptions how = service_options(options);
  Keys keys(options.place->folder() / "keys.json");
  accept_keys(keys, options.keys);
  // Less CPU a picture, and none that waits behind a large one for the whole machine (docs/service.md).
  StageOptions one_thread = options.stages;
  how.pictures_at_once = one_thread_a_picture(one_thread);
  const Stages stages(one_thread);
  DeskOptions desk_options;
  desk_options.data = options.place->folder();
  desk_options.far = options.far;
  desk_options.max_pixels = static_cast<std::uint64_t>(options.max_megapixels) * 1'000'000;
  desk_options.keep_pictures = options.keep_pictures;
  desk_options.complain = [](const std::string& what) { log_line("error what=" + quoted(what)); };
  Desk desk(stages, open_or_create_people(options.place->people, stages), desk_options);
  AuditLog audit(options.place->folder() / "audit.jsonl");
  server::Service service(desk, keys, audit, how);
  check_safety(service, keys, options);
  service.start();
  if (options.print_address) {
    std::printf("listening %s\n", service.url().c_str());
    std::fflush(stdout);
  } else {
    std::fprintf(stderr, "kith: listening at %s\n", service.url().c_str());
  }
  tell_service_manager("READY=1");
  while (!interrupted) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  tell_service_manager("STOPPING=1");
  service.stop();
  return Exit::kDone;  // it was asked to stop, and did
}

}  // namespace

void add_place_options(CLI::App& verb, ServedPlace& place) {
  add_people_option(verb, place.people);
  verb.add_option("--data", place.data, "Keys, audit log, kept pictures [PEOPLE.service]")
      ->type_name("DIR")
      ->check(changes());
}

void add_serve(Verbs& verbs) {
  auto options = std::make_shared<ServeOptions>();
  const auto of_key = std::make_shared<Action>();
  CLI::App& verb = verbs.add("serve", "Answer over HTTP: recognise, enrol; CompreFace's API too",
                             "  kith serve &\n"
                             "  curl -F file=@ada.jpg localhost:8000/v1/people/Ada/photos\n"
                             "  curl -F file=@party.jpg localhost:8000/v1/recognize");
  verb.add_option("--listen", options->listen, "HOST:PORT; port 0 takes one that is free")
      ->type_name("ADDRESS");
  add_place_options(verb, *options->place);
  verb.add_option("--key", options->keys, "Accept this key for this run, with all roles; for tests")
      ->type_name("UUID");
  verb.add_option("--certificate", options->certificate, "Speak TLS with this certificate chain (PEM)")
      ->type_name("FILE")
      ->check(reads());
  verb.add_option("--certificate-key", options->certificate_key, "Its private key (PEM)")
      ->type_name("FILE")
      ->check(reads());
  verb.add_flag("--insecure-http", options->insecure_http, "Let other machines in without TLS");
  verb.add_flag("--keep-pictures", options->keep_pictures, "Keep the pictures of enrolled photos");
  verb.add_option("--far", options->far, "How often a stranger may get any name [as trained: 0.001]")
      ->type_name("RATE")
      ->check(between(1e-9, 0.5));
  verb.add_option("--max-megapixels", options->max_megapixels, "Refuse larger pictures before decoding them")
      ->type_name("N")
      ->check(between(1, 1000));
  verb.add_option("--max-megabytes", options->max_megabytes, "Refuse larger files")
      ->type_name("N")
      ->check(between(1, 1000));
  verb.add_flag("--print-address", options->print_address, "Say on stdout where, once it answers");
  add_stage_options(verb, options->stages);
  add_serve_key(verbs, verb, options->place, of_key);
  verbs.on(verb, [options, of_key] { return *of_key ? (*of_key)() : serve(*options); });
}

}  // namespace kith::cli
