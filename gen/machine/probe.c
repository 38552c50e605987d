/*
 * Asks the kernel for what the runtime needs, and prints it as JSON. Nothing of it lasts: dispatch
 * is switched off again, the ring is closed by the exit.
 */
#include <linux/io_uring.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#endif

/* Documentation/arch/x86/x86_64/fsgs.rst */
#define FSGSBASE (1 << 1)

/* All of user space is exempt, so that no call is dispatched while it is on. */
static int has_dispatch(void)
{
    int on =
        prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 1UL, (1UL << 47) - 2, 0UL) == 0;

    prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0UL, 0UL, 0UL);
    return on;
}

static int has_io_uring(void)
{
    struct io_uring_params params;

    memset(&params, 0, sizeof(params));
    return syscall(SYS_io_uring_setup, 1, &params) >= 0;
}

static const char *json(int value)
{
    return value ? "true" : "false";
}

int main(void)
{
    printf("{\"sud\":%s,\"fsgsbase\":%s,\"io_uring\":%s}\n", json(has_dispatch()),
           json((getauxval(AT_HWCAP2) & FSGSBASE) != 0), json(has_io_uring()));
    return 0;
}
