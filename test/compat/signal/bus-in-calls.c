/*
 * Beyond the end of a mapped file: an access is SIGBUS with BUS_ADRERR, but a system call that is
 * given such memory answers EFAULT, and transfers what lies before it.
 */
#include "compat.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/socket.h>

static sigjmp_buf back;
static char *page;

static void on_bus(int sig, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %d code %d offset %ld", sig, info->si_code, (long)((char *)info->si_addr - page));
    siglongjmp(back, 1);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
    int fd = file_with("short", "text"), ends[2], pair[2];
    char c;

    MUST(sigaction(SIGBUS, &sa, NULL));
    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(page != MAP_FAILED);
    if (!sigsetjmp(back, 1))
        SAY("read %d", page[4096]);
    if (!sigsetjmp(back, 1))
        page[8191] = 1;
    SAY("within the page %d %d", page[0], page[4095]);
    SHOW(write(ends[1], page + 4096, 10));
    SHOW(send(pair[0], page + 4096, 10, 0));
    SHOW(write(ends[1], "x", 1));
    SHOW(read(ends[0], page + 4096, 1));
    SHOW(syscall(SYS_getcwd, page + 4096, 100));
    SHOW(open(page + 4096, O_RDONLY));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, page + 4096, NULL, 8));
    SHOW(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, page + 4096));
    SHOW(ftruncate(fd, 8192));
    MUST(ftruncate(fd, 0));
    if (!sigsetjmp(back, 1))
        c = page[0], SAY("not reached %d", c);
    return 0;
}
