#include "server/router.h"

#include <gtest/gtest.h>

namespace kith::server {
namespace {

Router<int> routes() {
  Router<int> router;
  router.add("GET", "/v1/people", 1);
  router.add("GET", "/v1/people/{name}", 2);
  router.add("DELETE", "/v1/people/{name}", 3);
  router.add("POST", "/v1/people/{name}/photos", 4);
  return router;
}

TEST(RouterUnit, FindsByMethodAndSegments) {
  const Router<int> router = routes();
  EXPECT_EQ(*router.find("GET", "/v1/people").route, 1);
  EXPECT_EQ(*router.find("GET", "/v1/people/").route, 1);
  const auto ada = router.find("DELETE", "/v1/people/Ada%20L%C3%B6ve%2F2");
  EXPECT_EQ(*ada.route, 3);
  EXPECT_EQ(ada.values.at("name"), "Ada L\xC3\xB6ve/2");
  EXPECT_EQ(router.find("POST", "/v1/people/Ada/photos").values.at("name"), "Ada");
}

TEST(RouterUnit, OtherMethodsAndOtherPathsAreTold) {
  const Router<int> router = routes();
  const auto method = router.find("PUT", "/v1/people/Ada");
  EXPECT_EQ(method.route, nullptr);
  EXPECT_EQ(method.other_methods, (std::vector<std::string>{"GET", "DELETE"}));
  for (const char* path :
       {"", "/", "/v1", "/v1/peopl", "/v1/people/Ada/photos/1", "/v1/people//photos", "//v1/people",
        "/v1/people/%zz", "/v1/people/%00", "/v1/../v1/people", "v1/people"}) {
    const auto nobody = router.find("GET", path);
    EXPECT_EQ(nobody.route, nullptr) << path;
  }
}

}  // namespace
}  // namespace kith::server
