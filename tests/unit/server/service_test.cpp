// The real `kith serve`, from outside: what a script, a browser and a crash see.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "core/base64.h"
#include "support/pictures.h"
#include "support/served.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::HttpAnswer;
using test::HttpAsk;
using test::HttpForm;
using test::Served;

std::string sample(const std::string& below) { return read_file(test::samples() / below); }

class ServiceModel : public testing::Test {
 protected:
  void SetUp() override {
    KITH_NEEDS_MODEL("fr_feature");
    start();
  }
  void start(const std::vector<std::string>& options = {"--key", Served::kKey}) {
    served_ = std::make_unique<Served>(people(), options);
    ASSERT_GT(served_->port(), 0) << served_->first_line() << log();
  }
  fs::path people() const { return dir_.path() / "people.kith"; }
  std::string log() const { return read_file(people().string() + ".log"); }
  HttpAnswer ask(const std::string& method, const std::string& target, const std::string& body = {},
                 const std::string& type = {}) const {
    return served_->ask({method, target, body, type});
  }
  HttpAnswer enrol(const std::string& name, const std::vector<std::string>& photos,
                   const std::string& more = {}) const {
    HttpForm form;
    for (const std::string& photo : photos) form.add("file", sample(photo), fs::path(photo).filename());
    return ask("POST", "/v1/people/" + name + "/photos" + more, form.text(), HttpForm::kType);
  }
  nlohmann::json recognise(const std::string& photo) const {
    return ask("POST", "/v1/recognize", sample(photo), "image/jpeg").json();
  }
  test::TempDir dir_;
  std::unique_ptr<Served> served_;
};

TEST_F(ServiceModel, TheWholeWay) {
  EXPECT_TRUE(served_->first_line().starts_with("listening http://127.0.0.1:"));
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  EXPECT_EQ(ask("GET", "/v1/people").json()["people"].size(), 0U);
  const HttpAnswer nobody = ask("POST", "/v1/recognize", sample("test/amara/01.jpg"), "image/jpeg");
  EXPECT_EQ(nobody.json()["faces"][0]["name"], nullptr);
  EXPECT_EQ(nobody.json()["people"], 0);

  const HttpAnswer added =
      enrol("Ada%20Lovelace", {"raw/amara/01.jpg", "raw/amara/02.jpg", "raw/amara/03.jpg"});
  EXPECT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(added.json()["added"], 3) << added.body;
  EXPECT_EQ(added.json()["refused"].size(), 0U);
  const HttpAnswer again = enrol("ada%20lovelace", {"raw/amara/01.jpg"});
  EXPECT_EQ(again.json()["added"], 0);
  EXPECT_EQ(again.json()["refused"][0]["reason"], "duplicate");
  EXPECT_EQ(again.json()["refused"][0]["file"], "01.jpg");

  const nlohmann::json seen = recognise("test/amara/01.jpg");
  EXPECT_EQ(seen["faces"][0]["name"], "Ada Lovelace") << seen;
  EXPECT_EQ(seen["faces"][0]["state"], "named");
  EXPECT_EQ(seen["width"], 452);
  EXPECT_EQ(seen["far"], 0.001);
  EXPECT_EQ(seen["people"], 1);
  EXPECT_GT(seen["faces"][0]["similarity"], seen["threshold"]);
  EXPECT_EQ(recognise("test/stranger_1/01.jpg")["faces"][0]["name"], nullptr);

  const HttpAnswer renamed =
      ask("PATCH", "/v1/people/Ada%20Lovelace", R"({"name":"Ada"})", "application/json");
  EXPECT_EQ(renamed.status, 200) << renamed.body;
  EXPECT_EQ(recognise("test/amara/01.jpg")["faces"][0]["name"], "Ada");
  const nlohmann::json photos = ask("GET", "/v1/people/Ada/photos").json()["photos"];
  ASSERT_EQ(photos.size(), 3U);
  const std::string one = "/v1/people/Ada/photos/" + photos[0]["id"].get<std::string>();
  EXPECT_EQ(ask("GET", one + "/picture").status, 404);
  EXPECT_EQ(ask("DELETE", one).status, 200);
  EXPECT_EQ(ask("DELETE", one).status, 404);
  const HttpAnswer erased = ask("DELETE", "/v1/people/Ada");
  EXPECT_EQ(erased.status, 200);
  EXPECT_EQ(erased.json()["erased"]["name"], "Ada");
  EXPECT_EQ(ask("DELETE", "/v1/people/Ada").status, 404);
  EXPECT_EQ(recognise("test/amara/01.jpg")["faces"][0]["name"], nullptr);

  // Neither faces nor keys nor names in the log; who did what in the audit log, for its owner alone.
  const std::string lines = log();
  for (const char* secret : {"Ada", Served::kKey, "embedding"})
    EXPECT_EQ(lines.find(secret), std::string::npos) << secret;
  EXPECT_NE(lines.find("route=/v1/people/{name}/photos status=201"), std::string::npos) << lines;
  const std::string audit = read_file(people().string() + ".service/audit.jsonl");
  EXPECT_NE(audit.find(R"("did":"erase","person":"Ada")"), std::string::npos) << audit;
  struct stat status {};
  ::stat((people().string() + ".service/audit.jsonl").c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ServiceModel, WhatWasAnsweredWith201SurvivesKill9AndSigtermEndsInOrder) {
  EXPECT_EQ(enrol("Ada", {"raw/amara/01.jpg", "raw/amara/02.jpg"}).status, 201);
  served_->end(SIGKILL);
  const auto begin = std::chrono::steady_clock::now();
  start();
  const auto started = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(recognise("test/amara/01.jpg")["faces"][0]["name"], "Ada");
  std::thread in_hand([&] { EXPECT_EQ(enrol("Bruno", {"raw/bruno/01.jpg"}).status, 201); });
  std::this_thread::sleep_for(30ms);
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(served_->end(SIGTERM), 0);
  in_hand.join();
  RecordProperty("start_ms", static_cast<int>(started / 1ms));
  RecordProperty("stop_ms", static_cast<int>((std::chrono::steady_clock::now() - asked) / 1ms));
  start();
  EXPECT_EQ(ask("GET", "/v1/people").json()["people"].size(), 2U);
}

TEST_F(ServiceModel, KeysAreAskedForAndMadeAndRevokedWhileItRuns) {
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", {"A: 1"}}).status, 401);
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", {"x-api-key: 0"}}).json()["error"]["code"],
            "malformed_key");
  const std::string place = " --people " + people().string();
  const auto run = [&](const std::string& words) {
    std::FILE* out =
        ::popen((std::string(KITH_BINARY) + " serve key " + words + place + " 2>/dev/null").c_str(), "r");
    std::string text;
    for (char line[200]; std::fgets(line, sizeof line, out) != nullptr;) text += line;
    ::pclose(out);
    return text;
  };
  std::string key = run("add door --role recognise");
  key.pop_back();
  std::this_thread::sleep_for(700ms);
  const std::vector<std::string> header = {"X-API-Key: " + key};
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", header}).status, 200);
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", {"Authorization: bearer " + key}}).status, 200);
  EXPECT_EQ(served_->ask({"POST", "/v1/detect", sample("test/amara/01.jpg"), "", header}).status, 200);
  EXPECT_EQ(served_->ask({"POST", "/v1/embed", sample("test/amara/01.jpg"), "", header}).status, 403);
  EXPECT_EQ(served_->ask({"DELETE", "/v1/people/Ada", "", "", header}).status, 403);
  const std::string list = run("list");
  EXPECT_EQ(list.find(key), std::string::npos);
  EXPECT_EQ(run("revoke " + list.substr(0, 8)), "Revoked " + list.substr(0, 8) + "\n");
  std::this_thread::sleep_for(700ms);
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", header}).status, 401);
  int refused = 0;
  for (int i = 0; i < 10; ++i)
    refused += served_->ask({"GET", "/v1/people", "", "", header}).status == 429 ? 1 : 0;
  EXPECT_GT(refused, 0);
  EXPECT_EQ(ask("GET", "/v1/people").status, 200);  // the right key is heard all the same
}

TEST_F(ServiceModel, OddPhotosAreToldWhatIsWrong) {
  const auto detect = [&](const std::string& bytes) {
    const HttpAnswer answer = ask("POST", "/v1/detect", bytes, "image/jpeg");
    return answer.status == 200 ? std::to_string(answer.json()["faces"].size())
                                : answer.json()["error"]["code"].get<std::string>();
  };
  const cv::Mat grey(300, 200, CV_8UC3, cv::Scalar::all(120));
  EXPECT_EQ(detect(test::encoded(".png", grey)), "0");
  EXPECT_EQ(detect(""), "invalid");
  EXPECT_EQ(detect("no picture at all"), "unreadable_picture");
  EXPECT_EQ(detect(sample("test/amara/01.jpg").substr(0, 3000)), "unreadable_picture");
  std::string bomb = test::encoded(".png", grey);
  bomb.replace(16, 8, std::string("\0\0\x75\x30\0\0\x75\x30", 8));
  EXPECT_EQ(detect(bomb), "unreadable_picture");
  EXPECT_EQ(detect(test::encoded(".png", cv::imread((test::samples() / "test/amara/01.jpg").string()))), "1");
  EXPECT_EQ(ask("POST", "/v1/detect", "x", HttpForm::kType).json()["error"]["code"], "invalid");
  HttpForm pair;
  pair.add("a", sample("raw/amara/01.jpg")).add("b", sample("raw/amara/02.jpg"));
  EXPECT_EQ(ask("POST", "/v1/compare", pair.text(), HttpForm::kType).json()["same"], true);
  EXPECT_EQ(ask("GET", "/v1/nothing").json()["error"]["code"], "no_such_route");
  const HttpAnswer method = ask("PUT", "/v1/people");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.at("allow"), "GET");
  EXPECT_EQ(ask("POST", "/v1/people/unknown/photos", sample("raw/amara/01.jpg"), "image/jpeg").status, 400);
}

TEST_F(ServiceModel, WithoutAKeyNoPageOfAnotherSiteIsAnswered) {
  served_->end(SIGTERM);
  start({});
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", {"A: 1"}}).status, 200);
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", {"Origin: https://evil.example"}}).status, 403);
  test::HttpClient rebound(served_->port());
  rebound.send("GET /v1/people HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(rebound.read().status, 403);
  EXPECT_EQ(served_->ask({"GET", "/v1/people", "", "", {"Origin: http://localhost:3000"}}).status, 200);
}

TEST_F(ServiceModel, OtherMachinesNeedAKeyAndTls) {
  served_->end(SIGTERM);
  const auto refused = [&](const std::vector<std::string>& more) {
    const Served open(people(), more, "0.0.0.0:0");
    return open.port() == 0;
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({"--key", Served::kKey}));
  EXPECT_FALSE(refused({"--key", Served::kKey, "--insecure-http"}));
}

TEST_F(ServiceModel, ManyClientsEnrolAskAndEraseAtOnce) {
  enrol("farah", {"raw/farah/01.jpg", "raw/farah/02.jpg"});
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (const std::string name : {"amara", "bruno", "carmen", "dana"}) {
    threads.emplace_back([&, name] {
      for (int round = 0; round < 3; ++round) {
        if (enrol(name, {"raw/" + name + "/01.jpg", "raw/" + name + "/02.jpg"}, "?force=true").status != 201)
          ++wrong;
        const nlohmann::json farah = recognise("test/farah/01.jpg");
        if (farah["faces"][0]["name"] != "farah") ++wrong;
        if (ask("DELETE", "/v1/people/" + name).status != 200) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(ask("GET", "/v1/people").json()["people"].size(), 1U);
}

TEST_F(ServiceModel, PagesOfPeopleAndUndo) {
  for (const std::string name : {"amara", "bruno", "carmen"})
    enrol(name, {"raw/" + name + "/01.jpg"}, "?force=true");
  std::vector<std::string> names;
  std::string cursor;
  do {
    const nlohmann::json page = ask("GET", "/v1/people?limit=2" + cursor).json();
    for (const auto& person : page["people"]) names.push_back(person["name"]);
    cursor = page["next_cursor"].is_null() ? "" : "&cursor=" + page["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"amara", "bruno", "carmen"}));
  EXPECT_EQ(ask("GET", "/v1/people?limit=0").status, 400);
  EXPECT_EQ(ask("PATCH", "/v1/people/amara", R"({"name":"bruno"})").json()["merged"], true);
  EXPECT_EQ(ask("POST", "/v1/undo").status, 200);
  EXPECT_EQ(ask("GET", "/v1/people").json()["people"].size(), 3U);
  EXPECT_EQ(ask("POST", "/v1/undo").status, 404);
}

TEST_F(ServiceModel, DeepStack) {
  HttpForm form;
  form.add("userid", "Ada", "")
      .add("image1", sample("raw/amara/01.jpg"))
      .add("image2", sample("raw/amara/02.jpg"));
  const auto post = [&](const std::string& route, HttpForm& with) {
    return ask("POST", "/v1/vision/face" + route, with.text(), HttpForm::kType);
  };
  EXPECT_EQ(post("/register", form).json()["message"], "face added");
  HttpForm image;
  image.add("image", sample("test/amara/01.jpg")).add("min_confidence", "0.6", "");
  const nlohmann::json named = post("/recognize/", image).json();
  EXPECT_EQ(named["success"], true);
  EXPECT_EQ(named["predictions"][0]["userid"], "Ada") << named;
  EXPECT_GT(named["predictions"][0]["x_max"], named["predictions"][0]["x_min"]);
  EXPECT_EQ(post("", image).json()["predictions"].size(), 1U);
  HttpForm stranger;
  stranger.add("image", sample("test/stranger_1/01.jpg"));
  EXPECT_EQ(post("/recognize", stranger).json()["predictions"][0]["userid"], "unknown");
  EXPECT_EQ(post("/recognize", stranger).json()["predictions"][0]["confidence"], 0);
  HttpForm two;
  two.add("a", sample("raw/amara/01.jpg")).add("b", sample("raw/amara/02.jpg"));
  EXPECT_GT(post("/match", two).json()["similarity"], 0.5);
  HttpForm user;
  user.add("userid", "ada", "");
  EXPECT_EQ(post("/list", user).json()["faces"][0], "Ada");
  EXPECT_EQ(post("/delete", user).json()["success"], true);
  HttpForm none;
  none.add("userid", "Ada", "");
  EXPECT_EQ(post("/register", none).json()["error"], "No valid image file found");
  EXPECT_EQ(post("/recognize", none).json()["success"], false);
  HttpForm key;
  key.add("api_key", Served::kKey, "");
  EXPECT_EQ(served_->ask({"POST", "/v1/vision/face/list", key.text(), HttpForm::kType, {"A: 1"}}).status,
            200);
  const HttpAnswer wrong =
      served_->ask({"POST", "/v1/vision/face/list", user.text(), HttpForm::kType, {"A: 1"}});
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.json()["error"], "Incorrect api key");
}

}  // namespace
}  // namespace kith
