#include "media/text.h"

#include <pango/pangoft2.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <opencv2/imgproc.hpp>

namespace kith {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
struct FreeFont {
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
};
struct Free {
  void operator()(char* text) const { g_free(text); }
};

class Fonts {
 public:
  Fonts() {
    if (!has_any()) return;
    map_.reset(pango_ft2_font_map_new());
    context_.reset(pango_font_map_create_context(map_.get()));
    font_.reset(pango_font_description_from_string("Sans Bold"));
  }

  // Pango ends the process when there is not a single font.
  bool usable() const { return context_ != nullptr; }

  bool has_all(const std::string& text) {
    return pango_layout_get_unknown_glyphs_count(laid_out(text, kAnyHeight).get()) == 0;
  }

  cv::Mat render(const std::string& text, int height_px) {
    const Layout layout = laid_out(text, height_px);
    PangoRectangle ink, line;
    pango_layout_get_pixel_extents(layout.get(), &ink, &line);
    const int left = std::min(ink.x, line.x), top = std::min(ink.y, line.y);
    const int right = std::max(ink.x + ink.width, line.x + line.width),
              bottom = std::max(ink.y + ink.height, line.y + line.height);
    cv::Mat mask = cv::Mat::zeros(std::max(bottom - top, 1), std::max(right - left, 1), CV_8UC1);
    FT_Bitmap target{};
    target.rows = static_cast<unsigned>(mask.rows);
    target.width = static_cast<unsigned>(mask.cols);
    target.pitch = static_cast<int>(mask.step);
    target.buffer = mask.data;
    target.num_grays = 256;
    target.pixel_mode = FT_PIXEL_MODE_GRAY;
    pango_ft2_render_layout(&target, layout.get(), -left, -top);
    return mask;
  }

 private:
  using Layout = std::unique_ptr<PangoLayout, Unref>;
  static constexpr int kAnyHeight = 20;

  Layout laid_out(const std::string& text, int height_px) {
    pango_font_description_set_absolute_size(font_.get(), static_cast<double>(height_px) * PANGO_SCALE);
    Layout layout(pango_layout_new(context_.get()));
    const std::unique_ptr<char, Free> valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
    pango_layout_set_font_description(layout.get(), font_.get());
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_text(layout.get(), valid.get(), -1);
    return layout;
  }

  static bool has_any() {
    FcPattern* everything = FcPatternCreate();
    FcObjectSet* family = FcObjectSetBuild(FC_FAMILY, nullptr);
    FcFontSet* fonts = FcFontList(nullptr, everything, family);
    const bool any = fonts != nullptr && fonts->nfont > 0;
    if (fonts != nullptr) FcFontSetDestroy(fonts);
    FcObjectSetDestroy(family);
    FcPatternDestroy(everything);
    return any;
  }

  std::unique_ptr<PangoFontMap, Unref> map_;
  std::unique_ptr<PangoContext, Unref> context_;
  std::unique_ptr<PangoFontDescription, FreeFont> font_;
};

// OpenCV's own strokes: ASCII only.
cv::Mat render_strokes(const std::string& text, int height_px) {
  const double scale = height_px / 30.0;  // Hershey Simplex: 22 px capitals, 30 with descenders at scale 1
  const int width = std::max(1, height_px / 10);
  int below = 0;
  const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, width, &below);
  cv::Mat mask = cv::Mat::zeros(size.height + below + width, size.width + width, CV_8UC1);
  cv::putText(mask, text, {0, size.height}, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar(255), width,
              cv::LINE_AA);
  return mask;
}

template <typename Use>
auto with_fonts(Use use) {
  static std::mutex mutex;  // a Pango font map belongs to one thread at a time
  const std::lock_guard lock(mutex);
  static Fonts& fonts = *new Fonts;  // never freed: GLib's own statics may be gone by then
  return use(fonts);
}

bool is_ascii(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0; });
}

}  // namespace

cv::Mat render_text(const std::string& text, int height_px) {
  return with_fonts([&](Fonts& fonts) {
    return fonts.usable() ? fonts.render(text, height_px) : render_strokes(text, height_px);
  });
}

bool can_render(const std::string& text) {
  return is_ascii(text) || with_fonts([&](Fonts& fonts) { return fonts.usable() && fonts.has_all(text); });
}

}  // namespace kith
