/* Convolution without DSP instructions: columns of two pixels, blocks of two by two. */
#include "fixed.h"
#include "nn.h"

/* One pixel's window as `k_h * k_w * in_c` bytes; outside the image lies the zero point. */
static void column(const window_t *p, const int8_t *x, int32_t oy, int32_t ox, int8_t *d) {
  int32_t y0 = oy * p->stride_h - p->pad_top, x0 = ox * p->stride_w - p->pad_left;
  for (int32_t ky = 0; ky < p->k_h; ky++) {
    int32_t iy = y0 + ky * p->dilation_h;
    for (int32_t kx = 0; kx < p->k_w; kx++, d += p->in_c) {
      int32_t ix = x0 + kx * p->dilation_w;
      if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w)
        __builtin_memset(d, p->in_zero, (size_t)p->in_c);
      else
        __builtin_memcpy(d, x + (iy * p->in_w + ix) * p->in_c, (size_t)p->in_c);
    }
  }
}

INLINE int8_t finish(const window_t *p, int32_t acc, int32_t factor, int32_t shift) {
  return (int8_t)clamped(scaled(acc, factor, shift) + p->out_zero, p->out_min, p->out_max);
}

/* All channels of two pixels; the second may be the first again. */
static void two_pixels(const window_t *p, const channels_t *s, int32_t k, const int8_t *c0,
                       const int8_t *c1, const int8_t *w, int8_t *y0, int8_t *y1) {
  const int32_t *bias = s->bias, *factor = s->factor;
  const int8_t *shift = s->shift;
  int32_t o = 0;
  for (; o + 1 < p->out_c; o += 2, w += 2 * k) {
    int32_t a = bias[o], b = a, c = bias[o + 1], d = c;
    const int8_t *w1 = w + k;
    for (int32_t i = 0; i < k; i++) {
      int32_t u = w[i], v = w1[i], e = c0[i], f = c1[i];
      a += u * e;
      b += u * f;
      c += v * e;
      d += v * f;
    }
    y0[o] = finish(p, a, *factor, *shift);
    y1[o] = finish(p, b, *factor, *shift);
    factor += s->step;
    shift += s->step;
    y0[o + 1] = finish(p, c, *factor, *shift);
    y1[o + 1] = finish(p, d, *factor, *shift);
    factor += s->step;
    shift += s->step;
  }
  if (o < p->out_c) {
    int32_t a = bias[o], b = a;
    for (int32_t i = 0; i < k; i++) {
      a += w[i] * c0[i];
      b += w[i] * c1[i];
    }
    y0[o] = finish(p, a, *factor, *shift);
    y1[o] = finish(p, b, *factor, *shift);
  }
}

void conv_2d(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w, int8_t *y,
             void *scratch) {
  int32_t k = p->k_h * p->k_w * p->in_c, pixels = p->out_h * p->out_w;
  int32_t direct = p->k_h * p->k_w == 1 && p->stride_h * p->stride_w == 1 &&
                   p->out_h == p->in_h && p->out_w == p->in_w && x != y;
  int8_t *column_0 = scratch, *column_1 = column_0 + k;
  for (int32_t n = 0; n < p->batch; n++, x += p->in_h * p->in_w * p->in_c)
    for (int32_t i = 0, oy = 0, ox = 0; i < pixels; i += 2) {
      int32_t two = i + 1 < pixels;
      const int8_t *c0 = x + i * k, *c1 = two ? c0 + k : c0;
      if (!direct) {
        column(p, x, oy, ox, column_0);
        if (++ox == p->out_w) ox = 0, oy++;
        if (two) column(p, x, oy, ox, column_1);
        if (two && ++ox == p->out_w) ox = 0, oy++;
        c0 = column_0;
        c1 = two ? column_1 : column_0;
      }
      two_pixels(p, s, k, c0, c1, w, y, two ? y + p->out_c : y);
      y += (1 + two) * p->out_c;
    }
}

void fully_connected(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                     int8_t *y, void *scratch) {
  (void)scratch;
  for (int32_t n = 0; n < p->batch; n++, x += p->in_c) {
    const int32_t *factor = s->factor;
    const int8_t *shift = s->shift, *row = w;
    for (int32_t o = 0; o < p->out_c; o++, row += p->in_c) {
      int32_t a = s->bias[o];
#pragma clang loop unroll_count(8)
      for (int32_t i = 0; i < p->in_c; i++) a += x[i] * row[i];
      *y++ = finish(p, a, *factor, *shift);
      factor += s->step;
      shift += s->step;
    }
  }
}
