// usage: video PEOPLE.kith FILM NAMED.mp4: an annotated copy, and who was seen when.
#include <kith/gallery.h>
#include <kith/pipeline.h>

#include <atomic>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) return 2;
  const kith::Stages stages({.min_face_px = 40});
  const kith::Gallery gallery = kith::Gallery::open(argv[1]);
  const auto who = std::make_shared<const kith::Identifier>(
      gallery.people(), kith::identifier_options(stages.embedder(), gallery));
  kith::Pipeline pipeline(stages, [&] { return who; });
  const std::unique_ptr<kith::FrameSource> film = kith::FrameSource::open(argv[2]);
  const std::unique_ptr<kith::Sink> copy = kith::make_overlay_sink(argv[3]);
  const std::atomic<bool> stop = false;
  pipeline.run(*film, *copy, stop);
  copy->finish(pipeline.summary());
  for (const kith::Summary::PersonSeen& person : pipeline.summary().people)
    std::cout << person.name << ": " << person.frames << " frames\n";
  return pipeline.summary().failed == 0 ? 0 : 1;
} catch (const kith::Error& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
