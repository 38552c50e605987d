/* Memory that is not there, or not to be read or written, is EFAULT in every call that needs it. */
#include "compat.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

enum {
    PAGE = 4096
};

static void try_all(const char *what, char *at)
{
    struct iovec iov[2] = {{(char[4]){0}, 4}, {at, 4}};
    int pipes[2], fd = file_with("f", "0123456789");

    MUST(pipe(pipes));
    SAY("%s", what);
    SHOW(write(pipes[1], at, 4));
    SHOW(pwrite(fd, at, 4, 0));
    CHECK(write(pipes[1], "abcd", 4) == 4);
    SHOW(read(pipes[0], at, 4));
    SHOW(read(fd, at, 4));
    SHOW(readv(fd, iov, 2));
    SHOW(readv(fd, (struct iovec *)at, 1));
    SHOW(writev(pipes[1], (struct iovec *)at, 2));
    SHOW(access(at, F_OK));
    SHOW(fstat(fd, (struct stat *)at));
    SHOW(pipe((int *)at));
    SHOW(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, at));
    MUST(close(fd));
    MUST(close(pipes[0]));
    MUST(close(pipes[1]));
}

int main(void)
{
    char *gone = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    MUST(munmap(gone, PAGE));
    try_all("unmapped", gone);
    try_all("no access", none);
    try_all("null", NULL);
    try_all("low", (char *)100);
    try_all("kernel", (char *)0xffff800000000000);
    try_all("not canonical", (char *)0x8000000000000000);
    return 0;
}
