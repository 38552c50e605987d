/*
 * Calls that a program has to do without on older kernels are either there or ENOSYS: rseq (where
 * the libc has taken it already, EINVAL or EBUSY), futex_waitv and its kin.
 */
#include "futex.h"

static bool is_there_or_not(long ret, int refused)
{
    return ret == -1 && (errno == ENOSYS || errno == refused);
}

int main(void)
{
    CHECK(is_there_or_not(syscall(SYS_rseq, NULL, 0, 0, 0), EINVAL));
    CHECK(is_there_or_not(syscall(449, NULL, 0, 0, NULL, 0), EINVAL));       /* futex_waitv */
    CHECK(is_there_or_not(syscall(454, NULL, 0, 0, 1 << 30), EINVAL));       /* futex_wake */
    CHECK(is_there_or_not(syscall(455, NULL, 0, 0, 1 << 30, 0, 0), EINVAL)); /* futex_wait */
    CHECK(is_there_or_not(syscall(456, NULL, 1, 0, 0), EINVAL));             /* futex_requeue */
    SAY("honest");
    return 0;
}
