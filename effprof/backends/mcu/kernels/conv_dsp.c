/* Convolution and fully connected layers on cores with DSP instructions.

   Two pixels' windows are widened to 16 bits, the pairs of a multiply side by side; four channels
   are computed of both at once. Two channels' weights share each 16-bit half, h = 256 * odd + even:
   SMLAD of h sums 256 * odd + even, SMLAD of its sign-extended low bytes sums even alone, and the
   difference is odd's. That saves half of the extensions, and is exact while an odd channel's sum
   stays below 2^23, which is checked when the firmware is made. Weights lie in the order in which
   they are read. The loops are assembly: the compiler spills accumulators. */
#include "fixed.h"
#include "nn.h"

/* What the assembly reads, at these offsets from its stack pointer. */
typedef struct {
  const uint32_t *columns, *middle, *end; /* groups of 4 taps: up to middle one by one, then 4 */
  const int8_t *weights;
  const int32_t *bias, *factor;
  const int8_t *shift;
  int8_t *y0, *y1;
  int32_t groups;   /* of four channels */
  int32_t rounding; /* 2 * zero point + 1: shifted by a channel's shift and halved, it rounds */
} block_t;

#define BOTH(o, p)                                                    \
  "ldr r10, [r8, #" o "]\n ldr r11, [r8, #" p "]\n"                   \
  "ldr r12, [r9, #" o "]\n ldr lr, [r9, #" p "]\n"                    \
  "smlad r2, r12, r10, r2\n smlad r3, r12, r11, r3\n sxtb16 r12, r12\n" \
  "smlad r6, lr, r10, r6\n smlad r7, lr, r11, r7\n sxtb16 lr, lr\n"   \
  "smlad r0, r12, r10, r0\n smlad r1, r12, r11, r1\n"                 \
  "smlad r4, lr, r10, r4\n smlad r5, lr, r11, r5\n"

#define ONE(a, b, c, d, e, f)                                          \
  "ldr r7, [r4, #" a "]\n ldr r8, [r4, #" b "]\n"                      \
  "ldr r9, [r5, #" c "]\n ldr r10, [r5, #" d "]\n"                     \
  "ldr r11, [r5, #" e "]\n ldr r12, [r5, #" f "]\n"                    \
  "smlad r1, r9, r7, r1\n smlad r3, r10, r7, r3\n"                     \
  "sxtb16 r9, r9\n sxtb16 r10, r10\n"                                  \
  "smlad r0, r9, r7, r0\n smlad r2, r10, r7, r2\n"                     \
  "smlad r1, r11, r8, r1\n smlad r3, r12, r8, r3\n"                    \
  "sxtb16 r11, r11\n sxtb16 r12, r12\n"                                \
  "smlad r0, r11, r8, r0\n smlad r2, r12, r8, r2\n"

/* Channel `at` of the four: the high product is in `p`; r12 holds the shifts, lr the rounding. */
#define SHIFT(at) "uxtb r10, r12, ror #" at "\n lsl r11, lr, r10\n asr r11, r11, #1\n"
#define ROUND(p)                                                              \
  "add r9, r11, " p ", asr #31\n add " p ", " p ", r9\n asr " p ", " p ", r10\n" \
  "ssat " p ", #8, " p "\n"

/* Four channels of two pixels at a time. */
__attribute__((naked, noinline)) static void two_pixels(const block_t *b) {
  __asm__ volatile(
      "push {r4-r11, lr}\n ldm r0, {r1-r11}\n push {r1-r11}\n"
      "1: ldr r8, [sp, #16]\n ldm r8!, {r0, r2, r4, r6}\n str r8, [sp, #16]\n"
      "mov r1, r0\n mov r3, r2\n mov r5, r4\n mov r7, r6\n"
      "ldr r9, [sp, #12]\n ldr r8, [sp]\n ldr r10, [sp, #4]\n cmp r8, r10\n beq 3f\n"
      "2:" BOTH("0", "4") BOTH("8", "12")
      "add r8, #16\n add r9, #16\n ldr r10, [sp, #4]\n cmp r8, r10\n bne 2b\n"
      "3: ldr r10, [sp, #8]\n cmp r8, r10\n beq 5f\n"
      "4:" BOTH("0", "4") BOTH("8", "12") BOTH("16", "20") BOTH("24", "28")
      BOTH("32", "36") BOTH("40", "44") BOTH("48", "52") BOTH("56", "60")
      "add r8, #64\n add r9, #64\n ldr r10, [sp, #8]\n cmp r8, r10\n bne 4b\n"
      "5: str r9, [sp, #12]\n"
      "sub r2, r2, r0\n sub r3, r3, r1\n sub r6, r6, r4\n sub r7, r7, r5\n"
      "lsl r0, r0, #1\n lsl r1, r1, #1\n asr r2, r2, #7\n asr r3, r3, #7\n"
      "lsl r4, r4, #1\n lsl r5, r5, #1\n asr r6, r6, #7\n asr r7, r7, #7\n"
      "ldr r8, [sp, #20]\n ldm r8!, {r9, r10, r11, r12}\n str r8, [sp, #20]\n"
      "smmulr r0, r0, r9\n smmulr r1, r1, r9\n smmulr r2, r2, r10\n smmulr r3, r3, r10\n"
      "smmulr r4, r4, r11\n smmulr r5, r5, r11\n smmulr r6, r6, r12\n smmulr r7, r7, r12\n"
      "ldr r8, [sp, #24]\n ldr lr, [sp, #40]\n ldr r12, [r8], #4\n str r8, [sp, #24]\n"
      SHIFT("0") ROUND("r0") ROUND("r1") SHIFT("8") ROUND("r2") ROUND("r3")
      SHIFT("16") ROUND("r4") ROUND("r5") SHIFT("24") ROUND("r6") ROUND("r7")
      "ldr r8, [sp, #28]\n ldr r9, [sp, #32]\n ldr r10, [sp, #36]\n"
      "strb r0, [r8], #1\n strb r2, [r8], #1\n strb r4, [r8], #1\n strb r6, [r8], #1\n"
      "strb r1, [r9], #1\n strb r3, [r9], #1\n strb r5, [r9], #1\n strb r7, [r9], #1\n"
      "subs r10, #1\n str r8, [sp, #28]\n str r9, [sp, #32]\n str r10, [sp, #36]\n bne 1b\n"
      "add sp, #44\n pop {r4-r11, pc}\n");
}

/* Four channels of one row at a time. */
__attribute__((naked, noinline)) static void one_row(const block_t *b) {
  __asm__ volatile(
      "push {r4-r11, lr}\n ldm r0, {r1-r11}\n push {r1-r11}\n"
      "ldr r5, [sp, #12]\n ldr r6, [sp, #8]\n"
      "1: ldr r8, [sp, #16]\n ldm r8!, {r0-r3}\n str r8, [sp, #16]\n"
      "ldr r4, [sp]\n ldr lr, [sp, #4]\n cmp r4, lr\n beq 3f\n"
      "2:" ONE("0", "4", "0", "4", "8", "12")
      "add r4, #8\n add r5, #16\n cmp r4, lr\n bne 2b\n"
      "3: cmp r4, r6\n beq 5f\n"
      "4:" ONE("0", "4", "0", "4", "8", "12") ONE("8", "12", "16", "20", "24", "28")
      ONE("16", "20", "32", "36", "40", "44") ONE("24", "28", "48", "52", "56", "60")
      "add r4, #32\n add r5, #64\n cmp r4, r6\n bne 4b\n"
      "5: sub r1, r1, r0\n sub r3, r3, r2\n"
      "lsl r0, r0, #1\n asr r1, r1, #7\n lsl r2, r2, #1\n asr r3, r3, #7\n"
      "ldr r8, [sp, #20]\n ldm r8!, {r9, r10, r11, r12}\n str r8, [sp, #20]\n"
      "smmulr r0, r0, r9\n smmulr r1, r1, r10\n smmulr r2, r2, r11\n smmulr r3, r3, r12\n"
      "ldr r8, [sp, #24]\n ldr lr, [sp, #40]\n ldr r12, [r8], #4\n str r8, [sp, #24]\n"
      SHIFT("0") ROUND("r0") SHIFT("8") ROUND("r1") SHIFT("16") ROUND("r2") SHIFT("24") ROUND("r3")
      "ldr r8, [sp, #28]\n ldr r10, [sp, #36]\n"
      "strb r0, [r8], #1\n strb r1, [r8], #1\n strb r2, [r8], #1\n strb r3, [r8], #1\n"
      "subs r10, #1\n str r8, [sp, #28]\n str r10, [sp, #36]\n bne 1b\n"
      "add sp, #44\n pop {r4-r11, pc}\n");
}

/* Bytes 1 and 3: the rotation is part of the instruction. GCC knows no __ror. */
INLINE uint32_t odd(uint32_t v) { return __sxtb16(v >> 8 | v << 24); }

/* Taps 0 and 2, then 1 and 3, of every four: what one extension of a word gives. */
static void widen(const int8_t *x, int32_t fours, uint32_t *d) {
  for (; fours; fours--, x += 4, d += 2) {
    uint32_t v = load_4(x);
    d[0] = __sxtb16(v);
    d[1] = odd(v);
  }
}

static void widen_two(const int8_t *x0, const int8_t *x1, int32_t fours, uint32_t *d) {
  for (; fours; fours--, x0 += 4, x1 += 4, d += 4) {
    uint32_t v0 = load_4(x0), v1 = load_4(x1);
    d[0] = __sxtb16(v0);
    d[1] = __sxtb16(v1);
    d[2] = odd(v0);
    d[3] = odd(v1);
  }
}

/* A run of taps that lie side by side in memory: a row of the window, or one tap if dilated. */
typedef struct {
  int32_t count, taps, length, fours;
  int8_t *outside, *edges; /* a run outside the image; room for two that are partly so */
} runs_t;

static const int8_t *run(const window_t *p, const runs_t *r, const int8_t *x, int32_t oy,
                         int32_t ox, int32_t at, int8_t *edge) {
  int32_t ky = at, ix = ox * p->stride_w - p->pad_left;
  if (r->taps < p->k_w) ky = at / p->k_w, ix += (at - ky * p->k_w) * p->dilation_w;
  int32_t iy = oy * p->stride_h - p->pad_top + ky * p->dilation_h;
  if (iy < 0 || iy >= p->in_h) return r->outside;
  const int8_t *row = x + iy * p->in_w * p->in_c;
  if (ix >= 0 && ix + r->taps <= p->in_w) return row + ix * p->in_c;
  int32_t from = ix < 0 ? -ix : 0, to = ix + r->taps > p->in_w ? p->in_w - ix : r->taps;
  if (from >= to) return r->outside;
  __builtin_memset(edge, p->in_zero, (size_t)r->length);
  __builtin_memcpy(edge + from * p->in_c, row + (ix + from) * p->in_c,
                   (size_t)((to - from) * p->in_c));
  return edge;
}

static void clamp_rows(const window_t *p, int8_t *y, int32_t n) {
  if (p->out_min == -128 && p->out_max == 127) return;
  for (; n; n--, y++) *y = (int8_t)clamped(*y, p->out_min, p->out_max);
}

/* All channels: groups of four, and the rest through a buffer. */
static void channels(const window_t *p, const channels_t *s, block_t *b, const int8_t *w,
                     int32_t group_bytes, int8_t *y0, int8_t *y1,
                     void (*compute)(const block_t *)) {
  int32_t whole = p->out_c >> 2, rest = p->out_c & 3;
  b->weights = w;
  b->bias = s->bias;
  b->factor = s->factor;
  b->shift = s->shift;
  b->y0 = y0;
  b->y1 = y1;
  b->groups = whole;
  if (whole) compute(b);
  if (rest) {
    int8_t last[8];
    block_t c = *b;
    c.weights = w + whole * group_bytes;
    c.bias += 4 * whole;
    c.factor += 4 * whole;
    c.shift += 4 * whole;
    c.y0 = last;
    c.y1 = last + 4;
    c.groups = 1;
    compute(&c);
    for (int32_t i = 0; i < rest; i++) y0[4 * whole + i] = last[i];
    if (y1 != y0)
      for (int32_t i = 0; i < rest; i++) y1[4 * whole + i] = last[4 + i];
  }
}

void conv_2d_dsp(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                 int8_t *y, void *scratch) {
  runs_t r;
  r.taps = p->dilation_w == 1 ? p->k_w : 1;
  r.count = p->dilation_w == 1 ? p->k_h : p->k_h * p->k_w;
  r.length = r.taps * p->in_c;
  r.fours = (r.length + 3) >> 2;
  uint32_t *columns = scratch;
  int32_t fours = r.count * r.fours, pixels = p->out_h * p->out_w;
  r.outside = (int8_t *)(columns + 4 * fours);
  r.edges = r.outside + 4 * r.fours;
  __builtin_memset(r.outside, p->in_zero, (size_t)(4 * r.fours));
  block_t b;
  b.columns = columns;
  b.middle = columns + 4 * (fours & 3);
  b.end = columns + 4 * fours;
  b.rounding = 2 * p->out_zero + 1;
  for (int32_t n = 0; n < p->batch; n++, x += p->in_h * p->in_w * p->in_c) {
    int32_t oy = 0, ox = 0;
    for (int32_t i = 0; i < pixels; i += 2) {
      int32_t two = i + 1 < pixels, y1 = oy, x1 = ox;
      if (two && ++x1 == p->out_w) x1 = 0, y1++;
      uint32_t *d = columns;
      for (int32_t at = 0; at < r.count; at++, d += 4 * r.fours)
        widen_two(run(p, &r, x, oy, ox, at, r.edges),
                  run(p, &r, x, y1, x1, at, r.edges + 4 * r.fours), r.fours, d);
      channels(p, s, &b, w, 16 * fours, y, two ? y + p->out_c : y, two_pixels);
      clamp_rows(p, y, (1 + two) * p->out_c);
      y += (1 + two) * p->out_c;
      oy = y1, ox = x1;
      if (++ox == p->out_w) ox = 0, oy++;
    }
  }
}

void fully_connected_dsp(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                         int8_t *y, void *scratch) {
  uint32_t *columns = scratch;
  int32_t fours = (p->in_c + 3) >> 2;
  block_t b;
  b.columns = columns;
  b.middle = columns + 2 * (fours & 3);
  b.end = columns + 2 * fours;
  b.rounding = 2 * p->out_zero + 1;
  for (int32_t n = 0; n < p->batch; n++, x += p->in_c, y += p->out_c) {
    widen(x, fours, columns);
    channels(p, s, &b, w, 16 * fours, y, y, one_row);
    clamp_rows(p, y, p->out_c);
  }
}
