// quality: how much a face tells about who it is. Weighs evidence in tracks and samples in templates.
#pragma once

#include <kith/export.h>
#include <kith/face.h>

namespace kith {

/// How alike the face's vector will be to a good picture of the same person: the expected cosine, by its size, by how
/// probably it is a face and by what the embedder sees in it (docs/accuracy.md, "Quality").
/// @param face  with its probability (Stages::detect).
/// @param norm  of its embedding, relative to strangers' (Embedder::embed): blur, a turned head, what hides the face.
/// @return [0, 1], larger is better.
KITH_EXPORT float quality(const Face& face, float norm);

}  // namespace kith
