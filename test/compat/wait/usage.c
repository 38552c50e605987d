/* getrusage(2) RUSAGE_CHILDREN and times(2): the time of children, once waited for, and of theirs.
 */
#include "../fork/fork.h"
#include <sys/resource.h>
#include <sys/times.h>

static double seconds(const struct rusage *usage)
{
    return usage->ru_utime.tv_sec + usage->ru_utime.tv_usec / 1e6 + usage->ru_stime.tv_sec +
           usage->ru_stime.tv_usec / 1e6;
}

static int burn(void *arg)
{
    (void)arg;
    while (clock() < CLOCKS_PER_SEC / 20)
        ;
    return 0;
}

static int burn_below(void *arg)
{
    reap("grandchild", spawn(burn, arg));
    return 0;
}

int main(void)
{
    struct rusage usage, one;
    siginfo_t info;
    struct tms tms;
    int status;
    pid_t pid;

    MUST(getrusage(RUSAGE_CHILDREN, &usage));
    SAY("before %d", seconds(&usage) > 0);
    pid = spawn(burn, NULL);
    MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    MUST(getrusage(RUSAGE_CHILDREN, &usage));
    SAY("a zombie counts %d", seconds(&usage) > 0);
    CHECK(wait4(pid, &status, 0, &one) == pid);
    CHECK(seconds(&one) > 0.03);
    MUST(getrusage(RUSAGE_CHILDREN, &usage));
    CHECK(seconds(&usage) > 0.03);
    pid = spawn(burn_below, NULL);
    CHECK(wait4(pid, &status, 0, &one) == pid);
    CHECK(seconds(&one) > 0.03);
    MUST(getrusage(RUSAGE_CHILDREN, &usage));
    CHECK(seconds(&usage) > 0.07);
    times(&tms);
    CHECK(tms.tms_cutime + tms.tms_cstime > 4);
    SAY("counted");
    return 0;
}
