/* Average and maximum over a sliding window; what lies outside the image does not count. */
#include "fixed.h"
#include "nn.h"

typedef struct {
  int32_t from, to;
} span_t;

static span_t inside(int32_t start, int32_t taps, int32_t size) {
  span_t s = {start < 0 ? 0 : start, start + taps > size ? size : start + taps};
  return s;
}

void average_pool_2d(const window_t *p, const int8_t *x, int8_t *y) {
  for (int32_t n = 0; n < p->batch; n++, x += p->in_h * p->in_w * p->in_c)
    for (int32_t oy = 0; oy < p->out_h; oy++) {
      span_t v = inside(oy * p->stride_h - p->pad_top, p->k_h, p->in_h);
      for (int32_t ox = 0; ox < p->out_w; ox++) {
        span_t h = inside(ox * p->stride_w - p->pad_left, p->k_w, p->in_w);
        int32_t count = (v.to - v.from) * (h.to - h.from);
        for (int32_t c = 0; c < p->in_c; c++) {
          int32_t sum = 0;
          for (int32_t iy = v.from; iy < v.to; iy++) {
            const int8_t *tap = x + (iy * p->in_w + h.from) * p->in_c + c;
            for (int32_t ix = h.from; ix < h.to; ix++, tap += p->in_c) sum += *tap;
          }
          sum = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
          *y++ = (int8_t)clamped(sum, p->out_min, p->out_max);
        }
      }
    }
}

void max_pool_2d(const window_t *p, const int8_t *x, int8_t *y) {
  for (int32_t n = 0; n < p->batch; n++, x += p->in_h * p->in_w * p->in_c)
    for (int32_t oy = 0; oy < p->out_h; oy++) {
      span_t v = inside(oy * p->stride_h - p->pad_top, p->k_h, p->in_h);
      for (int32_t ox = 0; ox < p->out_w; ox++) {
        span_t h = inside(ox * p->stride_w - p->pad_left, p->k_w, p->in_w);
        for (int32_t c = 0; c < p->in_c; c++) {
          int32_t most = -128;
          for (int32_t iy = v.from; iy < v.to; iy++) {
            const int8_t *tap = x + (iy * p->in_w + h.from) * p->in_c + c;
            for (int32_t ix = h.from; ix < h.to; ix++, tap += p->in_c)
              most = *tap > most ? *tap : most;
          }
          *y++ = (int8_t)clamped(most, p->out_min, p->out_max);
        }
      }
    }
}
