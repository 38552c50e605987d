/* Each kind of forbidden access faults with the right code and address, and only it. */
#include "compat.h"
#include <setjmp.h>
#include <sys/mman.h>

enum {
    PAGE = 4096
};
static sigjmp_buf back;
static volatile char *expected;
static char *page;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %d code %d address %s", sig, info->si_code,
        info->si_addr == expected ? "right" : "wrong");
    siglongjmp(back, 1);
}

static void try_read(int offset)
{
    expected = page + offset;
    if (sigsetjmp(back, 1) == 0)
        SAY("read %d", *expected);
}

static void try_write(int offset)
{
    expected = page + offset;
    if (sigsetjmp(back, 1) == 0) {
        *expected = 5;
        SAY("written");
    }
}

static void try_call(void)
{
    expected = page;
    if (sigsetjmp(back, 1) == 0) {
        ((void (*)(void))page)();
        SAY("called");
    }
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    MUST(sigaction(SIGSEGV, &sa, NULL));
    page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = (char)0xc3;
    try_call();
    MUST(mprotect(page, PAGE, PROT_READ));
    try_read(1);
    try_write(1);
    MUST(mprotect(page, PAGE, PROT_NONE));
    try_read(1);
    try_write(PAGE);
    MUST(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
    try_call();
    try_write(100);
    MUST(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
    try_write(1);
    try_read(1);
    MUST(munmap(page, 2 * PAGE));
    try_read(0);
    return 0;
}
