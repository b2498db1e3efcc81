/* Softmax of int8 rows. `exponentials[d]` is exp(-d * scale * beta) in Q0.31, by the reference's
   arithmetic; entries past `smallest` are never read. */
#include "fixed.h"
#include "nn.h"

static int32_t saturated_left(int32_t v, int32_t amount) {
  int32_t limit = INT32_MAX >> amount;
  if (v > limit) return INT32_MAX;
  if (v < -limit - 1) return INT32_MIN;
  return (int32_t)((uint32_t)v << amount);
}

/* 1 / (1 + x) for x in [0, 1) of Q0.31, in Q0.31, by three Newton steps. */
static int32_t reciprocal(int32_t x) {
  int32_t half = (int32_t)(((uint32_t)x + (uint32_t)INT32_MAX + 1u) >> 1);
  int32_t r = 1515870810 + doubling_high(-1010580540, half);
  for (int32_t i = 0; i < 3; i++)
    r += saturated_left(doubling_high((1 << 29) - doubling_high(half, r), r), 2);
  return saturated_left(r, 1);
}

void softmax(const softmax_t *p, const int32_t *exponentials, const int8_t *x, int8_t *y) {
  for (int32_t row = 0; row < p->rows; row++, x += p->width, y += p->width) {
    int32_t most = -128, headroom = 0;
    uint32_t sum = 0;
    for (int32_t i = 0; i < p->width; i++) most = x[i] > most ? x[i] : most;
    for (int32_t i = 0; i < p->width; i++) {
      int32_t below = most - x[i];
      if (below <= p->smallest) sum += (uint32_t)shift_right(exponentials[below], 12);
    }
    while (!(sum & 0x80000000u)) sum <<= 1, headroom++;
    int32_t scale = reciprocal((int32_t)(sum - 0x80000000u)), exponent = 12 - headroom + 31 - 8;
    for (int32_t i = 0; i < p->width; i++) {
      int32_t below = most - x[i], v = -128;
      if (below <= p->smallest)
        v = clamped(shift_right(doubling_high(scale, exponentials[below]), exponent) - 128, -128,
                    127);
      y[i] = (int8_t)v;
    }
  }
}
