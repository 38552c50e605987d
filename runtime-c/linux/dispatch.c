#include "linux/dispatch.h"
#include "base/log.h"
#include "base/percpu.h"
#include "linux/calls.h"
#include "linux/passthrough.h"
#include "linux/seccomp.h"
#include "linux/task.h"
#include "linux/trace.h"
#include "sched/worker.h"

#include <errno.h>

/* ---- calls that no file of handlers implements ---- */

static u64 current_number(void)
{
    return bp_frame_of(bp_current())->rax;
}

static const struct bp_syscall_info *current_call(void)
{
    return &bp_syscalls[BP_MIN(current_number(), (u64)BP_CALLS)];
}

static long host_call(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    return bp_passthrough(current_call(), (const u64[]){a, b, c, d, e, f});
}

static long host_at_call(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    return bp_passthrough_at(current_call(), (const u64[]){a, b, c, d, e, f});
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
               proc->name, current_number());
    }
    return -ENOSYS;
}

/* ---- emulated calls whose handlers hand pointers of the program to the kernel as they are ---- */

/* clang-format off */
#define HANDS_POINTERS_ON(CALL)                                                                     \
    CALL(stat) CALL(fstat) CALL(lstat) CALL(newfstatat) CALL(statx) CALL(statfs) CALL(utimensat)     \
    CALL(getdents) CALL(getdents64) CALL(readlink) CALL(readlinkat) CALL(memfd_create)               \
    CALL(setxattr) CALL(lsetxattr) CALL(getxattr) CALL(lgetxattr) CALL(listxattr) CALL(llistxattr)   \
    CALL(removexattr) CALL(lremovexattr) CALL(ioctl) CALL(fcntl) CALL(prctl) CALL(prlimit64)         \
    CALL(setsockopt) CALL(getsockopt) CALL(getsockname) CALL(getpeername)                            \
    CALL(msgsnd) CALL(msgrcv) CALL(mq_open) CALL(mq_timedsend) CALL(mq_timedreceive) CALL(capset) CALL(setgroups) CALL(clock_gettime)                       \
    CALL(sched_setparam) CALL(sched_getparam) CALL(sched_setscheduler) CALL(sched_getattr)           \
    CALL(sched_rr_get_interval) CALL(sched_getaffinity) CALL(process_vm_readv) CALL(process_vm_writev)      \
    CALL(mount) CALL(umount2) CALL(pivot_root) CALL(sethostname) CALL(setdomainname)
/* clang-format on */

static void *const handed_on[] = {
#define CALL(name) [BP_NR_##name] = bp_sys_##name,
    HANDS_POINTERS_ON(CALL)
#undef CALL
};

static long guarded_call(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    if (bp_names_arena(current_call(), (const u64[]){a, b, c, d, e, f}))
        return -EFAULT;
    return ((bp_handler)handed_on[current_number()])(a, b, c, d, e, f);
}

/* ---- the arrays ---- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static void *const handlers[BP_CALLS + 1] = {[0 ... BP_CALLS] = unknown_call,
#define BP_EMULATED(nr, call, ...) [nr] = bp_sys_##call,
#define BP_HOST(nr, call, ...) [nr] = host_call,
#define BP_HOST_AT(nr, call, ...) [nr] = host_at_call,
#define BP_REFUSED(nr, call, ...) [nr] = refused_call,
#include "linux/syscalls.def"
#undef BP_EMULATED
#undef BP_HOST
#undef BP_HOST_AT
#undef BP_REFUSED
#define CALL(name) [BP_NR_##name] = guarded_call,
                                             HANDS_POINTERS_ON(CALL)
#undef CALL
};
#pragma GCC diagnostic pop

/* ---- tracing ---- */

/* Posted to a worker by a traced call: runs when the worker has no thread to run, so that a call
 * that waits is seen. */
static struct idle_notice {
    struct bp_work work;
    bool posted;
} idle_notices[BP_WORKERS_MAX];

static void notice_idle(struct bp_work *work)
{
    container_of(work, struct idle_notice, work)->posted = false;
    bp_trace_idle();
}

static void expect_idle(void)
{
    struct idle_notice *notice = &idle_notices[bp_cpu()];

    if (notice->posted)
        return;
    notice->posted = true;
    notice->work.run = notice_idle;
    bp_worker_post(bp_this_worker(), &notice->work);
}

static long traced_call(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    struct bp_task *task = bp_current_task();
    u64 nr = current_number();
    struct bp_trace_call call;
    long ret;

    bp_trace_enter(&call, task->proc->name, task->tid, nr, (const u64[]){a, b, c, d, e, f});
    expect_idle();
    task->call = &call;
    ret = ((bp_handler)handlers[BP_MIN(nr, (u64)BP_CALLS)])(a, b, c, d, e, f);
    bp_trace_exit(&call, ret);
    return ret;
}

static void *const traced_handlers[BP_CALLS + 1] = {[0 ... BP_CALLS] = traced_call};

void *const *bp_calls_of(bool traced)
{
    return traced ? traced_handlers : handlers;
}

/* ---- seccomp ---- */

static long filtered_call(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    u64 nr = current_number();
    void *const *calls = bp_calls_of(bp_current_proc()->traced);
    long ret;

    if (!bp_seccomp_allows(nr, (const u64[]){a, b, c, d, e, f}, &ret))
        return ret;
    return ((bp_handler)calls[BP_MIN(nr, (u64)BP_CALLS)])(a, b, c, d, e, f);
}

static void *const filtered_handlers[BP_CALLS + 1] = {[0 ... BP_CALLS] = filtered_call};

void *const *bp_calls_filtered(void)
{
    return filtered_handlers;
}
