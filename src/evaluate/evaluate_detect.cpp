#include "evaluate/evaluate_detect.h"

#include <fmt/format.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>

namespace kith {
namespace {

constexpr std::array kSizeEdges{12.0F, 16.0F, 24.0F, 32.0F, 48.0F, 64.0F, 96.0F, 160.0F, 320.0F};  // px

/// A detection among those of all pictures.
struct Detection {
  float score = 0;
  bool right = false;
  std::size_t picture = 0;
};

/// All detections, by descending score.
std::vector<Detection> gather(const std::vector<PictureMatches>& pictures) {
  std::vector<Detection> all;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    for (const auto& [score, right] : pictures[i].detections) all.push_back({score, right, i});
  }
  std::ranges::stable_sort(all, std::greater{}, &Detection::score);
  return all;
}

/// What is counted in a sample of the pictures, in which each is `weights[i]` times.
struct PictureSample {
  double pictures = 0, faces = 0, right = 0, wrong = 0;
  std::vector<PrPoint> curve;
};

PictureSample sample_of(const std::vector<PictureMatches>& pictures, const std::vector<Detection>& detections,
                        const std::vector<int>& weights) {
  PictureSample sample;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    sample.pictures += weights[i];
    sample.faces += weights[i] * static_cast<double>(pictures[i].found.size());
  }
  for (std::size_t i = 0; i < detections.size(); ++i) {
    (detections[i].right ? sample.right : sample.wrong) += weights[detections[i].picture];
    const bool last_of_score = i + 1 == detections.size() || detections[i + 1].score != detections[i].score;
    if (last_of_score && sample.right + sample.wrong > 0 && sample.faces > 0)
      sample.curve.push_back({sample.right / sample.faces, sample.right / (sample.right + sample.wrong)});
  }
  return sample;
}

using Figures = std::array<std::optional<double>, 4>;  // ap, precision, recall, false detections a picture

std::optional<double> share(double part, double all) {
  return all > 0 ? std::optional(part / all) : std::nullopt;
}

Figures figures_of(const PictureSample& sample) {
  return {sample.faces > 0 ? std::optional(average_precision(sample.curve)) : std::nullopt,
          share(sample.right, sample.right + sample.wrong), share(sample.right, sample.faces),
          share(sample.wrong, sample.pictures)};
}

/// Figures over again with pictures drawn at random, as many as there are.
std::array<std::vector<double>, 4> bootstrap(const std::vector<PictureMatches>& pictures,
                                             const std::vector<Detection>& detections) {
  std::array<std::vector<double>, 4> values;
  Redraw redraw;
  for (int r = 0; r < kRedraws && pictures.size() > 1; ++r) {
    std::vector<int> weights(pictures.size());
    for (const std::size_t drawn : redraw(pictures.size())) ++weights[drawn];
    const Figures figures = figures_of(sample_of(pictures, detections, weights));
    for (std::size_t f = 0; f < figures.size(); ++f) {
      if (figures[f]) values[f].push_back(*figures[f]);
    }
  }
  return values;
}

/// Drawing pictures anew never shows an error that was not made: where all of 10 faces are found, it knows no
/// other share. Counts do, but take what is in one picture for independent. So the wider of both.
Figure widen(Figure figure, const Interval& counted) {
  if (figure.interval) figure.interval = wider(*figure.interval, counted);
  return figure;
}

/// Wilson's interval of part / all; of nothing everything.
Interval counted_interval(double part, double all) {
  return all > 0 ? wilson(static_cast<std::int64_t>(part), static_cast<std::int64_t>(all)) : Interval{0, 1};
}

std::vector<SizeBin> recall_by_size(const std::vector<BoxedPicture>& pictures,
                                    const std::vector<PictureMatches>& matches) {
  std::vector<SizeBin> bins(1);
  for (const float edge : kSizeEdges) {
    bins.back().to = edge;
    bins.emplace_back().from = edge;
  }
  for (std::size_t p = 0; p < pictures.size(); ++p) {
    for (std::size_t f = 0; f < pictures[p].faces.size(); ++f) {
      const auto bin = std::ranges::upper_bound(kSizeEdges, pictures[p].faces[f].height) - kSizeEdges.begin();
      ++bins[static_cast<std::size_t>(bin)].faces;
      if (matches[p].found[f]) ++bins[static_cast<std::size_t>(bin)].found;
    }
  }
  return bins;
}

/// The box that `box` overlaps most, by `min_iou` at least, if any. @param taken  boxes that are passed over.
std::optional<std::size_t> best_overlap(const cv::Rect2f& box, const std::vector<cv::Rect2f>& boxes,
                                        float min_iou, const std::vector<bool>& taken) {
  std::optional<std::size_t> best;
  float most = min_iou;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const float overlap = iou(box, boxes[i]);
    if ((!taken.empty() && taken[i]) || overlap < most || (best && overlap == most)) continue;
    best = i;
    most = overlap;
  }
  return best;
}

}  // namespace

std::string SizeBin::name() const {
  if (!to) return fmt::format(">= {:g}", from);
  return from > 0 ? fmt::format("{:g}-{:g}", from, *to) : fmt::format("< {:g}", *to);
}

double SizeBin::recall() const { return static_cast<double>(found) / static_cast<double>(faces); }

Interval SizeBin::interval() const { return wilson(found, faces); }

std::size_t DetectReport::faces_not_scored() const {
  std::size_t sum = 0;
  for (const UnscoredPicture& picture : failed) sum += picture.faces;
  return sum;
}

PictureMatches match_detections(const std::vector<Face>& detected, const BoxedPicture& truth, float min_iou) {
  PictureMatches matches;
  matches.found.resize(truth.faces.size());
  for (const Face& face : detected) {
    const std::optional<std::size_t> found = best_overlap(face.box, truth.faces, min_iou, matches.found);
    if (!found && best_overlap(face.box, truth.ignored, min_iou, {})) continue;
    if (found) matches.found[*found] = true;
    matches.detections.push_back({face.probability, found.has_value()});
  }
  return matches;
}

std::vector<PrPoint> precision_recall(const std::vector<PictureMatches>& pictures) {
  return sample_of(pictures, gather(pictures), std::vector<int>(pictures.size(), 1)).curve;
}

double average_precision(const std::vector<PrPoint>& curve) {
  double area = 0;
  double best = 0;
  for (std::size_t i = curve.size(); i-- > 0;) {
    best = std::max(best, curve[i].precision);
    area += best * (curve[i].recall - (i > 0 ? curve[i - 1].recall : 0));
  }
  return area;
}

void score_detections(const std::vector<BoxedPicture>& pictures, const std::vector<PictureMatches>& matches,
                      DetectReport& report) {
  const std::vector<Detection> detections = gather(matches);
  PictureSample all = sample_of(matches, detections, std::vector<int>(matches.size(), 1));
  const Figures figures = figures_of(all);
  const auto resampled = bootstrap(matches, detections);
  const auto figure = [&](std::size_t f) {
    const bool enough = resampled[f].size() >= kRedraws / 2;
    return Figure{figures[f], enough ? std::optional(middle(resampled[f])) : std::nullopt};
  };
  report.ap = figure(0);
  // The area is no count of anything, but where no drawing changes it, no face was missed and none false.
  if (report.ap.interval && report.ap.value)
    report.ap.interval = share_interval(resampled[0], *report.ap.value, all.faces);
  report.precision = widen(figure(1), counted_interval(all.right, all.right + all.wrong));
  report.recall = widen(figure(2), counted_interval(all.right, all.faces));
  const Interval wrong = poisson(static_cast<std::int64_t>(all.wrong));
  report.false_per_picture = widen(figure(3), {wrong.low / all.pictures, wrong.high / all.pictures});
  report.by_size = recall_by_size(pictures, matches);
  report.curve = std::move(all.curve);
  report.pictures = std::ssize(pictures);
  for (const BoxedPicture& picture : pictures) {
    report.faces += std::ssize(picture.faces);
    report.ignored += std::ssize(picture.ignored);
  }
}

DetectReport evaluate_detect(const Stages& stages, std::vector<BoxedPicture> pictures,
                             const DetectOptions& options, const std::atomic<bool>& stop,
                             const ReportProgress& progress) {
  std::vector<PictureMatches> all(pictures.size()), matches(pictures.size());
  std::atomic<std::int64_t> done = 0;
  for_each_in_parallel(pictures.size(), options.workers, stop, [&](std::size_t i) {
    cv::Mat image;
    try {
      if (pictures[i].error.empty()) image = read_image(options.images / pictures[i].path);
    } catch (const Error& e) {
      pictures[i].error = e.what();
    }
    if (!image.empty()) {
      std::vector<Face> faces = stages.detect(image);
      std::ranges::stable_sort(faces, std::greater{}, &Face::probability);
      all[i] = match_detections(faces, pictures[i], options.iou);
      std::erase_if(faces, [&](const Face& face) { return face.probability < options.min_face_score; });
      matches[i] = match_detections(faces, pictures[i], options.iou);
    }
    progress(++done, std::ssize(pictures));
  });
  DetectReport report;
  report.iou = options.iou;
  report.min_face_score = options.min_face_score;
  report.interrupted = done < std::ssize(pictures);
  if (report.interrupted) return report;
  std::vector<BoxedPicture> scored;
  std::vector<PictureMatches> scored_all, scored_matches;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (!pictures[i].error.empty()) {
      report.failed.push_back({pictures[i].path, pictures[i].error, pictures[i].faces.size()});
      continue;
    }
    scored.push_back(std::move(pictures[i]));
    scored_all.push_back(std::move(all[i]));
    scored_matches.push_back(std::move(matches[i]));
  }
  score_detections(scored, scored_matches, report);
  DetectReport whole;
  score_detections(scored, scored_all, whole);
  report.ap = whole.ap;
  report.curve = std::move(whole.curve);
  return report;
}

}  // namespace kith
