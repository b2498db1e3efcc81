/* Copies between layouts, fills, nearest-neighbour resizing. */
#include "fixed.h"
#include "nn.h"

#define COPY(name, type)                                                                   \
  void name(const copy_t *p, const type *x, type *y) {                                     \
    const int32_t *n = p->size, *f = p->from_step, *t = p->to_step;                        \
    for (int32_t a = 0; a < n[0]; a++)                                                     \
      for (int32_t b = 0; b < n[1]; b++)                                                   \
        for (int32_t c = 0; c < n[2]; c++)                                                 \
          for (int32_t d = 0; d < n[3]; d++)                                               \
            for (int32_t e = 0; e < n[4]; e++) {                                           \
              const type *from = x + a * f[0] + b * f[1] + c * f[2] + d * f[3] + e * f[4]; \
              type *to = y + a * t[0] + b * t[1] + c * t[2] + d * t[3] + e * t[4];         \
              if (f[5] == 1 && t[5] == 1)                                                  \
                __builtin_memcpy(to, from, (size_t)n[5] * sizeof(type));                   \
              else                                                                         \
                for (int32_t i = 0; i < n[5]; i++) to[i * t[5]] = from[i * f[5]];          \
            }                                                                              \
  }

COPY(copy_8, int8_t)
COPY(copy_32, uint32_t)

void fill_8(int32_t count, int32_t value, int8_t *y) {
  __builtin_memset(y, value, (size_t)count);
}

void resize_nearest(const resize_t *p, const uint16_t *rows, const uint16_t *columns,
                    const int8_t *x, int8_t *y) {
  for (int32_t n = 0; n < p->batch; n++, x += p->in_h * p->in_w * p->depth)
    for (int32_t oy = 0; oy < p->out_h; oy++)
      for (int32_t ox = 0; ox < p->out_w; ox++, y += p->depth)
        __builtin_memcpy(y, x + (rows[oy] * p->in_w + columns[ox]) * p->depth, (size_t)p->depth);
}
