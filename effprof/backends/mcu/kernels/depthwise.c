/* Depthwise convolution of any shape and multiplier. */
#include "fixed.h"
#include "nn.h"

typedef struct {
  int32_t from, to; /* taps inside the image: from <= k < to */
} span_t;

static span_t inside(int32_t start, int32_t taps, int32_t dilation, int32_t size) {
  span_t s = {0, taps};
  while (s.from < taps && start + s.from * dilation < 0) s.from++;
  while (s.to > s.from && start + (s.to - 1) * dilation >= size) s.to--;
  return s;
}

void depthwise_conv_2d(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                       int8_t *y) {
  int32_t multiplier = p->out_c / p->in_c, zero = p->in_zero;
  for (int32_t n = 0; n < p->batch; n++, x += p->in_h * p->in_w * p->in_c)
    for (int32_t oy = 0; oy < p->out_h; oy++) {
      int32_t y0 = oy * p->stride_h - p->pad_top;
      span_t v = inside(y0, p->k_h, p->dilation_h, p->in_h);
      for (int32_t ox = 0; ox < p->out_w; ox++) {
        int32_t x0 = ox * p->stride_w - p->pad_left;
        span_t h = inside(x0, p->k_w, p->dilation_w, p->in_w);
        const int32_t *factor = s->factor;
        const int8_t *shift = s->shift;
        int32_t x_step = p->dilation_w * p->in_c;
        for (int32_t c = 0, o = 0; c < p->in_c; c++)
          for (int32_t m = 0; m < multiplier; m++, o++) {
            int32_t acc = s->bias[o];
            for (int32_t ky = v.from; ky < v.to; ky++) {
              const int8_t *w_tap = w + (ky * p->k_w + h.from) * p->out_c + o;
              const int8_t *tap = x + ((y0 + ky * p->dilation_h) * p->in_w + x0) * p->in_c +
                                  h.from * x_step + c;
              for (int32_t kx = h.from; kx < h.to; kx++) {
                acc += (*tap - zero) * *w_tap;
                tap += x_step;
                w_tap += p->out_c;
              }
            }
            *y++ = (int8_t)clamped(scaled(acc, *factor, *shift) + p->out_zero, p->out_min,
                                   p->out_max);
            factor += s->step;
            shift += s->step;
          }
      }
    }
}
