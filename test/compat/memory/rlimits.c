/* Limits are set, got, and refused when they make no sense, by the old calls and by prlimit64. */
#include "compat.h"
#include <sys/resource.h>

static void lower(int resource, rlim_t value)
{
    struct rlimit old, now, next;

    MUST(getrlimit(resource, &old));
    next = (struct rlimit){value, old.rlim_max};
    SHOW(prlimit(0, resource, &next, &now));
    CHECK(now.rlim_cur == old.rlim_cur && now.rlim_max == old.rlim_max);
    SHOW(prlimit(getpid(), resource, NULL, &now));
    CHECK(now.rlim_cur == value && now.rlim_max == old.rlim_max);
    next = (struct rlimit){value + 1, value};
    SHOW(setrlimit(resource, &next));
}

int main(void)
{
    struct rlimit limit, same;

    for (int i = 0; i < RLIM_NLIMITS; i++) {
        MUST(getrlimit(i, &limit));
        MUST(setrlimit(i, &limit));
        MUST(getrlimit(i, &same));
        CHECK(same.rlim_cur == limit.rlim_cur && same.rlim_max == limit.rlim_max);
    }
    lower(RLIMIT_NOFILE, 100);
    lower(RLIMIT_STACK, 1 << 20);
    lower(RLIMIT_CORE, 0);
    lower(RLIMIT_AS, (rlim_t)1 << 40);
    lower(RLIMIT_DATA, (rlim_t)1 << 40);
    lower(RLIMIT_RSS, 1 << 30);
    lower(RLIMIT_SIGPENDING, 100);
    SHOW(getrlimit(RLIM_NLIMITS, &limit));
    SHOW(setrlimit(RLIM_NLIMITS, &limit));
    SHOW(syscall(SYS_getrlimit, RLIMIT_AS, NULL));
    SHOW(syscall(SYS_setrlimit, RLIMIT_AS, NULL));
    SHOW(syscall(SYS_prlimit64, 0, RLIMIT_AS, 8, NULL));
    SHOW(syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, 8));
    SHOW(syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, NULL));
    SHOW(prlimit(0x7ffffff0, RLIMIT_AS, NULL, &limit));
    for (int i = 0; i < 200; i++)
        dup(0);
    SHOW(dup(0));
    return 0;
}
