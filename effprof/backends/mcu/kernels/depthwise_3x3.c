/* Depthwise 3 x 3, one channel after the other: its image is gathered into a plane of 16 bits with
   its border, nine weights stay in registers, and the result goes back between the other channels,
   so that it may overwrite the input. The plane lies so that its rows are the longer side. */
#include "fixed.h"
#include "nn.h"

typedef struct {
  /* read by the assembly from its stack pointer */
  int32_t bias, factor, rounding, shift; /* of twice the sum */
  int32_t pairs, singles, rows, plane_skip, out_skip, left;
  /* then in registers */
  int8_t *y;
  const int16_t *plane;
  uint32_t weights[6]; /* of each row: (2 w0, 2 w1), (2 w1, 2 w2) */
  int32_t pitch, out_step; /* bytes */
} sweep_t;

#if DSP
#define PAIR(a, b)                                                             \
  "ldr r10, [r1]\n ldr r11, [r1, #4]\n smlad r8, r10, " a ", r8\n"             \
  "smlatb r9, r10, " a ", r9\n smlabt r8, r11, " b ", r8\n smlad r9, r11, " b ", r9\n"
#define SINGLE(a, b) \
  "ldr r10, [r1]\n ldr r11, [r1, #4]\n smlad r8, r10, " a ", r8\n smlabt r8, r11, " b ", r8\n"

__attribute__((naked, noinline)) static void sweep(const sweep_t *s) {
  __asm__ volatile(
      "push {r4-r11, lr}\n ldm r0!, {r1-r10}\n push {r1-r10}\n sub sp, #4\n"
      "ldm r0, {r0-r7, r12, lr}\n"
      "1: ldr r10, [sp, #20]\n cmp r10, #0\n beq 3f\n str r10, [sp, #40]\n"
      "2: ldr r8, [sp, #4]\n mov r9, r8\n" PAIR("r2", "r3") "add r1, r12\n"
      PAIR("r4", "r5") "add r1, r12\n" PAIR("r6", "r7")
      "sub r1, r1, r12, lsl #1\n add r1, #4\n"
      "ldr r10, [sp, #8]\n ldr r11, [sp, #12]\n smmulr r8, r8, r10\n smmulr r9, r9, r10\n"
      "add r10, r11, r8, asr #31\n add r8, r10\n add r10, r11, r9, asr #31\n add r9, r10\n"
      "ldr r10, [sp, #16]\n ldr r11, [sp, #40]\n asr r8, r8, r10\n asr r9, r9, r10\n"
      "ssat r8, #8, r8\n ssat r9, #8, r9\n strb r8, [r0]\n strb r9, [r0, lr]\n"
      "add r0, r0, lr, lsl #1\n subs r11, #1\n str r11, [sp, #40]\n bne 2b\n"
      "3: ldr r10, [sp, #24]\n cmp r10, #0\n beq 5f\n str r10, [sp, #40]\n"
      "4: ldr r8, [sp, #4]\n" SINGLE("r2", "r3") "add r1, r12\n"
      SINGLE("r4", "r5") "add r1, r12\n" SINGLE("r6", "r7")
      "sub r1, r1, r12, lsl #1\n add r1, #4\n"
      "ldr r10, [sp, #8]\n ldr r11, [sp, #12]\n smmulr r8, r8, r10\n ldr r9, [sp, #16]\n"
      "add r10, r11, r8, asr #31\n ldr r11, [sp, #40]\n add r8, r10\n asr r8, r8, r9\n"
      "ssat r8, #8, r8\n strb r8, [r0]\n add r0, lr\n"
      "subs r11, #1\n str r11, [sp, #40]\n bne 4b\n"
      "5: ldr r8, [sp, #32]\n ldr r9, [sp, #36]\n ldr r10, [sp, #28]\n"
      "add r1, r8\n add r0, r9\n subs r10, #1\n str r10, [sp, #28]\n bne 1b\n"
      "add sp, #44\n pop {r4-r11, pc}\n");
}
#else
INLINE int32_t low(uint32_t pair) { return (int16_t)pair; }
INLINE int32_t high(uint32_t pair) { return (int32_t)pair >> 16; }

static void sweep(const sweep_t *s) {
  int8_t *y = s->y;
  const int16_t *x = s->plane;
  int32_t step = s->pairs ? 1 : 2, count = 2 * s->pairs + s->singles, pitch = s->pitch / 2;
  int32_t w[9];
  for (int32_t i = 0; i < 3; i++) {
    w[3 * i] = low(s->weights[2 * i]);
    w[3 * i + 1] = high(s->weights[2 * i]);
    w[3 * i + 2] = high(s->weights[2 * i + 1]);
  }
  for (int32_t row = 0; row < s->rows; row++, y += s->out_skip) {
    for (int32_t i = 0; i < count; i++, x += step, y += s->out_step) {
      const int16_t *b = x + pitch, *c = b + pitch;
      int32_t acc = s->bias + x[0] * w[0] + x[1] * w[1] + x[2] * w[2];
      acc += b[0] * w[3] + b[1] * w[4] + b[2] * w[5];
      acc += c[0] * w[6] + c[1] * w[7] + c[2] * w[8];
      acc = doubling_high(acc >> 1, s->factor);
      acc = (acc + (acc >> 31) + s->rounding) >> s->shift;
      *y = (int8_t)clamped(acc, -128, 127);
    }
    x += (s->plane_skip + 4 * (s->pairs + s->singles)) / 2 - count * step;
  }
}
#endif

INLINE uint32_t pair(int32_t a, int32_t b) {
  return ((uint32_t)(2 * a) & 0xffff) | ((uint32_t)(2 * b) << 16);
}

static void gather(const int8_t *x, int32_t step, int32_t n, int16_t *d) {
  for (; n >= 4; n -= 4, x += 4 * step, d += 4) {
    int16_t a = x[0], b = x[step], c = x[2 * step], e = x[3 * step];
    d[0] = a;
    d[1] = b;
    d[2] = c;
    d[3] = e;
  }
  for (; n > 0; n--, x += step) *d++ = *x;
}

void depthwise_3x3(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                   int8_t *y, void *scratch) {
  /* Across and along: the shorter and the longer side of the result. */
  int32_t turned = p->out_h > p->out_w, c = p->in_c, stride = p->stride_h;
  int32_t out_along = turned ? p->out_h : p->out_w, out_across = turned ? p->out_w : p->out_h;
  int32_t in_along = turned ? p->in_h : p->in_w, in_across = turned ? p->in_w : p->in_h;
  int32_t pad_along = turned ? p->pad_top : p->pad_left;
  int32_t pad_across = turned ? p->pad_left : p->pad_top;
  int32_t x_along = turned ? p->in_w * c : c, x_across = turned ? c : p->in_w * c;
  int32_t y_along = turned ? p->out_w * c : c, y_across = turned ? c : p->out_w * c;
  int32_t w_along = turned ? 3 * c : c, w_across = turned ? c : 3 * c;
  int32_t width = ((out_along - 1) * stride + 4) & ~1, height = (out_across - 1) * stride + 3;
  int32_t columns = in_along < width - pad_along ? in_along : width - pad_along;
  int32_t rows = in_across < height - pad_across ? in_across : height - pad_across;
  int16_t *plane = scratch, *inside = plane + pad_across * width + pad_along;
  for (int32_t i = 0; i < width * height; i++) plane[i] = (int16_t)p->in_zero;
  sweep_t v;
  v.pairs = stride == 1 ? out_along >> 1 : 0;
  v.singles = stride == 1 ? out_along & 1 : out_along;
  v.pitch = 2 * width;
  v.plane_skip = stride * v.pitch - 4 * (v.pairs + v.singles);
  v.out_step = y_along;
  v.out_skip = y_across - out_along * y_along;
  v.plane = plane;
  const int32_t *factor = s->factor;
  const int8_t *shift = s->shift;
  int32_t bounded = p->out_min != -128 || p->out_max != 127;
  for (int32_t i = 0; i < c; i++, factor += s->step, shift += s->step) {
    for (int32_t r = 0; r < rows; r++)
      gather(x + i + r * x_across, x_along, columns, inside + r * width);
    for (int32_t r = 0; r < 3; r++) {
      const int8_t *t = w + i + r * w_across;
      v.weights[2 * r] = pair(t[0], t[w_along]);
      v.weights[2 * r + 1] = pair(t[w_along], t[2 * w_along]);
    }
    v.bias = 2 * s->bias[i];
    v.factor = *factor;
    v.shift = -*shift;
    v.rounding = (1 << (v.shift - 1)) + p->out_zero * (1 << v.shift);
    v.rows = out_across;
    v.y = y + i;
    sweep(&v);
  }
  if (bounded)
    for (int32_t i = 0; i < p->out_h * p->out_w * c; i++)
      y[i] = (int8_t)clamped(y[i], p->out_min, p->out_max);
}
