/* Vectors and reset: enough to run on a part as it comes out of reset. */
#include <stdint.h>
#include "model.h"

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
int main(void);

__attribute__((weak)) int main(void) {
  for (;;) model_invoke();
}

__attribute__((noreturn, used)) void reset(void) {
#if defined(__ARM_FP)
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the floating-point unit on */
  __asm__ volatile("dsb\n isb");
#endif
  volatile uint32_t *to = data_start; /* volatile: no call of memcpy from here */
  for (uint32_t *from = data_load; to < data_end;) *to++ = *from++;
  for (to = bss_start; to < bss_end;) *to++ = 0;
  main();
  for (;;) {
  }
}

static void stop(void) {
  for (;;) {
  }
}

typedef void (*vector_t)(void);
__attribute__((section(".vectors"), used)) static const vector_t vectors[16] = {
    (vector_t)stack_top, reset, stop, stop, stop, stop, stop, stop,
    stop,                stop,  stop, stop, stop, stop, stop, stop};
