/* Non-blocking writes up to PIPE_BUF go whole or not at all; larger ones may go in part. */
#include "compat.h"
#include <limits.h>

int main(void)
{
    static char block[128 << 10];
    int ends[2];

    MUST(pipe2(ends, O_NONBLOCK));
    SHOW(write(ends[1], block, (64 << 10) - PIPE_BUF));
    SHOW(write(ends[1], block, 100));
    SHOW(write(ends[1], block, PIPE_BUF));
    SHOW(write(ends[1], block, PIPE_BUF - 100));
    SHOW(write(ends[1], block, 1));
    SHOW(read(ends[0], block, sizeof(block)));
    SHOW(write(ends[1], block, 128 << 10));
    SHOW(write(ends[1], block, 128 << 10));
    SHOW(read(ends[0], block, 3 * 4096));
    SHOW(write(ends[1], block, 4 * 4096));
    SHOW(write(ends[1], block, 1));
    return 0;
}
