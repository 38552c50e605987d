/*
 * What siginfo says of who sent: kill, tgkill, sigqueue, a handler's own raise, sigtimedwait; and
 * which si_codes a program may claim.
 *
 * variants: glibc musl
 */
#include "compat.h"

static siginfo_t got;
static volatile int handled;

static void on_any(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    got = *info;
    handled++;
}

static void show(const char *how)
{
    SAY("%s: signal %d code %d errno %d pid %s uid %s value %d, %d handled", how, got.si_signo,
        got.si_code, got.si_errno,
        got.si_pid == getpid() ? "self"
        : got.si_pid           ? "?"
                               : "none",
        got.si_uid == getuid() ? "self" : "?", got.si_code == SI_QUEUE ? got.si_value.sival_int : 0,
        handled);
    memset(&got, 0, sizeof(got));
    handled = 0;
}

static void claim(int code)
{
    siginfo_t info;

    memset(&info, 0, sizeof(info));
    info.si_signo = 1; /* Linux puts the right one there */
    info.si_code = code;
    info.si_errno = 5;
    info.si_pid = getpid();
    info.si_uid = getuid();
    SAY("claim %d", code);
    SHOW(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
    show("to self");
    SHOW(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &info));
    show("to own thread");
    SHOW(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_any, .sa_flags = SA_SIGINFO};
    const int codes[] = {SI_USER, SI_QUEUE, SI_TKILL, SI_KERNEL, SI_TIMER, SI_MESGQ, -60, 3};

    MUST(sigaction(SIGUSR1, &sa, NULL));
    MUST(sigaction(SIGRTMIN, &sa, NULL));
    MUST(kill(getpid(), SIGUSR1));
    show("kill");
    MUST(kill(0, 0));
    MUST(raise(SIGUSR1));
    show("raise");
    MUST(syscall(SYS_tkill, gettid(), SIGUSR1));
    show("tkill");
    MUST(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = -3}));
    show("sigqueue");
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        claim(codes[i]);
    SHOW(syscall(SYS_tgkill, getpid(), 0x3fffffff, 0));
    SHOW(syscall(SYS_tgkill, getpid() + 0x100000, gettid(), 0));
    SHOW(syscall(SYS_tgkill, -1, gettid(), 0));
    SHOW(syscall(SYS_tgkill, getpid(), -1, 0));
    SHOW(syscall(SYS_tkill, -1, 0));
    SHOW(syscall(SYS_tkill, 0x3fffffff, 0));
    SHOW(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 8));
    return 0;
}
