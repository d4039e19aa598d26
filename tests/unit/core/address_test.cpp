#include "core/address.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <vector>

#include "support/test_data.h"

namespace kith {
namespace {

TEST(AddressUnit, UserAndPasswordAreNotShown) {
  const std::map<std::string, std::string> shown{
      {"http://me:secret@cam/", "http://cam/"},
      {"http://me:secret@cam:8080/video?action=stream", "http://cam:8080/video?action=stream"},
      {"rtsp://me@cam/1", "rtsp://cam/1"},
      {"rtsp://me:se@cret@cam/1", "rtsp://cam/1"},
      {"rtsp://me:se/cret@cam/1", "rtsp://cam/1"},
      {"rtsp://me:s?e#cret@cam:554/1", "rtsp://cam:554/1"},
      {"rtsp://me:secret@[fe80::1]:554/1", "rtsp://[fe80::1]:554/1"},
      {"HTTP://me:secret@cam", "HTTP://cam"},
      {"http://me:secret@", "http://"},
  };
  for (const auto& [given, expected] : shown) EXPECT_EQ(shown_address(given), expected);
}

TEST(AddressUnit, SecretsAmongTheParametersAreNotShown) {
  const std::map<std::string, std::string> shown{
      {"http://cam/v?password=secret", "http://cam/v?password=***"},
      {"http://cam/v?a=1&token=secret&b=2", "http://cam/v?a=1&token=***&b=2"},
      {"http://cam/v?API_KEY=secret;x=1", "http://cam/v?API_KEY=***;x=1"},
      {"http://cam/v?usr=secret&pwd=secret", "http://cam/v?usr=***&pwd=***"},
      {"http://cam/v?loginuse=secret&loginpas=secret", "http://cam/v?loginuse=***&loginpas=***"},
      {"https://s/f.mp4?X-Amz-Signature=secret&n=1", "https://s/f.mp4?X-Amz-Signature=***&n=1"},
      {"http://cam/v?token=a=secret=", "http://cam/v?token=***"},
      {"http://cam/v?token=sec_ret", "http://cam/v?token=***"},
      {"http://cam/v?psw=secret&codec=h264", "http://cam/v?psw=***&codec=h264"},
      {"http://cam/v?p=secret&code=secret", "http://cam/v?p=***&code=***"},
      {"http://cam/v#access_token=secret", "http://cam/v#access_token=***"},
      {"rtsp://cam/user=secret_password=secret_channel=1_stream=0.sdp?real_stream",
       "rtsp://cam/user=***_password=***_channel=1_stream=0.sdp?real_stream"},
      {"rtsp://cam/user=secret&password=secret&channel=1", "rtsp://cam/user=***&password=***&channel=1"},
      {"srt://cam:9000?passphrase=secret&mode=caller", "srt://cam:9000?passphrase=***&mode=caller"},
  };
  for (const auto& [given, expected] : shown) {
    EXPECT_EQ(shown_address(given), expected);
    EXPECT_EQ(shown_address(expected), expected);
  }
}

TEST(AddressUnit, WhatHoldsNoSecretStays) {
  for (const std::string same :
       {"http://cam/", "http://cam:80/a@2x.mp4", "rtsp://[::1]:554/ch@1", "film.mp4", "a:b@c.mp4", "0",
        "/dev/video0", "me:secret@cam", "C://x", "http://cam/?token", "http://cam/film.mp4?start=5"}) {
    EXPECT_EQ(shown_address(same), same);
  }
}

TEST(AddressUnit, AFilmHasItsNameWhereverItIs) {
  EXPECT_EQ(file_name_of("http://host/films/film.mp4?from=5/6#x"), "film.mp4");
  EXPECT_EQ(file_name_of("films/film.mp4"), "film.mp4");
  EXPECT_EQ(file_name_of("a?b.mp4"), "a?b.mp4");
  EXPECT_EQ(file_name_of("http://host/"), "");
  EXPECT_EQ(file_name_of("http://host"), "");
  EXPECT_EQ(file_name_of("http://host?x=/y"), "");
}

TEST(AddressUnit, AFileAddressIsAPath) {
  const test::TempDir folder;
  const std::filesystem::path plain = folder.path() / "a%20b.mp4";
  EXPECT_EQ(path_of_file_address("file://" + plain.string()), folder.path() / "a b.mp4");
  EXPECT_EQ(path_of_file_address("file://localhost" + plain.string()), folder.path() / "a b.mp4");
  std::ofstream(plain) << "x";
  EXPECT_EQ(path_of_file_address("file://" + plain.string()), plain);
  EXPECT_EQ(path_of_file_address("http://cam/"), std::nullopt);
  EXPECT_EQ(path_of_file_address("file.mp4"), std::nullopt);
}

}  // namespace
}  // namespace kith
