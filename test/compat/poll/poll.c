/*
 * poll(2): events, bad and negative descriptors, duplicates, timeouts.
 *
 * variants: glibc musl
 */
#include "net.h"

int main(void)
{
    int ends[2], file = file_with("f", "x");
    struct pollfd p[6];
    int64_t start;

    MUST(pipe(ends));
    p[0] = (struct pollfd){ends[0], POLLIN, -1};
    p[1] = (struct pollfd){ends[1], POLLOUT, -1};
    p[2] = (struct pollfd){-1, POLLIN, -1};
    p[3] = (struct pollfd){99, POLLIN, -1};
    p[4] = (struct pollfd){file, POLLIN | POLLOUT, -1};
    p[5] = (struct pollfd){ends[1], POLLOUT | POLLIN, -1};
    SHOW(poll(p, 6, -1));
    for (int i = 0; i < 6; i++)
        SAY("%d: %x", i, p[i].revents);
    SHOW(poll(p, 1, 0));
    SAY("%x", p[0].revents);
    start = now_ns();
    SHOW(poll(p, 1, 15));
    CHECK(now_ns() - start >= 15000000);
    start = now_ns();
    SHOW(poll(NULL, 0, 10));
    CHECK(now_ns() - start >= 10000000);
    MUST(write(ends[1], "x", 1));
    SHOW(poll(p, 1, -1));
    SHOW(poll(p, 1, 100000));
    SHOW(poll((void *)8, 1, 0));
    SHOW(syscall(SYS_poll, p, 1 << 30, 0));
    return 0;
}
