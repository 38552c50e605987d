/*
 * What a fault's handler is told: the code, the address, the registers and the processor's own
 * numbers; it may change where and with what the program goes on.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <sys/mman.h>
#include <ucontext.h>

static char *page;
static volatile long address_told;
static volatile int skip_bytes;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    long at = (char *)info->si_addr - page;

    SAY("signal %d code %d trap %lld error %llx at %s, rbx %llx, cr2 %s", sig, info->si_code,
        regs[REG_TRAPNO], regs[REG_ERR],
        at >= -4096 && at < 3 * 4096                 ? "the page"
        : (long)info->si_addr == (long)regs[REG_RIP] ? "rip"
        : !info->si_addr                             ? "0"
                                                     : "elsewhere",
        regs[REG_RBX], (long)regs[REG_CR2] == (long)info->si_addr ? "too" : "not");
    address_told = at;
    regs[REG_RIP] += skip_bytes;
    regs[REG_RAX] = 77;
}

/* Runs an instruction that faults and is skipped; rax and rcx are its operands. */
#define FAULT(text, length, rcx_value)                                                      \
    ({                                                                                      \
        long rax = 5, rcx = (long)(rcx_value);                                              \
        skip_bytes = (length);                                                              \
        __asm__ volatile(text : "+a"(rax), "+c"(rcx) : "b"(0xb0b) : "memory", "rdx", "cc"); \
        SAY("%s: rax %ld", #text, rax);                                                     \
    })

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    const int sigs[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
    int fd = file_with("short", "x");

    for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
        MUST(sigaction(sigs[i], &sa, NULL));
    page = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    MUST(munmap(page + 4096, 4096));
    FAULT("mov (%%rcx), %%rax", 3, page + 16);
    FAULT("mov %%rax, (%%rcx)", 3, page + 24);
    SAY("offset %ld", address_told);
    FAULT("mov (%%rcx), %%rax", 3, page + 4096 + 8);
    SAY("offset %ld", address_told);
    MUST(mprotect(page, 4096, PROT_READ));
    FAULT("mov (%%rcx), %%rcx", 0, page + 8) /* readable: no fault */;
    FAULT("mov %%rax, (%%rcx)", 3, page + 8);
    SHOW_PTR(mmap(page + 4096, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0));
    FAULT("movb $1, (%%rcx)", 3, page + 4096);
    MUST(ftruncate(fd, 0));
    FAULT("movb $1, (%%rcx)", 3, page + 4096 + 5);
    SAY("offset %ld", address_told);
    FAULT("ud2", 2, 0);
    FAULT("int3", 0, 0);
    FAULT("hlt", 1, 0);
    FAULT("int $0x40", 2, 0);
    FAULT("cltd; idiv %%ecx", 2, 0);
    FAULT("movabs $0x8000000000000000, %%rcx; mov (%%rcx), %%rax", 3, 0);
    return 0;
}
