// The pictures of a request: parts of a form, Base64 in JSON, or the body itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desk/desk.h"
#include "server/json_body.h"
#include "server/message.h"
#include "server/multipart.h"

namespace kith::server {

/// Called as its file was, or else as the part.
PhotoBytes photo_of(const Part& part);

/// The parts of a request's form. @throws Error kInvalidArgument: it is none.
std::vector<Part> form_of(const Request& request);

/// Whether the body is JSON by its Content-Type.
bool is_json(const Request& request);

/// The bytes of Base64 text, with or without `data:image/jpeg;base64,` before it.
std::optional<std::string> picture_of_base64(std::string_view text);

/// All pictures of a request to Kith's own API: the form's parts called `file`, or a body that is one
/// picture.
/// @throws Error kInvalidArgument: there is none.
std::vector<PhotoBytes> uploaded_photos(const Request& request);

/// Of a form, the picture of this name. @throws Error kInvalidArgument: there is none.
PhotoBytes uploaded_photo(const Request& request, std::string_view name);

}  // namespace kith::server
