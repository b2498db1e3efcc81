/* Sums and products of two tensors of up to four dimensions; either may be broadcast. The result may
   lie over an operand of its shape. */
#include "fixed.h"
#include "nn.h"

typedef int32_t (*both_t)(const pairwise_t *p, int32_t a, int32_t b);

/* 20 bits of headroom, as the reference has them. */
INLINE int32_t sum_of(const pairwise_t *p, int32_t a, int32_t b) {
  a = scaled((a - p->a_zero) * (1 << 20), p->a_factor, p->a_shift);
  b = scaled((b - p->b_zero) * (1 << 20), p->b_factor, p->b_shift);
  return scaled(a + p->sign * b, p->factor, p->shift) + p->out_zero;
}

INLINE int32_t product_of(const pairwise_t *p, int32_t a, int32_t b) {
  return scaled((a - p->a_zero) * (b - p->b_zero), p->factor, p->shift) + p->out_zero;
}

/* The same sum where the last right shift is 1..22: what does not change is worked out before. */
typedef struct {
  int32_t a_half, a_sign, b_half, b_sign, rounding;
} ready_t;

INLINE int32_t operand(int32_t v, int32_t factor, int32_t shift, int32_t half, int32_t sign) {
  v = twice_high(v * (1 << 21), factor);
  return (v + ((v >> 31) & sign) + half) >> shift;
}

INLINE int32_t quick_sum(const pairwise_t *p, const ready_t *r, int32_t a, int32_t b) {
  a = operand(a - p->a_zero, p->a_factor, -p->a_shift, r->a_half, r->a_sign);
  b = operand(b - p->b_zero, p->b_factor, -p->b_shift, r->b_half, r->b_sign);
  a = twice_high((a + p->sign * b) * 2, p->factor);
  return (a + (a >> 31) + r->rounding) >> -p->shift;
}

INLINE void over(pairwise_t p, const int8_t *a, const int8_t *b, int8_t *y, both_t both) {
  const int32_t *n = p.size, *as = p.a_step, *bs = p.b_step;
  for (int32_t i = 0; i < n[0]; i++)
    for (int32_t j = 0; j < n[1]; j++)
      for (int32_t k = 0; k < n[2]; k++) {
        const int8_t *u = a + i * as[0] + j * as[1] + k * as[2];
        const int8_t *v = b + i * bs[0] + j * bs[1] + k * bs[2];
        for (int32_t l = 0; l < n[3]; l++, u += as[3], v += bs[3])
          *y++ = (int8_t)clamped(both(&p, *u, *v), p.out_min, p.out_max);
      }
}

void add(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y) {
  over(*p, a, b, y, sum_of);
}

void add_alike(const pairwise_t *q, const int8_t *a, const int8_t *b, int8_t *y) {
  const pairwise_t p = *q;
  const ready_t r = {
      (int32_t)((1u << -p.a_shift) >> 1), p.a_shift ? -1 : 0,
      (int32_t)((1u << -p.b_shift) >> 1), p.b_shift ? -1 : 0,
      (1 << (-p.shift - 1)) + p.out_zero * (1 << -p.shift),
  };
  for (int32_t i = 0; i < p.size[3]; i++)
    y[i] = (int8_t)clamped(quick_sum(&p, &r, a[i], b[i]), p.out_min, p.out_max);
}

void mul(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y) {
  over(*p, a, b, y, product_of);
}
