/*
 * A handler whose alternate stack is not mapped cannot run: the program ends by SIGSEGV.
 *
 * exit: 139
 * report: SIGSEGV
 */
#include "compat.h"
#include <sys/mman.h>

static void on_any(int sig)
{
    SAY("signal %d", sig);
}

int main(void)
{
    void *gone = mmap(NULL, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t alt = {.ss_sp = gone, .ss_size = 1 << 16};

    on_signal(SIGUSR1, on_any, SA_ONSTACK);
    on_signal(SIGSEGV, on_any, SA_ONSTACK);
    MUST(sigaltstack(&alt, NULL));
    raise(SIGUSR1);
    SAY("not reached");
    return 0;
}
