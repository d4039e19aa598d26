#include "media/film_tags.h"

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <cmath>
#include <new>

namespace kith {
namespace {

void copy_chapter(const AVChapter& chapter, double first_picture_s, AVFormatContext& copy) {
  const std::int64_t shift = std::llround(first_picture_s / av_q2d(chapter.time_base));
  const std::int64_t start = std::max<std::int64_t>(chapter.start - shift, 0);
  const std::int64_t end = std::max<std::int64_t>(chapter.end - shift, start);
  auto* const made = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
  if (made == nullptr) throw std::bad_alloc();
  made->id = chapter.id;
  made->time_base = chapter.time_base;
  made->start = start;
  made->end = end;
  av_dict_copy(&made->metadata, chapter.metadata, 0);
  int count = static_cast<int>(copy.nb_chapters);
  av_dynarray_add(&copy.chapters, &count, made);
  if (copy.chapters == nullptr) throw std::bad_alloc();
  copy.nb_chapters = static_cast<unsigned>(count);
}

}  // namespace

void copy_tags(const AVFormatContext& film, double first_picture_s, AVFormatContext& copy) {
  av_dict_copy(&copy.metadata, film.metadata, 0);
  for (const char* key : {"major_brand", "minor_version", "compatible_brands", "encoder", "rotate"})
    av_dict_set(&copy.metadata, key, nullptr, 0);
  for (unsigned i = 0; i < film.nb_chapters; ++i) copy_chapter(*film.chapters[i], first_picture_s, copy);
}

void copy_tags(const AVStream& stream, AVStream& copy) {
  for (const char* key : {"language", "title"}) {
    if (const AVDictionaryEntry* tag = av_dict_get(stream.metadata, key, nullptr, 0))
      av_dict_set(&copy.metadata, key, tag->value, 0);
  }
}

}  // namespace kith
