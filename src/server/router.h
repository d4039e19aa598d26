// Router: a method and a path -> a route.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kith::server {

/// The values of a pattern's {names}, decoded.
using PathValues = std::map<std::string, std::string, std::less<>>;

/// @tparam Route  what a match gives.
template <typename Route>
class Router {
 public:
  struct Match {
    const Route* route = nullptr;            // null: no route
    std::string pattern;                     // of the route; empty: the path is nobody's
    PathValues values;                       // of the route
    std::vector<std::string> other_methods;  // of the path, where the route is null
  };

  /// @param pattern  "/v1/people/{name}": a {name} stands for one segment that is not empty.
  void add(std::string method, std::string pattern, Route route);
  /// @param path  as sent: segments are decoded after they are told apart, so that %2F is part of a name. One
  ///              slash at the end does not count. A path that cannot be decoded is nobody's.
  Match find(std::string_view method, std::string_view path) const;
  /// "GET /v1/people", in the order added.
  std::vector<std::pair<std::string, std::string>> all() const;

 private:
  struct Entry {
    std::string method, pattern;
    Route route;
  };
  std::vector<Entry> entries_;
};

/// Whether a path fits a pattern. @param values  gets what the {names} stand for.
bool fits(std::string_view pattern, std::string_view path, PathValues& values);

template <typename Route>
void Router<Route>::add(std::string method, std::string pattern, Route route) {
  entries_.push_back({std::move(method), std::move(pattern), std::move(route)});
}

template <typename Route>
typename Router<Route>::Match Router<Route>::find(std::string_view method, std::string_view path) const {
  Match match;
  for (const Entry& entry : entries_) {
    PathValues values;
    if (!fits(entry.pattern, path, values)) continue;
    match.pattern = entry.pattern;
    if (entry.method != method) {
      match.other_methods.push_back(entry.method);
      continue;
    }
    match.route = &entry.route;
    match.values = std::move(values);
    return match;
  }
  return match;
}

template <typename Route>
std::vector<std::pair<std::string, std::string>> Router<Route>::all() const {
  std::vector<std::pair<std::string, std::string>> list;
  for (const Entry& entry : entries_) list.emplace_back(entry.method, entry.pattern);
  return list;
}

}  // namespace kith::server
