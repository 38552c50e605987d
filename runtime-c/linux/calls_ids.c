/*
 * Credentials, sessions, children, scheduling parameters: what Linux keeps per process or per
 * kernel thread and several programs of one process cannot have apart. What changes nothing
 * succeeds; what would change the neighbours is EPERM.
 */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"
#include "linux/usage.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    KEEP = -1
};

/* ---- credentials ---- */

struct ids {
    u32 real, effective, saved;
};

static struct ids current_ids(long nr)
{
    struct ids ids = {0};

    bp_host(nr, &ids.real, &ids.effective, &ids.saved);
    return ids;
}

static bool keeps(u64 wanted, u32 current)
{
    return (int)wanted == KEEP || (u32)wanted == current;
}

/*
 * A forked program is alone in its host process and changes its ids there. One among others may
 * only ask for what it has.
 */
static long set_ids(long get, u64 real, u64 effective, u64 saved)
{
    struct ids ids = current_ids(get);

    if (bp_current_proc()->forked)
        return bp_host(get == SYS_getresuid ? SYS_setresuid : SYS_setresgid, real, effective,
                       saved);
    return keeps(real, ids.real) && keeps(effective, ids.effective) && keeps(saved, ids.saved)
               ? 0
               : -EPERM;
}

long bp_sys_setuid(u64 uid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setuid, uid);
    return set_ids(SYS_getresuid, (u64)KEEP, uid, (u64)KEEP);
}

long bp_sys_setgid(u64 gid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setgid, gid);
    return set_ids(SYS_getresgid, (u64)KEEP, gid, (u64)KEEP);
}

long bp_sys_setreuid(u64 real, u64 effective)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setreuid, real, effective);
    return set_ids(SYS_getresuid, real, effective, (u64)KEEP);
}

long bp_sys_setregid(u64 real, u64 effective)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setregid, real, effective);
    return set_ids(SYS_getresgid, real, effective, (u64)KEEP);
}

long bp_sys_setresuid(u64 real, u64 effective, u64 saved)
{
    return set_ids(SYS_getresuid, real, effective, saved);
}

long bp_sys_setresgid(u64 real, u64 effective, u64 saved)
{
    return set_ids(SYS_getresgid, real, effective, saved);
}

/* Both return the current value whatever happens (setfsuid(2)). */
long bp_sys_setfsuid(u64 uid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setfsuid, uid);
    return current_ids(SYS_getresuid).effective;
}

long bp_sys_setfsgid(u64 gid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setfsgid, gid);
    return current_ids(SYS_getresgid).effective;
}

long bp_sys_setgroups(u64 size, u64 user_list)
{
    enum {
        GROUPS_LOOKED_AT = 1024
    };
    u32 have[GROUPS_LOOKED_AT], want[GROUPS_LOOKED_AT];
    long count = bp_host(SYS_getgroups, GROUPS_LOOKED_AT, have);

    if (bp_current_proc()->forked)
        return bp_host(SYS_setgroups, size, user_list);
    if (size > GROUPS_LOOKED_AT)
        return size > 65536 ? -EINVAL : -EPERM;
    if (bp_copy(want, (void *)user_list, size * sizeof(want[0])))
        return -EFAULT;
    return count == (long)size && !memcmp(have, want, size * sizeof(want[0])) ? 0 : -EPERM;
}

long bp_sys_personality(u64 persona)
{
    long current = bp_host(SYS_personality, 0xffffffff);

    return (u32)persona == 0xffffffff || (long)persona == current ? current : -EPERM;
}

/*
 * ---- sessions and groups: the host's. A program of the launcher leads a group of its own, that of
 * its stand-in, which its children are born into; it counts as the leader of a session, too ----
 */

static bool is_standin(u64 pid)
{
    const struct bp_proc *proc = pid ? bp_proc_find((u32)pid) : bp_current_proc();

    return proc && !proc->forked;
}

static long pid_or_own(u64 pid)
{
    return pid ? (int)pid : (long)bp_current_proc()->pid;
}

long bp_sys_getpgid(u64 pid)
{
    return bp_host(SYS_getpgid, pid_or_own(pid));
}

long bp_sys_getpgrp(void)
{
    return bp_sys_getpgid(0);
}

long bp_sys_getsid(u64 pid)
{
    return is_standin(pid) ? pid_or_own(pid) : bp_host(SYS_getsid, pid_or_own(pid));
}

long bp_sys_setpgid(u64 pid, u64 pgid)
{
    if ((int)pid < 0 || (int)pgid < 0)
        return -EINVAL;
    if (is_standin(pid)) /* leads its group and its session already */
        return !pgid || (long)pgid == pid_or_own(pid) ? 0 : -EPERM;
    return bp_host(SYS_setpgid, pid_or_own(pid), pgid);
}

long bp_sys_setsid(void)
{
    return is_standin(0) ? -EPERM : bp_host(SYS_setsid);
}

/* ---- clocks: those of processor time are the program's ---- */

long bp_sys_clock_gettime(u64 clock, u64 user)
{
    u32 tid;
    struct bp_proc *proc = bp_cpu_clock((int)clock, &tid);

    if (proc)
        return bp_put_timespec(user, tid ? bp_tid_cpu_time(proc, tid) : bp_proc_cpu_time(proc));
    return bp_host(SYS_clock_gettime, clock, user);
}
