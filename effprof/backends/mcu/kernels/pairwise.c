/* Sums and products of two tensors of up to four dimensions; either may be broadcast. */
#include "fixed.h"
#include "nn.h"

typedef int32_t (*both_t)(const pairwise_t *p, int32_t a, int32_t b);

INLINE int32_t sum_of(const pairwise_t *p, int32_t a, int32_t b) {
  /* 20 bits of headroom, as the reference has them. */
  a = scaled((a - p->a_zero) * (1 << 20), p->a_factor, p->a_shift);
  b = scaled((b - p->b_zero) * (1 << 20), p->b_factor, p->b_shift);
  return a + p->sign * b;
}

INLINE int32_t product_of(const pairwise_t *p, int32_t a, int32_t b) {
  return (a - p->a_zero) * (b - p->b_zero);
}

INLINE void over(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y, both_t both) {
  const int32_t *n = p->size, *as = p->a_step, *bs = p->b_step;
  for (int32_t i = 0; i < n[0]; i++)
    for (int32_t j = 0; j < n[1]; j++)
      for (int32_t k = 0; k < n[2]; k++) {
        const int8_t *u = a + i * as[0] + j * as[1] + k * as[2];
        const int8_t *v = b + i * bs[0] + j * bs[1] + k * bs[2];
        for (int32_t l = 0; l < n[3]; l++, u += as[3], v += bs[3])
          *y++ = (int8_t)clamped(scaled(both(p, *u, *v), p->factor, p->shift) + p->out_zero,
                                 p->out_min, p->out_max);
      }
}

void add(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y) {
  over(p, a, b, y, sum_of);
}

void mul(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y) {
  over(p, a, b, y, product_of);
}
