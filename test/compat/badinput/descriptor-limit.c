/* Descriptors above a lowered limit stay usable; new ones obey the limit; poll counts by it. */
#include "net.h"
#include <sys/resource.h>

int main(void)
{
    struct rlimit limit;
    struct pollfd p[30];
    char c;
    int ends[2];

    MUST(pipe(ends));
    SHOW(dup2(ends[0], 60));
    MUST(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 20;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(write(ends[1], "x", 1));
    SHOW(read(60, &c, 1));
    SHOW(dup2(ends[0], 61));
    SHOW(dup2(ends[0], 60));
    for (int i = 0; i < 30; i++)
        p[i] = (struct pollfd){-1, 0, 0};
    SHOW(poll(p, 20, 0));
    SHOW(poll(p, 21, 0));
    limit.rlim_cur = 100;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(dup2(ends[0], 61));
    return 0;
}
