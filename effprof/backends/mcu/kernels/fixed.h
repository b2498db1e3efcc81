/* Fixed-point arithmetic that rounds twice, as TensorFlow Lite Micro's reference kernels do. */
#ifndef FIXED_H
#define FIXED_H
#include <stdint.h>
#if defined(__ARM_FEATURE_SIMD32)
#define DSP 1
#include <arm_acle.h>
#else
#define DSP 0
#endif
#define INLINE static inline __attribute__((always_inline))

INLINE int32_t clamped(int32_t v, int32_t low, int32_t high) {
  v = v < low ? low : v;
  return v > high ? high : v;
}

/* (2ab + 2^31) >> 32 for b >= 0: the doubling high multiply, rounded half up. */
#if defined(__ARM_ARCH_6M__)
/* ARMv6-M multiplies 32 x 32 bits to 32: four products of halves. */
INLINE int32_t doubling_high(int32_t a, int32_t b) {
  uint32_t a0 = (uint32_t)a & 0xffff, b0 = (uint32_t)b & 0xffff;
  int32_t a1 = a >> 16, b1 = b >> 16;
  int32_t t = a1 * (int32_t)b0 + (int32_t)((a0 * b0) >> 16);
  uint32_t u = ((uint32_t)t & 0xffff) + a0 * (uint32_t)b1;
  int32_t high = a1 * b1 + (t >> 16) + (int32_t)(u >> 16);
  return (int32_t)(((uint32_t)high << 1) + ((((u >> 14) & 3) + 1) >> 1));
}
#else
INLINE int32_t doubling_high(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (1ll << 30)) >> 31);
}
#endif

/* doubling_high(v, b) of twice = 2v, where 2v does not overflow. */
INLINE int32_t twice_high(int32_t twice, int32_t b) {
#if DSP
  int32_t high;
  __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(twice), "r"(b));
  return high;
#else
  return doubling_high(twice >> 1, b);
#endif
}

/* Right shift, halves away from zero; nothing overflows, whatever v. */
INLINE int32_t shift_right(int32_t v, int32_t exponent) {
  int32_t mask = (int32_t)((1u << exponent) - 1);
  return (v >> exponent) + ((v & mask) > (mask >> 1) + (v < 0));
}

INLINE int32_t scaled(int32_t v, int32_t factor, int32_t shift) {
  int32_t left = shift > 0 ? shift : 0, right = shift > 0 ? 0 : -shift;
  return shift_right(doubling_high((int32_t)((uint32_t)v << left), factor), right);
}

INLINE uint32_t load_4(const void *p) {
  uint32_t v;
  __builtin_memcpy(&v, p, 4);
  return v;
}
#endif
