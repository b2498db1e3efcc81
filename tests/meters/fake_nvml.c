/* NVML's own functions, in front of two GPUs, one of FAKE_WATTS; FAKE_NVML says what they cannot do. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6, DRIVER_NOT_LOADED = 9 };
enum { POWER_INSTANT = 186, STEP_MS = 20 };

static int is(const char *what) {
    const char *mode = getenv("FAKE_NVML");
    return mode && strstr(mode, what);
}

static double watts(void) {
    const char *told = getenv("FAKE_WATTS");
    return told ? atof(told) : 100.0;
}

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int nvmlInitWithFlags(unsigned flags) { (void)flags; return is("unloaded") ? DRIVER_NOT_LOADED : OK; }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return code == DRIVER_NOT_LOADED ? "Driver Not Loaded" : "Not Supported"; }

int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **device) { /* two: CUDA's first is no index of NVML's */
    *device = (void *)(strcmp(bus, "0000:01:00.0") ? 2L : 1L);
    return strcmp(bus, "0000:01:00.0") && strcmp(bus, "0000:41:00.0") ? NOT_FOUND : OK;
}
int nvmlDeviceGetName(void *device, char *name, unsigned size) {
    (void)device;
    strncpy(name, "NVIDIA Test 100", size);
    return OK;
}
int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) {
    (void)device;
    *current = *pending = is("mig") != 0;
    return is("mig") ? OK : NOT_SUPPORTED;
}
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *millijoules) {
    if (is("no-counter")) return NOT_SUPPORTED;
    long long twice = (long)device; /* the second draws double */
    *millijoules = is("stuck") ? 12345 : (unsigned long long)(now_ms() / STEP_MS * STEP_MS * watts() * twice);
    return OK;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) {
    (void)device;
    *milliwatts = (unsigned)(watts() * 1000);
    return is("no-power") ? NO_PERMISSION : OK;
}
struct field {
    unsigned id, scope;
    long long timestamp, latency;
    int type, code;
    union { double d; unsigned ui; unsigned long long ull; } value;
};
int nvmlDeviceGetFieldValues(void *device, int count, struct field *fields) {
    (void)device;
    for (int i = 0; i < count; i++) {
        int known = fields[i].id == POWER_INSTANT && fields[i].scope == 0 && !is("no-instant");
        fields[i].code = known ? OK : NOT_SUPPORTED;
        fields[i].value.ui = (unsigned)(watts() * 1000) + now_ms() / STEP_MS % 2; /* it flickers */
    }
    return OK;
}
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius) {
    (void)device; (void)sensor;
    *celsius = 55;
    return OK;
}
struct memory { unsigned long long total, free, used; };
int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory) {
    static int asked; /* 100 MiB more at every look */
    (void)device;
    memory->total = 16ULL << 30;
    memory->used = (1ULL << 30) + (unsigned long long)asked++ * (100ULL << 20);
    memory->free = memory->total - memory->used;
    return OK;
}
struct process { unsigned pid; unsigned long long used; unsigned gpu, compute; };
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *list) {
    (void)device;
    if (is("no-processes")) { *count = 0; return OK; }
    if (!list) { *count = 1; return 7; /* NVML_ERROR_INSUFFICIENT_SIZE */ }
    list[0].pid = (unsigned)getpid();
    list[0].used = 700ULL << 20;
    *count = 1;
    return OK;
}
struct busy { unsigned gpu, memory; };
int nvmlDeviceGetUtilizationRates(void *device, struct busy *busy) {
    (void)device;
    busy->gpu = 42;
    busy->memory = 7;
    return OK;
}
