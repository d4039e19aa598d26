#include "media/refusal.h"

#include <kith/error.h>

#include <cerrno>

#include "media/av.h"

namespace kith::av {
namespace {

struct Refusal {
  int error;
  ErrorCode code;
  const char* words;
};

constexpr Refusal kRefusals[] = {
    {AVERROR_EXIT, ErrorCode::kIo, "interrupted"},
    {AVERROR(ENOENT), ErrorCode::kNotFound, "no such file"},
    {AVERROR_PROTOCOL_NOT_FOUND, ErrorCode::kUnsupported, "this kind of address is not supported"},
    {AVERROR_INVALIDDATA, ErrorCode::kCorrupt,
     "neither a picture nor a video that can be read: damaged, cut off before its index, or of another kind"},
    {AVERROR_EOF, ErrorCode::kCorrupt,
     "neither a picture nor a video that can be read: damaged, cut off before its index, or of another kind"},
    {AVERROR(ECONNREFUSED), ErrorCode::kIo,
     "connection refused: nothing listens there; check the address and its port, and that it is switched on"},
    {AVERROR(ETIMEDOUT), ErrorCode::kIo, "no answer: check the address, and that it is switched on"},
    {AVERROR(EHOSTUNREACH), ErrorCode::kIo, "the host cannot be reached: check the address and the network"},
    {AVERROR(ENETUNREACH), ErrorCode::kIo, "there is no network to reach it by"},
    {AVERROR(ECONNRESET), ErrorCode::kIo, "the connection was cut by the other side"},
    {AVERROR_HTTP_UNAUTHORIZED, ErrorCode::kIo,
     "the server wants a user and a password (401), or others: http://USER:PASSWORD@..."},
    {AVERROR_HTTP_FORBIDDEN, ErrorCode::kIo, "the server refuses to show it (403)"},
    {AVERROR_HTTP_NOT_FOUND, ErrorCode::kNotFound, "the server has nothing at this address (404)"},
    {AVERROR_HTTP_BAD_REQUEST, ErrorCode::kIo, "the server does not understand this address (400)"},
    {AVERROR_HTTP_OTHER_4XX, ErrorCode::kIo, "the server refuses (4xx)"},
    {AVERROR_HTTP_SERVER_ERROR, ErrorCode::kIo, "the server has failed (5xx): try again later"},
};

}  // namespace

void refuse(const std::string& name, int error) {
  for (const Refusal& known : kRefusals) {
    if (known.error == error) throw Error(known.code, name + ": " + known.words);
  }
  throw Error(ErrorCode::kIo, name + ": cannot be opened: " + describe(error));
}

}  // namespace kith::av
