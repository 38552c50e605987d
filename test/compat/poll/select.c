/* select(2): sets come back with what is ready; the time left is written; errors. */
#include "net.h"
#include <sys/select.h>

int main(void)
{
    struct timeval tv = {0, 15000}, long_time = {100, 0}, bad = {-1, 0};
    fd_set in, out, err;
    int ends[2], other[2];
    int64_t start;

    MUST(pipe(ends));
    MUST(pipe(other));
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&err);
    FD_SET(ends[0], &in);
    FD_SET(other[0], &in);
    FD_SET(ends[1], &out);
    FD_SET(ends[0], &err);
    MUST(write(other[1], "x", 1));
    SHOW(select(other[1] + 1, &in, &out, &err, NULL));
    SAY("%d %d %d %d", !!FD_ISSET(ends[0], &in), !!FD_ISSET(other[0], &in),
        !!FD_ISSET(ends[1], &out), !!FD_ISSET(ends[0], &err));
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    start = now_ns();
    SHOW(select(ends[0] + 1, &in, NULL, NULL, &tv));
    CHECK(now_ns() - start >= 15000000);
    SAY("%d left %ld.%06ld", !!FD_ISSET(ends[0], &in), (long)tv.tv_sec, (long)tv.tv_usec);
    FD_SET(other[0], &in);
    SHOW(select(other[0] + 1, &in, NULL, NULL, &long_time));
    CHECK(long_time.tv_sec == 99);
    SHOW(select(0, NULL, NULL, NULL, &tv));
    /* Linux ignores what lies beyond the table of descriptors: make it large enough first. */
    MUST(dup2(ends[0], 130));
    close(130);
    FD_ZERO(&in);
    FD_SET(99, &in);
    SHOW(select(100, &in, NULL, NULL, &tv));
    SHOW(select(50, &in, NULL, NULL, &(struct timeval){0, 0}));
    SHOW(select(-1, NULL, NULL, NULL, &tv));
    SHOW(select(1, NULL, NULL, NULL, &bad));
    SHOW(select(1, (void *)8, NULL, NULL, &tv));
    return 0;
}
