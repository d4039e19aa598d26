#include "server/uploads.h"

#include <kith/error.h>

#include <algorithm>

#include "core/base64.h"
#include "core/lower_case.h"

namespace kith::server {
PhotoBytes photo_of(const Part& part) {
  return {part.filename.empty() ? part.name : part.filename, std::string(part.bytes)};
}

std::vector<Part> form_of(const Request& request) {
  auto parts = parse_multipart(request.header("content-type"), request.body);
  if (!parts) throw Error(ErrorCode::kInvalidArgument, "the body is no whole multipart/form-data");
  return *std::move(parts);
}

bool is_json(const Request& request) {
  return lower_case(std::string(request.header("content-type"))).starts_with("application/json");
}

std::optional<std::string> picture_of_base64(std::string_view text) {
  if (text.starts_with("data:")) text.remove_prefix(std::min(text.find(',') + 1, text.size()));
  return from_base64(text);
}

std::vector<PhotoBytes> uploaded_photos(const Request& request) {
  std::vector<PhotoBytes> photos;
  if (is_multipart(request.header("content-type"))) {
    for (const Part& part : form_of(request))
      if (part.name == "file") photos.push_back(photo_of(part));
  } else if (!request.body.empty()) {
    photos.push_back({"picture", request.body});
  }
  if (photos.empty())
    throw Error(ErrorCode::kInvalidArgument, "send the picture as the form's part 'file', or as the body");
  return photos;
}

PhotoBytes uploaded_photo(const Request& request, std::string_view name) {
  for (const Part& part : form_of(request))
    if (part.name == name) return photo_of(part);
  throw Error(ErrorCode::kInvalidArgument, "the form has no part '" + std::string(name) + "'");
}

}  // namespace kith::server
