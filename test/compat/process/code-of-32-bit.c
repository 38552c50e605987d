/*
 * 32-bit code, which a far return reaches without a system call: its faults are signals of the
 * program, with and without handlers, and end nothing else.
 */
#include "compat.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Where 32-bit code can be. */
static char *code;

/* The stack is to be below 4 GiB too. */
__attribute__((noreturn)) static void enter_32_bit(unsigned long ip)
{
    __asm__ volatile("mov %1, %%rsp\n"
                     "pushq $0x23\n"
                     "pushq %0\n"
                     "lretq"
                     :
                     : "r"(ip), "r"(code + 60000));
    __builtin_unreachable();
}

static void told(int sig)
{
    SAY("%s", sig == SIGSEGV ? "SIGSEGV" : sig == SIGTRAP ? "SIGTRAP" : "another");
    _exit(sig);
}

static void handle(void)
{
    struct sigaction sa = {.sa_handler = told, .sa_flags = SA_ONSTACK};
    stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};

    MUST(sigaltstack(&stack, NULL));
    MUST(sigaction(SIGSEGV, &sa, NULL));
    MUST(sigaction(SIGTRAP, &sa, NULL));
}

static void in_child(const char *what, const char *bytes, size_t length)
{
    int status;

    SAY("%s", what);
    if (!MUST(fork())) {
        memcpy(code, bytes, length);
        handle();
        enter_32_bit(bytes ? (unsigned long)code : 0x1000);
    }
    MUST(wait(&status));
    SAY("status %x", status);
}

int main(void)
{
    code = mmap(NULL, 65536, PROT_READ | PROT_WRITE | PROT_EXEC,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    CHECK(code != MAP_FAILED);
    in_child("nothing there", NULL, 0);
    in_child("a breakpoint", "\xcc", 1);
    in_child("a privileged instruction", "\xf4", 1);
    in_child("a wild access", "\xa1\x08\x00\x00\x00", 5);
    SAY("and here still");
    return 0;
}
