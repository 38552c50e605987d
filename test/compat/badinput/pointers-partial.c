/* Buffers that end in the middle: what Linux moves before it meets the edge, and what stays. */
#include "wild.h"

int main(void)
{
    char *edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *at = edge + PAGE - 10;
    char buf[64] = "";
    struct iovec iov[2] = {{edge, 5}, {(void *)8, 5}};
    int ends[2];
    int fd = file_with("f", "");

    MUST(munmap(edge + PAGE, PAGE));
    memcpy(at, "0123456789", 10);
    MUST(pipe2(ends, O_NONBLOCK));
    SHOW(write(fd, at, 20));
    SHOW(write(fd, at, 10));
    SHOW(lseek(fd, 0, SEEK_SET) == 0);
    SHOW(pwrite(fd, "abcdefghijklmnopqrstuvwxyz", 26, 0));
    SHOW(pread(fd, at, 20, 0));
    SAY("%.10s", at);
    SHOW(writev(fd, iov, 2));
    SHOW(write(ends[1], at, 10));
    SHOW(read(ends[0], buf, sizeof(buf)));
    return 0;
}
