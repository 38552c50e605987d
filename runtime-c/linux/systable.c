#include "linux/systable.h"
#include "base/host.h"
#include "base/log.h"
#include "base/stats.h"
#include "linux/task.h"
#include "linux/trace.h"
#include "sched/offload.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>

#define A(type, arg)        \
    {                       \
        BP_ARG_##type, #arg \
    }
#define NO_ARGS           \
    {                     \
        BP_ARG_NONE, NULL \
    }

const struct bp_syscall_info bp_syscalls[BP_CALLS + 1] = {
#define BP_EMULATED(nr, call, ...) \
    [nr] = {.name = #call, .disposition = BP_CALL_EMULATED, .args = {__VA_ARGS__}},
#define BP_HOST(nr, call, speed, ...) \
    [nr] = {.name = #call, .disposition = BP_CALL_HOST_##speed, .args = {__VA_ARGS__}},
#define BP_REFUSED(nr, call, err, why) \
    [nr] = {.name = #call, .disposition = BP_CALL_REFUSED, .error = err, .reason = why},
#define BP_CALL_HOST_FAST BP_CALL_HOST
#include "linux/syscalls.def"
#undef BP_EMULATED
#undef BP_HOST
#undef BP_REFUSED
};

/* ---- calls that no file of handlers implements ---- */

static const struct bp_syscall_info *current_call(void)
{
    return &bp_syscalls[BP_MIN(bp_frame_of(bp_current())->rax, (u64)BP_CALLS)];
}

/* Hands a call to the kernel: descriptors become the host's, everything else goes as it is. */
static long host_call(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    const struct bp_syscall_info *info = current_call();
    long args[BP_ARGS_MAX] = {(long)a, (long)b, (long)c, (long)d, (long)e, (long)f};
    u64 nr = (u64)(info - bp_syscalls);

    for (int i = 0; i < BP_ARGS_MAX; i++) {
        if (info->args[i].type != BP_ARG_FD)
            continue;
        args[i] = bp_host_fd((int)args[i]);
        if (args[i] < 0)
            return args[i];
    }
    bp_stat_inc(BP_STAT_HOST_CALLS);
    if (info->disposition == BP_CALL_HOST_SLOW)
        return bp_offload((long)nr, args);
    return bp_host(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
}

static long refused_call(void)
{
    return -(long)current_call()->error;
}

static long unknown_call(void)
{
    struct bp_proc *proc = bp_current_proc();

    if (!proc->told_unknown) {
        proc->told_unknown = true;
        bp_log("%s: unknown system call %lu answered ENOSYS (further ones are not reported)",
               proc->name, bp_frame_of(bp_current())->rax);
    }
    return -ENOSYS;
}

/* ---- the arrays ---- */

#define BP_EMULATED(nr, call, ...) extern long bp_sys_##call();
#define BP_HOST(nr, call, speed, ...)
#define BP_REFUSED(nr, call, err, why)
#include "linux/syscalls.def"
#undef BP_EMULATED
#undef BP_HOST
#undef BP_REFUSED

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static void *const handlers[BP_CALLS + 1] = {
    [0 ... BP_CALLS] = unknown_call,
#define BP_EMULATED(nr, call, ...) [nr] = bp_sys_##call,
#define BP_HOST(nr, call, speed, ...) [nr] = host_call,
#define BP_REFUSED(nr, call, err, why) [nr] = refused_call,
#include "linux/syscalls.def"
#undef BP_EMULATED
#undef BP_HOST
#undef BP_REFUSED
};
#pragma GCC diagnostic pop

static long traced_call(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    u64 nr = BP_MIN(bp_frame_of(bp_current())->rax, (u64)BP_CALLS);
    const u64 args[BP_ARGS_MAX] = {a, b, c, d, e, f};
    long ret;

    bp_trace_enter(nr, args);
    ret = ((bp_handler)handlers[nr])(a, b, c, d, e, f);
    bp_trace_exit(nr, args, ret);
    return ret;
}

static void *const traced_handlers[BP_CALLS + 1] = {[0 ... BP_CALLS] = traced_call};

void *const *bp_calls_of(bool traced)
{
    return traced ? traced_handlers : handlers;
}
