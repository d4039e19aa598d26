// Small valid files for the fuzz targets to start from, written by Kith's own writers and those of the tests.
// usage: kith_fuzz_seeds FOLDER   makes FOLDER/fuzz_NAME.corpus
#include <onnx/onnx_pb.h>

#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <utility>

#include "core/files.h"
#include "model/import/onnx_builder.h"
#include "model/model_file.h"
#include "store/sightings.h"
#include "support/frozen_graph_writer.h"
#include "unit/model/pickle_writer.h"
#include "unit/model/tflite_writer.h"
#include "unit/people/synthetic.h"

namespace {

namespace fs = std::filesystem;
using namespace kith;
using model::FloatArray;

FloatArray ramp(const std::vector<std::int64_t>& shape) {
  FloatArray array{shape, std::vector<float>(model::element_count(shape, "ramp"))};
  for (std::size_t i = 0; i < array.values.size(); ++i) array.values[i] = static_cast<float>(i % 7) - 3;
  return array;
}

// EXIF of one entry, "turn right", after a JPEG's first marker.
std::string with_exif(const std::string& jpeg) {
  using namespace std::string_literals;
  const std::string tiff = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"s;
  return jpeg.substr(0, 2) + "\xFF\xE1\0\x22"s + "Exif\0\0"s + tiff + jpeg.substr(2);
}

void write_images(const fs::path& folder) {
  cv::Mat picture(9, 11, CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x)
      picture.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<uchar>(20 * x), cv::saturate_cast<uchar>(25 * y), 99);
  }
  cv::Mat deep;
  cv::Mat grey;
  picture.convertTo(deep, CV_16U, 257);
  cv::extractChannel(picture, grey, 0);
  const auto write = [&](const std::string& name, const cv::Mat& image,
                         const std::vector<int>& options = {}) {
    std::vector<uchar> bytes;
    cv::imencode(fs::path(name).extension().string(), image, bytes, options);
    write_file(folder / name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return std::string(bytes.begin(), bytes.end());
  };
  write_file(folder / "exif.jpg", with_exif(write("plain.jpg", picture)));
  write("progressive.jpg", picture, {cv::IMWRITE_JPEG_PROGRESSIVE, 1, cv::IMWRITE_JPEG_RST_INTERVAL, 1});
  write("grey.jpg", grey);
  write("plain.png", picture);
  write("deep.png", deep);
  write("grey.png", grey, {cv::IMWRITE_PNG_BILEVEL, 1});
  for (const char* ending : {"webp", "bmp", "tiff", "ppm"}) write(std::string("plain.") + ending, picture);
  write("grey.pgm", grey);
  write("deep.tiff", deep);
}

void write_npy(const fs::path& folder) {
  const model::Weights weights = {{"conv1/biases", ramp({10})}, {"conv1/weights", ramp({3, 3, 3, 10})}};
  write_file(folder / "small.npy", test::PickleWriter().npy(weights));
  test::PickleWriter turned;
  turned.raw() += '}';
  turned.text("layer");
  turned.raw() += "}q\x01";
  turned.text("weights");
  turned.array(ramp({2, 3}), true);
  turned.raw() += "sh\x01(h\x01us.";
  write_file(folder / "turned.npy", test::PickleWriter::header() + turned.raw());
}

// The first layers only: the whole network takes seconds a run.
void write_frozen_graph(const fs::path& folder) {
  using Store = test::GraphDefWriter::Store;
  test::GraphDefWriter graph;
  const auto layer = [&](const std::string& name, const std::vector<std::int64_t>& shape, Store store) {
    const std::string scope = "InceptionResnetV1/" + name;
    graph.variable(scope + "/weights", {shape, ramp(shape).values}, store);
    for (const char* part : {"beta", "moving_mean", "moving_variance"}) {
      graph.variable(scope + "/BatchNorm/" + part,
                     {{shape[3]}, std::vector<float>(static_cast<std::size_t>(shape[3]), 1)}, Store::kFirst);
    }
  };
  graph.node("input", "Placeholder");
  layer("Conv2d_1a_3x3", {3, 3, 3, 32}, Store::kContent);
  layer("Conv2d_2a_3x3", {3, 3, 32, 32}, Store::kFirst);
  layer("Conv2d_2b_3x3", {3, 3, 32, 64}, Store::kFirst);
  write_file(folder / "first_layers.pb", graph.bytes);
}

void write_tflite(const fs::path& folder) {
  using model::TfliteCode;
  test::TfliteWriter net;
  const auto in = net.tensor("in", {1, 5, 4, 2});
  const auto maps = net.tensor("maps", {1, 5, 4, 3});
  net.conv(
      {in, net.tensor("kernel", {3, 3, 3, 2}, ramp({3, 3, 3, 2}).values), net.tensor("bias", {3}, {1, 2, 3})},
      maps, true, 1, 1, 3);
  const auto deep = net.tensor("deep", {1, 5, 4, 3});
  net.depthwise({maps, net.tensor("deep_kernel", {1, 3, 3, 3}, ramp({27}).values)}, deep, true, 1, 1);
  const auto bent = net.tensor("bent", {1, 5, 4, 3});
  net.op(TfliteCode::kPrelu, {deep, net.tensor("slope", {1, 1, 3}, {0.1F, 0.2F, 0.3F})}, bent);
  const auto pooled = net.tensor("pooled", {1, 3, 2, 3});
  net.pool(TfliteCode::kMaxPool2d, bent, pooled, true, 2, 2);
  const auto sum = net.tensor("sum", {1, 3, 2, 3});
  net.op(TfliteCode::kAdd, {pooled, net.tensor("shift", {3}, {1, 2, 3})}, sum);
  const auto top = net.tensor("top", {1, 3, 2, 1});
  net.reduce(TfliteCode::kReduceMax, {sum, net.integers("axis", {3})}, top, true);
  const auto rows = net.tensor("rows", {1, 6});
  net.op(TfliteCode::kReshape, {top}, rows);
  const auto scores = net.tensor("scores", {1, 2});
  net.dense({rows, net.tensor("matrix", {2, 6}, ramp({12}).values), net.tensor("offset", {2}, {0, 1})},
            scores);
  const auto out = net.tensor("out", {1, 2});
  net.op(TfliteCode::kSoftmax, {scores}, out);
  write_file(folder / "small.tflite", net.finish({in}, {out}));
}

// Everything that optimise.cpp looks for, with odd numbers of channels.
model::ModelFile small_network() {
  model::OnnxBuilder builder("small");
  builder.input("in", {model::OnnxBuilder::kFree, 3, 112, 112});
  builder.node("Conv",
               {"in", builder.constant("w1", ramp({10, 3, 3, 3})), builder.constant("b1", ramp({10}))},
               "maps");
  builder.node("PRelu", {"maps", builder.constant("slope", ramp({10, 1, 1}))}, "bent");
  builder.node("Conv",
               {"bent", builder.constant("w2", ramp({2, 10, 1, 1})), builder.constant("b2", ramp({2}))},
               "pair");
  model::set_attribute(builder.node("Softmax", {"pair"}, "chance"), "axis", std::int64_t{1});
  builder.node("Reshape", {"chance", builder.constant("shape", std::vector<std::int64_t>{1, -1})}, "out");
  builder.output("out", {1, 128});
  model::ModelFile file{builder.finish(), {}};
  file.contract.kind = "embedding";
  file.contract.name = "small";
  file.contract.input.size = {112, 112};
  file.contract.graphs = {{"network", "in", {112, 112}, {"out"}}};
  file.contract.chip.size = {112, 112};
  file.contract.dimension = 128;
  file.contract.self_test.outputs = {{"network", "out", {0.5F, 1}, 1.5}};
  Calibration& calibration = file.contract.calibrations["small"];
  calibration.far = {0.1, 0.01};
  calibration.threshold = {0.2F, 0.4F};
  calibration.pairs = 1000;
  calibration.stddev = 0.1;
  calibration.source = "nobody";
  calibration.centre = Embedding(128, 0.01F);
  calibration.genuine_photos = 10;
  calibration.norm = 3;
  return file;
}

void write_onnx(const fs::path& folder) {
  model::ModelFile file = small_network();
  write_file(folder / "plain.onnx", file.proto->SerializeAsString());
  model::write_model(folder / "contract.onnx", file);
}

void write_contracts(const fs::path& folder) {
  const model::Contract contract = small_network().contract;
  write_file(folder / "contract.json", model::contract_json(contract));
  write_file(folder / "self_test.json", model::self_test_json(contract.self_test));
  write_file(folder / "calibrations.json", model::calibrations_json(contract.calibrations));
  write_file(folder / "chip.json", model::chip_geometry_json(contract.chip));
}

void write_people(const fs::path& folder) {
  test::Synthetic synthetic(8);
  test::make_gallery(folder / "three.kith", synthetic.people(3, 3), 8);
  test::make_gallery(folder / "one.kith", synthetic.people(1, 2), 8);
}

void write_sightings(const fs::path& folder) {
  Sightings sightings = Sightings::open_or_create(folder / "two.sightings", {"test", "test", 4});
  std::vector<Sighting> tracks(2);
  for (int i = 0; i < 2; ++i) {
    tracks[static_cast<std::size_t>(i)].source = "/film.mp4";
    tracks[static_cast<std::size_t>(i)].track = i + 1;
    tracks[static_cast<std::size_t>(i)].embedding = {i == 0 ? 1.0F : 0.0F, 0, i == 0 ? 0.0F : 1.0F, 0};
  }
  tracks[1].name = "Somebody";
  const auto ids = sightings.add({}, tracks);
  sightings.add_together({{ids[0], ids[1]}});
}

void write_http(const fs::path& folder) {
  const std::string part =
      "Content-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nbytes\r\n--XX";
  write_file(folder / "form", "multipart/form-data; boundary=XX\n--XX\r\n" + part + "\r\n" + part + "--\r\n");
  write_file(folder / "no_boundary", "--XX\r\n" + part + "--\r\n");
  write_file(folder / "path", "/v1/people/Ada%20L%C3%B6ve/photos/1?subject=Ada?status=true&&limit=0\n");
  write_file(folder / "json", R"({"file":"/9j/4GZhY2U=","list":[1,-2.5e3,null,true,"\u00e4"]})");
  write_file(folder / "base64", "/9j/4GZhY2U=");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::pair<const char*, std::function<void(const fs::path&)>> kinds[] = {
      {"image", write_images},       {"npy", write_npy},
      {"pb", write_frozen_graph},    {"tflite", write_tflite},
      {"onnx", write_onnx},          {"people", write_people},
      {"contract", write_contracts}, {"sightings", write_sightings},
      {"http", write_http}};
  for (const auto& [name, write] : kinds) {
    const fs::path folder = fs::path(argv[1]) / (std::string("fuzz_") + name + ".corpus");
    fs::create_directories(folder);
    write(folder);
  }
  return 0;
}
