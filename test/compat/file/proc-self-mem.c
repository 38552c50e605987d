/*
 * /proc/self/mem is the memory that the program has mapped, read-only pages too, and nothing else:
 * neither what the runtime keeps for all programs nor another's.
 */
#include "compat.h"
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

static char word[8] = "before";

static void try_at(int fd, const char *what, off_t at)
{
    char buf[8] = "changed";
    struct iovec iov = {buf, sizeof(buf)};

    SAY("%s", what);
    SHOW(pread(fd, buf, sizeof(buf), at));
    SHOW(pwrite(fd, buf, sizeof(buf), at));
    MUST(lseek(fd, at, SEEK_SET));
    SHOW(read(fd, buf, sizeof(buf)));
    MUST(lseek(fd, at, SEEK_SET));
    SHOW(writev(fd, &iov, 1));
}

static void try_all(int fd)
{
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(page != MAP_FAILED);
    try_at(fd, "data", (off_t)word);
    try_at(fd, "read-only", (off_t)page);
    CHECK(memcmp(page, "\0\0\0\0\0\0\0", 8) == 0); /* what was read was written */
    MUST(munmap(page, 4096));
    try_at(fd, "unmapped", (off_t)page);
    try_at(fd, "page 0", 8);
    try_at(fd, "where the arena would be", 0x100000000000);
    try_at(fd, "its middle", 0x100000100000);
    try_at(fd, "where a neighbour would be", 0x230000000000);
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(pwrite(fd, "x", 1, (off_t)word));
    SAY("%s", word);
    memcpy(word, "before", 7);
}

int main(void)
{
    unsigned long how[3] = {O_RDWR, 0, 2 /* RESOLVE_NO_MAGICLINKS */};
    int fd = MUST(open("/proc/self/mem", O_RDWR | O_CLOEXEC)), status;
    char path[32];

    try_all(fd);
    if (!MUST(fork())) {
        SAY("a child's own");
        snprintf(path, sizeof(path), "/proc/%d/mem", getpid());
        try_all(MUST(open(path, O_RDWR)));
        exit(0);
    }
    MUST(wait(&status));
    SAY("by openat2");
    try_all(MUST(syscall(SYS_openat2, AT_FDCWD, "/proc/self/mem", how, sizeof(how))));
    close(fd);
    return status;
}
