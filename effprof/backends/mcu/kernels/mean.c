/* Mean over a middle axis. */
#include "fixed.h"
#include "nn.h"

void mean(const mean_t *p, const int8_t *x, int8_t *y) {
  for (int32_t o = 0; o < p->outer; o++, x += p->count * p->inner)
    for (int32_t c = 0; c < p->inner; c++) {
      int32_t sum = 0;
      for (int32_t k = 0; k < p->count; k++) sum += x[k * p->inner + c];
      sum = scaled(sum - p->in_zero * p->count, p->factor, p->shift) + p->out_zero;
      *y++ = (int8_t)clamped(sum, -128, 127);
    }
}
