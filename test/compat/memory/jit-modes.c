/*
 * Code that is written in one mapping and run in another, or moved, or changed page by page: its
 * system calls are those of the moment.
 */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE,
    RX = PROT_READ | PROT_EXEC
};

/* push %rbx; mov %rsp,%rbx; mov $nr,%eax; syscall; mov %rbx,%rsp; pop %rbx; ret */
static void emit(unsigned char *at, unsigned nr)
{
    const unsigned char code[] = {0x53, 0x48, 0x89, 0xe3, 0xb8, nr & 0xff, nr >> 8, 0,
                                  0,    0x0f, 0x05, 0x48, 0x89, 0xdc,      0x5b,    0xc3};

    memcpy(at, code, sizeof(code));
}

static long call(void *code)
{
    return ((long (*)(void))code)();
}

int main(void)
{
    int fd = MUST(memfd_create("code", MFD_CLOEXEC));
    unsigned char *write_view, *run_view, *pages, *moved;

    MUST(ftruncate(fd, 2 * PAGE));
    write_view = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    emit(write_view, SYS_getpid);
    run_view = SHOW_PTR(mmap(NULL, 2 * PAGE, RX, MAP_SHARED, fd, 0));
    SHOW(call(run_view) == getpid());
    emit(write_view, SYS_gettid);
    SHOW(call(run_view) == gettid());
    SHOW(memcmp(write_view, run_view, PAGE));
    SHOW_PTR(run_view = mmap(NULL, 2 * PAGE, RX, MAP_PRIVATE, fd, 0));
    SHOW(call(run_view) == gettid());
    SHOW(memcmp(write_view, run_view, 16));

    pages = mmap(NULL, 64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 64; i++)
        emit(pages + i * PAGE, i % 2 ? SYS_getpid : SYS_getppid);
    MUST(mprotect(pages, 64 * PAGE, RX));
    for (int i = 0; i < 64; i++)
        CHECK(call(pages + i * PAGE) == (i % 2 ? getpid() : getppid()));
    for (int i = 0; i < 64; i += 2) {
        MUST(mprotect(pages + i * PAGE, PAGE, RW));
        emit(pages + i * PAGE, SYS_getpid);
        MUST(mprotect(pages + i * PAGE, PAGE, RX));
    }
    for (int i = 0; i < 64; i++)
        CHECK(call(pages + i * PAGE) == getpid());
    moved = SHOW_PTR(mremap(pages, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                            mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
    SHOW(call(moved) == getpid());
    SHOW(mprotect(moved, PAGE, RW | PROT_EXEC));
    emit(moved, SYS_getppid);
    SHOW(call(moved) == getppid());
    return 0;
}
