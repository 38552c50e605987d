/* A pipe holds 64 KiB; its size can be read and changed. */
#include "compat.h"

static long fill(int fd)
{
    static char block[4096];
    long sent = 0, n;

    while ((n = write(fd, block, sizeof(block))) > 0)
        sent += n;
    return sent;
}

int main(void)
{
    static char sink[1 << 20];
    int ends[2];

    MUST(pipe2(ends, O_NONBLOCK));
    SHOW(fcntl(ends[0], F_GETPIPE_SZ));
    SHOW(fill(ends[1]));
    SHOW(read(ends[0], sink, sizeof(sink)));
    SHOW(fcntl(ends[1], F_SETPIPE_SZ, 100000));
    SHOW(fcntl(ends[0], F_GETPIPE_SZ));
    SHOW(fill(ends[1]));
    SHOW(fcntl(ends[1], F_SETPIPE_SZ, 4096));
    SHOW(read(ends[0], sink, sizeof(sink)));
    SHOW(fcntl(ends[1], F_SETPIPE_SZ, 1));
    SHOW(fill(ends[1]));
    SHOW(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20));
    SHOW(fill(ends[1]));
    SHOW(fcntl(1, F_GETPIPE_SZ) >= -1);
    SHOW(fcntl(file_with("f", ""), F_GETPIPE_SZ));
    return 0;
}
