#include "main/standin.h"
#include "linux/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The environment of a stand-in is this one variable: its comm. */
#define MARK "BYPASSGEN_STANDIN="
enum {
    SIGNAL_FD = BP_STANDIN_SOCKET
};

static const char *mark_of_environment(void)
{
    extern char **environ;

    return environ[0] && !environ[1] && !strncmp(environ[0], MARK, sizeof(MARK) - 1)
               ? environ[0] + sizeof(MARK) - 1
               : NULL;
}

/* Passes every signal on until the runtime is gone. Job-control stops are the program's business
 * too. */
BP_NORETURN static void pass_signals_on(void)
{
    struct signalfd_siginfo info;
    sigset_t all;
    int fd;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    fd = signalfd(-1, &all, SFD_CLOEXEC);
    while (fd >= 0 && read(fd, &info, sizeof(info)) == sizeof(info)) {
        struct bp_standin_signal message = {(int)info.ssi_signo, info.ssi_code,
                                            info.ssi_errno,      (int)info.ssi_pid,
                                            (int)info.ssi_uid,   (void *)info.ssi_ptr};

        if (send(SIGNAL_FD, &message, sizeof(message), MSG_NOSIGNAL) != sizeof(message))
            break;
    }
    _exit(0);
}

void bp_standin_main(int argc, char **argv)
{
    const char *name = mark_of_environment();

    (void)argc;
    (void)argv;
    if (!name)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, name);
    pass_signals_on();
}

/* The stand-in's life up to its exec, on the main thread's memory: no libc state may change. */
struct birth {
    const char *const *argv;
    char *const *environment;
    int socket;
};

static int exec_standin(void *arg)
{
    const struct birth *birth = arg;

    if (birth->socket == SIGNAL_FD)
        fcntl(SIGNAL_FD, F_SETFD, 0);
    else
        dup2(birth->socket, SIGNAL_FD);
    setpgid(0, 0); /* the program's children join it */
    close_range(SIGNAL_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    execve("/proc/self/exe", (char *const *)birth->argv, birth->environment);
    _exit(127);
}

int bp_standin_start(const char *name, const char *const *argv, int *signal_fd)
{
    enum {
        STACK = 16 << 10
    };
    char mark[64];
    char *environment[] = {mark, NULL};
    char *stack = malloc(STACK);
    struct birth birth = {.argv = argv, .environment = environment};
    int pair[2], pid = -ENOMEM;

    if (!stack)
        return -ENOMEM;
    memcpy(mark, MARK, sizeof(MARK));
    strncpy(mark + sizeof(MARK) - 1, name, sizeof(mark) - sizeof(MARK));
    mark[sizeof(mark) - 1] = '\0';
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
        free(stack);
        return -errno;
    }
    birth.socket = pair[1];
    pid = clone(exec_standin, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, &birth);
    if (pid < 0)
        pid = -errno;
    close(pair[1]);
    free(stack);
    if (pid < 0)
        close(pair[0]);
    else
        *signal_fd = pair[0];
    return pid;
}

int bp_standin_read(int signal_fd, struct bp_standin_signal *out)
{
    ssize_t len = recv(signal_fd, out, sizeof(*out), MSG_DONTWAIT);

    if (len == sizeof(*out))
        return 1;
    return len < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EPIPE;
}

void bp_standin_stop(int pid, int signal_fd)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(signal_fd);
}
