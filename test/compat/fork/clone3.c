/* clone3(2) as posix_spawn(3) of a newer glibc and as container tools call it. */
#include "fork.h"
#include <linux/sched.h>
#include <poll.h>

static long clone3(struct clone_args *args, size_t size)
{
    return syscall(SYS_clone3, args, size);
}

static void ignore(int sig)
{
    (void)sig;
}

int main(void)
{
    int pidfd = -1;
    pid_t parent_tid = 0, child_tid = 0;
    struct clone_args args = {
        .flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
        .pidfd = (uintptr_t)&pidfd,
        .parent_tid = (uintptr_t)&parent_tid,
        .child_tid = (uintptr_t)&child_tid,
        .exit_signal = SIGCHLD,
    };
    struct pollfd p = {.events = POLLIN};
    siginfo_t info;
    pid_t pid;

    fflush(stdout);
    pid = MUST(clone3(&args, sizeof(args)));
    if (pid == 0)
        _exit(child_tid == getpid() ? 21 : 1);
    CHECK(parent_tid == pid && pidfd >= 0);
    SHOW(fcntl(pidfd, F_GETFD));
    p.fd = pidfd;
    SHOW(poll(&p, 1, -1));
    memset(&info, 0, sizeof(info));
    SHOW(waitid(P_PIDFD, pidfd, &info, WEXITED));
    CHECK(info.si_pid == pid);
    SAY("code %d status %d", info.si_code, info.si_status);
    SHOW(waitid(P_PIDFD, pidfd, &info, WEXITED));

    args = (struct clone_args){.exit_signal = SIGCHLD};
    pid = MUST(clone3(&args, CLONE_ARGS_SIZE_VER0));
    if (pid == 0)
        _exit(22);
    reap("plain", pid);

    SHOW(clone3(&args, CLONE_ARGS_SIZE_VER0 - 1));
    SHOW(clone3(NULL, sizeof(args)));
    SHOW(clone3(&args, 1 << 20));
    args.exit_signal = 65;
    SHOW(clone3(&args, sizeof(args)));
    args = (struct clone_args){.flags = SIGCHLD};
    SHOW(clone3(&args, sizeof(args)));
    args = (struct clone_args){.stack_size = 4096, .exit_signal = SIGCHLD};
    SHOW(clone3(&args, sizeof(args)));
    args = (struct clone_args){.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
    on_signal(SIGUSR1, ignore, 0);
    pid = MUST(clone3(&args, sizeof(args)));
    if (pid == 0) {
        struct sigaction sa;

        sigaction(SIGUSR1, NULL, &sa);
        _exit(sa.sa_handler == SIG_DFL ? 23 : 1);
    }
    reap("handlers cleared", pid);
    return 0;
}
