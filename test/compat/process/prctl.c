/*
 * prctl(2): what a program asks about itself, and what it may change of its own; arguments that a
 * request has no use for must be 0 where Linux looks at them.
 */
#include "compat.h"
#include <asm/prctl.h>
#include <sys/prctl.h>

static int get_int(int option)
{
    int value = -1;

    SHOW(prctl(option, &value, 0, 0, 0));
    return value;
}

static void *inherits(void *arg)
{
    SAY("pdeathsig of a thread: %d", get_int(PR_GET_PDEATHSIG));
    SHOW(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_TIMERSLACK, 7000, 0, 0, 0));
    SHOW(prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
    return arg;
}

int main(void)
{
    char name[16] = "";

    SHOW(prctl(PR_SET_NAME, "a name that is too long", 0, 0, 0));
    SHOW(prctl(PR_GET_NAME, name, 0, 0, 0));
    SAY("%s", name);
    SHOW(prctl(PR_SET_NAME, NULL, 0, 0, 0));
    SHOW(prctl(PR_GET_NAME, NULL, 0, 0, 0));

    SAY("%d", get_int(PR_GET_PDEATHSIG));
    SHOW(prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0));
    SAY("%d", get_int(PR_GET_PDEATHSIG));
    SHOW(prctl(PR_SET_PDEATHSIG, 65, 0, 0, 0));
    SHOW(prctl(PR_GET_PDEATHSIG, NULL, 0, 0, 0));
    SHOW(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));

    SHOW(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
    SHOW(prctl(PR_SET_DUMPABLE, 2, 0, 0, 0));
    SHOW(prctl(PR_SET_DUMPABLE, 9, 0, 0, 0));

    SAY("%d", get_int(PR_GET_CHILD_SUBREAPER));
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 || errno == EPERM);
    SHOW(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0));

    SHOW(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0));
    SHOW(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    SHOW(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));

    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));

    SHOW(prctl(PR_SET_TIMERSLACK, 12345, 0, 0, 0));
    SHOW(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    join_thread(start_thread(inherits, NULL));

    CHECK(prctl(PR_CAPBSET_READ, 0, 0, 0, 0) >= 0);
    SHOW(prctl(PR_CAPBSET_READ, 999, 0, 0, 0));
    SHOW(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_TSC, NULL, 0, 0, 0));
    SAY("%d", get_int(PR_GET_TSC));
    SHOW(prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0));
    SHOW(prctl(PR_GET_UNALIGN, &name, 0, 0, 0));
    SHOW(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0));
    SHOW(prctl(PR_SET_SECCOMP, 77, 0, 0, 0));
    SHOW(prctl(PR_GET_TIMING, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_TIMING, PR_TIMING_STATISTICAL, 0, 0, 0));
    SHOW(prctl(PR_SET_TIMING, PR_TIMING_TIMESTAMP, 0, 0, 0));
    SHOW(syscall(SYS_arch_prctl, ARCH_GET_CPUID, 0));
    SHOW(prctl(-1, 0, 0, 0, 0));
    return 0;
}
