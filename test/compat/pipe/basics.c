/*
 * Pipes: bytes in order, end of file, errors of the wrong end.
 *
 * variants: glibc musl static
 */
#include "compat.h"
#include <sys/ioctl.h>

int main(void)
{
    char buf[16] = "";
    int ends[2], n;

    SHOW(pipe(ends));
    SHOW(write(ends[1], "0123", 4));
    SHOW(write(ends[1], "4567", 4));
    SHOW(ioctl(ends[0], FIONREAD, &n));
    SAY("%d", n);
    SHOW(read(ends[0], buf, 6));
    SHOW(read(ends[0], buf + 6, 6));
    SAY("%s", buf);
    SHOW(write(ends[0], "x", 1));
    SHOW(read(ends[1], buf, 1));
    SHOW(lseek(ends[0], 0, SEEK_SET));
    SHOW(write(ends[1], "", 0));
    SHOW(fcntl(ends[0], F_GETFL) & O_ACCMODE);
    SHOW(fcntl(ends[1], F_GETFL) & O_ACCMODE);
    SHOW(write(ends[1], "last", 4));
    SHOW(close(ends[1]));
    SHOW(read(ends[0], buf, sizeof(buf)));
    SHOW(read(ends[0], buf, sizeof(buf)));
    SHOW(pipe2(ends, 1));
    SHOW(pipe((void *)8));
    SHOW(open("/dev/null", O_RDONLY));
    return 0;
}
