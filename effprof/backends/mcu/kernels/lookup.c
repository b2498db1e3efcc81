/* Functions of one int8 are tables of 256 answers, made when the firmware is. */
#include "fixed.h"
#include "nn.h"

void lookup_8(int32_t count, const int8_t *table, const int8_t *x, int8_t *y) {
  for (int32_t i = 0; i < count; i++) y[i] = table[(uint8_t)x[i]];
}

void lookup_32(int32_t count, const uint32_t *table, const int8_t *x, uint32_t *y) {
  for (int32_t i = 0; i < count; i++) y[i] = table[(uint8_t)x[i]];
}

/* Quantisation of a float is monotone: 255 edges, compared as bits, find its answer. */
void quantize_float(int32_t count, const uint32_t *edges, const uint32_t *x, int8_t *y) {
  for (int32_t i = 0; i < count; i++) {
    uint32_t bits = x[i], low = 0;
    bits ^= bits & 0x80000000u ? 0xffffffffu : 0x80000000u; /* the order of floats */
    for (uint32_t step = 128; step; step >>= 1)
      if (edges[low + step - 1] <= bits) low += step;
    y[i] = (int8_t)((int32_t)low - 128);
  }
}
