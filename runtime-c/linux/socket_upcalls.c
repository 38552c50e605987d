/* What the socket floor needs to know of the personality. */
#include "linux/socket_upcalls.h"
#include "base/host.h"
#include "linux/signal.h"
#include "linux/task.h"
#include "socket/fdtable.h"
#include "socket/upcalls.h"

#include <sys/syscall.h>

static void credentials(struct bp_cred *cred)
{
    *cred = (struct bp_cred){
        .pid = bp_current_proc()->pid,
        .uid = (u32)bp_host(SYS_geteuid),
        .gid = (u32)bp_host(SYS_getegid),
    };
}

static int cwd_fd(void)
{
    return bp_current_proc()->cwd_fd;
}

static u32 current_umask(void)
{
    return bp_current_proc()->umask;
}

struct wanted {
    const struct bp_file *file;
    bool found;
};

static bool look_in(struct bp_proc *proc, void *arg)
{
    struct wanted *wanted = arg;

    wanted->found = proc->fds && bp_fdtable_has(proc->fds, wanted->file);
    return wanted->found;
}

static bool process_has(const struct bp_file *file)
{
    struct wanted wanted = {.file = file};

    bp_proc_each(look_in, &wanted);
    return wanted.found;
}

static bool owns_memory(u64 addr, u64 len)
{
    return bp_slot_owns(bp_current_proc()->slot, addr, len);
}

const struct bp_socket_upcalls bp_linux_socket_upcalls = {
    .signal_self = bp_signal_self,
    .file_too_large = bp_signal_file_size,
    .credentials = credentials,
    .cwd_fd = cwd_fd,
    .umask = current_umask,
    .set_signal_mask = bp_sigmask_push,
    .signal_goes_on = bp_signal_goes_on,
    .pending_signals = bp_signals_pending,
    .take_signal = bp_signal_take,
    .owns_memory = owns_memory,
    .process_has = process_has,
};
