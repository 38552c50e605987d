/*
 * Limits and priority that Linux keeps for a whole process, set by a child for itself and what it
 * starts: as `ulimit -f` and nice(1) do.
 *
 * report: SIGXFSZ
 */
#include "compat.h"
#include <sys/resource.h>
#include <sys/wait.h>

static volatile sig_atomic_t signals;

static void count(int sig UNUSED)
{
    signals++;
}

static void report(pid_t child)
{
    int status;

    MUST(waitpid(child, &status, 0));
    if (WIFSIGNALED(status))
        SAY("ended by %s", strsignal(WTERMSIG(status)));
    else
        SAY("exit %d", WEXITSTATUS(status));
}

static void file_size(void)
{
    struct rlimit limit = {4096, 4096};
    int fd = file_with("f", "");
    char bytes[5000] = "";

    SHOW(setrlimit(RLIMIT_FSIZE, &limit));
    on_signal(SIGXFSZ, count, 0);
    SHOW(write(fd, bytes, sizeof(bytes)));
    SHOW(write(fd, bytes, 1));
    SHOW(pwrite(fd, bytes, 1, 5000));
    SHOW(ftruncate(fd, 5000));
    SAY("%d signals", signals);
    signal(SIGXFSZ, SIG_DFL);
    if (!MUST(fork())) {
        write(fd, bytes, 1);
        _exit(0);
    }
    report(-1);
    SHOW(pwrite(fd, bytes, 1, 0));
}

static void priority(void)
{
    int before = getpriority(PRIO_PROCESS, 0);

    SHOW(setpriority(PRIO_PROCESS, 0, before + 3) == 0);
    SAY("%d more", getpriority(PRIO_PROCESS, 0) - before);
    SAY("%d more", getpriority(PRIO_PROCESS, getpid()) - before);
    if (!MUST(fork())) {
        SAY("child: %d more", getpriority(PRIO_PROCESS, 0) - before);
        _exit(0);
    }
    report(-1);
}

static void of_others(void)
{
    SHOW(getpriority(PRIO_PROCESS, 0x7ffffff0));
    SHOW(setpriority(PRIO_PROCESS, 0x7ffffff0, 1));
    SHOW(getpriority(3, 0));
    SHOW(setpriority(-1, 0, 0));
}

static void in_child(void (*run)(void))
{
    if (!MUST(fork())) {
        run();
        exit(0);
    }
    report(-1);
}

int main(void)
{
    in_child(file_size);
    in_child(priority);
    of_others();
    return 0;
}
