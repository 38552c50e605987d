#include "linux/systable.h"

#include <errno.h>
#include <fcntl.h>

#define A(type, arg)        \
    {                       \
        BP_ARG_##type, #arg \
    }
#define NO_ARGS          \
    {                    \
        BP_ARG_END, NULL \
    }

const struct bp_syscall_info bp_syscalls[BP_CALLS + 1] = {
#define BP_EMULATED(nr, call, gives, ...)    \
    [nr] = {.name = #call,                   \
            .disposition = BP_CALL_EMULATED, \
            .returns = BP_RETURNS_##gives,   \
            .args = {__VA_ARGS__}},
#define BP_HOST(nr, call, speed, gives, ...)     \
    [nr] = {.name = #call,                       \
            .disposition = BP_CALL_HOST_##speed, \
            .returns = BP_RETURNS_##gives,       \
            .host_nr = nr,                       \
            .args = {__VA_ARGS__}},
#define BP_HOST_AT(nr, call, as, final, gives, ...) \
    [nr] = {.name = #call,                          \
            .disposition = BP_CALL_HOST_AT,         \
            .returns = BP_RETURNS_##gives,          \
            .host_nr = BP_NR_##as,                  \
            .last = final,                          \
            .args = {__VA_ARGS__}},
#define BP_REFUSED(nr, call, err, why, ...) \
    [nr] = {.name = #call,                  \
            .disposition = BP_CALL_REFUSED, \
            .error = err,                   \
            .reason = why,                  \
            .args = {__VA_ARGS__}},
#include "linux/syscalls.def"
#undef BP_EMULATED
#undef BP_HOST
#undef BP_HOST_AT
#undef BP_REFUSED
};
