/* CUDA's driver, as far as it tells which GPU is its first: the one at FAKE_BUS. */
#include <stdlib.h>
#include <string.h>

enum { OK = 0, NO_DEVICE = 100 };

static const char *visible(void) {
    const char *told = getenv("CUDA_VISIBLE_DEVICES");
    return told ? told : "0";
}

int cuInit(unsigned flags) { (void)flags; return *visible() ? OK : NO_DEVICE; }
int cuDeviceGetCount(int *count) { *count = 1; return OK; }
int cuDeviceGet(int *device, int number) { *device = number; return OK; }
int cuDeviceGetPCIBusId(char *bus, int size, int device) {
    const char *told = getenv("FAKE_BUS");
    (void)device;
    strncpy(bus, told ? told : "0000:01:00.0", size);
    return OK;
}
int cuDeviceGetName(char *name, int size, int device) {
    (void)device;
    strncpy(name, "NVIDIA Test 100", size);
    return OK;
}
