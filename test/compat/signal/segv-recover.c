/* SIGSEGV tells the address and why; a handler may mend the mapping or step over the instruction.
 */
#include "compat.h"
#include <sys/mman.h>
#include <ucontext.h>

enum {
    PAGE = 4096
};
static char *page;

static void mend(int sig, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %d code %d offset %ld", sig, info->si_code, (long)((char *)info->si_addr - page));
    MUST(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
}

static void step_over(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    SAY("signal %d code %d error %lld trap %lld", sig, info->si_code,
        (long long)uc->uc_mcontext.gregs[REG_ERR], (long long)uc->uc_mcontext.gregs[REG_TRAPNO]);
    uc->uc_mcontext.gregs[REG_RIP] += 2; /* movb (%rdi), %al: 8a 07 */
    uc->uc_mcontext.gregs[REG_RAX] = 'R';
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    long got;

    page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(sigaction(SIGSEGV, &sa, NULL));
    page[123] = 'x';
    SAY("stored %c", page[123]);
    MUST(mprotect(page, PAGE, PROT_READ));
    page[5] = 'y';
    SAY("stored %c", page[5]);
    sa.sa_sigaction = step_over;
    MUST(sigaction(SIGSEGV, &sa, NULL));
    __asm__ volatile(".byte 0x8a, 0x07" : "=a"(got) : "D"(16));
    SAY("got %c", (char)got);
    __asm__ volatile(".byte 0x8a, 0x07" : "=a"(got) : "D"(0x8000000000000000));
    SAY("got %c", (char)got);
    return 0;
}
