/* int8 kernels, bit-exact with TensorFlow Lite Micro's reference kernels. Tensors are NHWC. */
#ifndef NN_H
#define NN_H
#include <stddef.h>
#include <stdint.h>

/* A window that slides over an image. */
typedef struct {
  int32_t batch, in_h, in_w, in_c, out_h, out_w, out_c;
  int32_t k_h, k_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t in_zero, out_zero, out_min, out_max;
} window_t;

/* From accumulators to int8: Q31 factor and power of two, one a channel (`step` 1) or one (0).
   For the DSP kernels `shift` is the right shift, and channels are filled up to fours. */
typedef struct {
  const int32_t *bias;
  const int32_t *factor;
  const int8_t *shift;
  int32_t step;
} channels_t;

typedef struct {
  int32_t a_zero, b_zero, out_zero, out_min, out_max;
  int32_t a_factor, a_shift, b_factor, b_shift, factor, shift;
  int32_t sign; /* of b in a sum: 1 adds, -1 subtracts */
  int32_t size[4], a_step[4], b_step[4]; /* elements; a step of 0 broadcasts */
} pairwise_t;

/* A copy between layouts: outer to inner; steps in elements. */
typedef struct {
  int32_t size[6], from_step[6], to_step[6];
} copy_t;

/* Sums over `inner` of rows `outer`: out[o][c] = mean over k of x[o][k][c]. */
typedef struct {
  int32_t outer, count, inner, in_zero, out_zero, factor, shift;
} mean_t;

typedef struct {
  int32_t rows, width, smallest;
} softmax_t;

typedef struct {
  int32_t batch, in_h, in_w, depth, out_h, out_w;
} resize_t;

void conv_2d(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w, int8_t *y,
             void *scratch);
void conv_2d_dsp(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                 int8_t *y, void *scratch);
void fully_connected_dsp(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                         int8_t *y, void *scratch);
void depthwise_conv_2d(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                       int8_t *y);
void depthwise_3x3(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                   int8_t *y, void *scratch);
void fully_connected(const window_t *p, const channels_t *s, const int8_t *x, const int8_t *w,
                     int8_t *y, void *scratch);
void average_pool_2d(const window_t *p, const int8_t *x, int8_t *y);
void max_pool_2d(const window_t *p, const int8_t *x, int8_t *y);
void add(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y);
void add_alike(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y);
void mul(const pairwise_t *p, const int8_t *a, const int8_t *b, int8_t *y);
void mean(const mean_t *p, const int8_t *x, int8_t *y);
void softmax(const softmax_t *p, const int32_t *exponentials, const int8_t *x, int8_t *y);
void lookup_8(int32_t count, const int8_t *table, const int8_t *x, int8_t *y);
void lookup_32(int32_t count, const uint32_t *table, const int8_t *x, uint32_t *y);
void quantize_float(int32_t count, const uint32_t *edges, const uint32_t *x, int8_t *y);
void copy_8(const copy_t *p, const int8_t *x, int8_t *y);
void copy_32(const copy_t *p, const uint32_t *x, uint32_t *y);
void fill_8(int32_t count, int32_t value, int8_t *y);
void resize_nearest(const resize_t *p, const uint16_t *rows, const uint16_t *columns,
                    const int8_t *x, int8_t *y);
#endif
