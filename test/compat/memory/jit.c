/*
 * Code written at run time runs, its system calls too: made executable later, or writable and
 * executable at once.
 *
 * variants: glibc musl
 * report: unknown system call 999
 */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

/* mov $nr,%eax; syscall; ret */
static void emit_call(unsigned char *at, unsigned nr)
{
    const unsigned char code[] = {0xb8, nr & 0xff, nr >> 8, 0, 0, 0x0f, 0x05, 0xc3};

    memcpy(at, code, sizeof(code));
}

static long call(void *code)
{
    return ((long (*)(void))code)();
}

int main(void)
{
    unsigned char *later =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *both =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(later != MAP_FAILED && both != MAP_FAILED);
    emit_call(later, SYS_getpid);
    MUST(mprotect(later, PAGE, PROT_READ | PROT_EXEC));
    SHOW(call(later) == getpid());
    SHOW(call(later) == getpid());
    MUST(mprotect(later, PAGE, PROT_READ | PROT_WRITE));
    emit_call(later, SYS_gettid);
    MUST(mprotect(later, PAGE, PROT_READ | PROT_EXEC));
    SHOW(call(later) == gettid());
    SHOW(memcmp(later, "\xb8", 1));
    for (int i = 0; i < 1000; i++) {
        emit_call(both, i % 2 ? SYS_getpid : SYS_getppid);
        CHECK(call(both) == (i % 2 ? getpid() : getppid()));
    }
    emit_call(both, 999);
    SHOW(call(both));
    return 0;
}
