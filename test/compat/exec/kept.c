/*
 * What an exec keeps: pid, ignored signals, the mask, pending signals, the itimer, cwd, umask,
 * descriptors without FD_CLOEXEC; and what not: handlers, threads, the others' descriptors.
 *
 * variants: all
 * exit: 17
 */
#include "../fork/fork.h"
#include <sys/stat.h>
#include <sys/time.h>

static void handler(int sig)
{
    (void)sig;
}

static void *sleeps(void *arg)
{
    pause();
    return arg;
}

static bool is_pending(int sig)
{
    sigset_t set;

    MUST(sigpending(&set));
    return sigismember(&set, sig);
}

static const char *action(int sig)
{
    struct sigaction sa;

    MUST(sigaction(sig, NULL, &sa));
    return sa.sa_handler == SIG_DFL ? "default" : sa.sa_handler == SIG_IGN ? "ignored" : "handled";
}

static int after(char **argv)
{
    char cwd[256], comm[16], exe[256] = "";
    struct itimerval left;
    sigset_t mask;

    SAY("arguments %s %s, environment %s", argv[1], argv[5], getenv("KEPT"));
    SHOW(atoi(argv[2]) == getpid());
    SHOW(getpid() == syscall(SYS_gettid));
    SAY("USR1 %s USR2 %s", action(SIGUSR1), action(SIGUSR2));
    sigprocmask(SIG_BLOCK, NULL, &mask);
    SAY("HUP masked %d TERM masked %d", sigismember(&mask, SIGHUP), sigismember(&mask, SIGTERM));
    SAY("HUP pending %d, USR2 pending %d", is_pending(SIGHUP), is_pending(SIGUSR2));
    getitimer(ITIMER_REAL, &left);
    SAY("timer %d", left.it_value.tv_sec > 0);
    SHOW(umask(0));
    SAY("cwd %s", strrchr(getcwd(cwd, sizeof(cwd)), '/') + 1);
    SHOW(fcntl(atoi(argv[3]), F_GETFD));
    SHOW(fcntl(atoi(argv[4]), F_GETFD));
    CHECK(pthread_getname_np(pthread_self(), comm, sizeof(comm)) == 0);
    SAY("comm %s", comm);
    CHECK(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
    SAY("exe %d", strstr(exe, "kept") != NULL);
    return 17;
}

static void *execs(void *path)
{
    char numbers[3][16];
    int keep = MUST(open("/dev/null", O_RDONLY)), drop = MUST(open("/dev/null", O_CLOEXEC));
    char *args[] = {"kept", "after", numbers[0], numbers[1], numbers[2], "two words", NULL};
    char *environment[] = {"KEPT=yes", NULL};

    snprintf(numbers[0], 16, "%d", getpid());
    snprintf(numbers[1], 16, "%d", keep);
    snprintf(numbers[2], 16, "%d", drop);
    fflush(stdout);
    execve(path, args, environment);
    CHECK(!"exec failed");
    return NULL;
}

int main(int argc, char **argv)
{
    struct itimerval timer = {.it_value.tv_sec = 1000};
    static char self[4096];
    sigset_t set;
    pid_t pid;

    if (argc > 1)
        return after(argv);
    CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    MUST(mkdir("below", 0755));
    MUST(chdir("below"));
    umask(027);
    signal(SIGUSR1, SIG_IGN);
    on_signal(SIGUSR2, handler, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int in_thread = 0; in_thread < 2; in_thread++) {
        pid = must_fork();
        if (pid == 0) {
            kill(getpid(), SIGHUP);
            setitimer(ITIMER_REAL, &timer, NULL);
            start_thread(sleeps, NULL);
            if (in_thread)
                join_thread(start_thread(execs, self));
            execs(self);
        }
        reap(in_thread ? "by a thread" : "by the main thread", pid);
    }
    kill(getpid(), SIGHUP);
    setitimer(ITIMER_REAL, &timer, NULL);
    start_thread(sleeps, NULL);
    SAY("the program itself");
    execs(self);
    return 1;
}
