// usage: photo NAME=PHOTO... PICTURE: enrols a photo of each person, then names the faces of a picture.
#include <kith/enrol.h>
#include <kith/frame.h>
#include <kith/gallery.h>
#include <kith/recognize.h>

#include <iostream>
#include <string>

int main(int argc, char** argv) try {
  const kith::Stages stages({});
  kith::Gallery gallery = kith::Gallery::in_memory(stages.embedder().binding());
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string argument = argv[i];
    const auto equals = argument.find('=');
    if (const auto sample = kith::sample_of(stages, argument.substr(equals + 1)))
      gallery.add(argument.substr(0, equals), {&*sample, 1});
  }
  const kith::Identifier who(gallery.people(), kith::identifier_options(stages.embedder(), gallery));
  for (const kith::RecognizedFace& face : kith::recognize(stages, who, kith::read_image(argv[argc - 1])))
    std::cout << face.face.box << ' ' << face.identity.name.value_or(to_string(face.identity.state)) << '\n';
  return 0;
} catch (const kith::Error& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
