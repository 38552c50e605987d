#include "sched/lifeline.h"
#include "base/base.h"
#include "base/host.h"
#include "base/log.h"
#include "base/proc_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

enum {
    /* Above the descriptors that the host hands out first. */
    LIFELINE_FROM = 512,
};

static int line = -1;

static int move_up(long fd)
{
    long high = bp_host(SYS_fcntl, fd, F_DUPFD_CLOEXEC, LIFELINE_FROM);

    bp_host(SYS_close, fd);
    return (int)high;
}

int bp_lifeline_init(void)
{
    int pipe[2], ret = (int)bp_host(SYS_pipe2, pipe, O_CLOEXEC);

    if (ret)
        return ret;
    bp_host(SYS_fchmod, pipe[0], 0444); /* a child may have become another user */
    line = move_up(pipe[0]);
    move_up(pipe[1]); /* never closed: our end closes it */
    return line < 0 ? line : BP_MIN(bp_proc_dir(), 0);
}

/* A signal's receiver belongs to an open file description, so an inherited one does not serve. */
static int open_own(void)
{
    char path[32];
    long own, ret;

    bp_snprintf(path, sizeof(path), "self/fd/%d", line);
    own = bp_host(SYS_openat, bp_proc_dir(), path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (bp_is_error(own))
        return (int)own;
    ret = bp_host(SYS_dup3, own, line, O_CLOEXEC);
    bp_host(SYS_close, own);
    return (int)BP_MIN(ret, 0L);
}

int bp_lifeline_hold(void)
{
    int ret = open_own();
    char byte;

    if (ret)
        return ret;
    ret = (int)bp_host(SYS_fcntl, line, F_SETSIG, SIGKILL);
    if (!ret)
        ret = (int)bp_host(SYS_fcntl, line, F_SETOWN, bp_host(SYS_getpid));
    if (!ret)
        ret = (int)bp_host(SYS_fcntl, line, F_SETFL, O_ASYNC | O_NONBLOCK);
    /* End of file: there was no writer left to tell us. */
    if (!ret && !bp_host(SYS_read, line, &byte, 1))
        bp_host(SYS_exit_group, 128 + SIGKILL);
    return ret;
}

void bp_lifeline_each(void (*fn)(int fd, void *arg), void *arg)
{
    fn(line, arg);
    fn(bp_proc_dir(), arg);
}
