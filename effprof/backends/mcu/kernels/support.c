/* What the compiler calls and no C library provides here. */
#include <stddef.h>
#include <stdint.h>
#define USED __attribute__((used, noinline))
typedef uint32_t __attribute__((may_alias)) word_t;

USED void *memset(void *to, int value, size_t n) {
  uint8_t *d = to;
  uint32_t v = (uint8_t)value * 0x01010101u;
  for (; n && ((uintptr_t)d & 3); n--) *d++ = (uint8_t)value;
  for (; n >= 16; n -= 16, d += 16) {
    word_t *w = (word_t *)d;
    w[0] = v, w[1] = v, w[2] = v, w[3] = v;
  }
  for (; n; n--) *d++ = (uint8_t)value;
  return to;
}

USED void *memcpy(void *restrict to, const void *restrict from, size_t n) {
  uint8_t *d = to;
  const uint8_t *s = from;
#if defined(__ARM_FEATURE_UNALIGNED)
  const int words = 1;
#else
  const int words = !(((uintptr_t)d | (uintptr_t)s) & 3);
#endif
  if (words) {
    for (; n >= 16; n -= 16, d += 16, s += 16) {
      uint32_t a = ((const word_t *)s)[0], b = ((const word_t *)s)[1];
      uint32_t c = ((const word_t *)s)[2], e = ((const word_t *)s)[3];
      __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(e)); /* no pairs: they must align */
      ((word_t *)d)[0] = a;
      __asm__ volatile("" ::: "memory");
      ((word_t *)d)[1] = b;
      __asm__ volatile("" ::: "memory");
      ((word_t *)d)[2] = c;
      __asm__ volatile("" ::: "memory");
      ((word_t *)d)[3] = e;
    }
    for (; n >= 4; n -= 4, d += 4, s += 4) *(word_t *)d = *(const word_t *)s;
  }
  for (; n; n--) *d++ = *s++;
  return to;
}

#if defined(__arm__)
USED void __aeabi_memcpy(void *d, const void *s, size_t n) { memcpy(d, s, n); }
USED void __aeabi_memcpy4(void *d, const void *s, size_t n) { memcpy(d, s, n); }
USED void __aeabi_memcpy8(void *d, const void *s, size_t n) { memcpy(d, s, n); }
USED void __aeabi_memset(void *d, size_t n, int c) { memset(d, c, n); }
USED void __aeabi_memset4(void *d, size_t n, int c) { memset(d, c, n); }
USED void __aeabi_memclr(void *d, size_t n) { memset(d, 0, n); }
USED void __aeabi_memclr4(void *d, size_t n) { memset(d, 0, n); }
USED void __aeabi_memclr8(void *d, size_t n) { memset(d, 0, n); }
#endif

#if defined(__ARM_ARCH_6M__)
/* ARMv6-M has no divide: shift and subtract. */
USED uint32_t __aeabi_uidiv(uint32_t n, uint32_t d) {
  uint32_t q = 0, bit = 1;
  while (d < n && !(d & 0x80000000u)) d <<= 1, bit <<= 1;
  for (; bit; bit >>= 1, d >>= 1)
    if (n >= d) n -= d, q |= bit;
  return q;
}

USED int32_t __aeabi_idiv(int32_t n, int32_t d) {
  uint32_t q = __aeabi_uidiv(n < 0 ? 0u - (uint32_t)n : (uint32_t)n,
                             d < 0 ? 0u - (uint32_t)d : (uint32_t)d);
  return (n < 0) != (d < 0) ? -(int32_t)q : (int32_t)q;
}
#endif
