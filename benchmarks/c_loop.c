/* The loop a C programmer would write around ONNX Runtime's C API, and nothing else.
 *
 * Compiled at run time by c_session.py, which makes the session and hands over the functions from
 * the runtime's own table. wall_ns holds one entry a reading and covers all its runs.
 * Returns 0, or 1 as soon as a call returns a status.
 */
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef void *(*run_with_binding)(void *session, const void *options, const void *binding);
typedef void *(*run)(void *session, const void *options, const char *const *input_names,
                     const void *const *inputs, size_t input_count,
                     const char *const *output_names, size_t output_count, void **outputs);

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int time_bound_runs(run_with_binding call, void *session, void *binding, int64_t readings,
                    int64_t runs_per_reading, int64_t *wall_ns) {
    for (int64_t reading = 0; reading < readings; reading++) {
        int64_t start = now_ns();
        for (int64_t i = 0; i < runs_per_reading; i++)
            if (call(session, NULL, binding) != NULL) return 1;
        wall_ns[reading] = now_ns() - start;
    }
    return 0;
}

int time_plain_runs(run call, void *session, const char *const *input_names,
                    const void *const *inputs, size_t input_count, const char *const *output_names,
                    size_t output_count, void **outputs, int64_t readings, int64_t runs_per_reading,
                    int64_t *wall_ns) {
    for (int64_t reading = 0; reading < readings; reading++) {
        int64_t start = now_ns();
        for (int64_t i = 0; i < runs_per_reading; i++)
            if (call(session, NULL, input_names, inputs, input_count, output_names, output_count,
                     outputs) != NULL)
                return 1;
        wall_ns[reading] = now_ns() - start;
    }
    return 0;
}
