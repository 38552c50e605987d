/*
 * SS_AUTODISARM: the alternate stack is out of use in its handler, may be set there, and comes back
 * after it.
 */
#include "compat.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char first[65536], second[65536];

static void on_usr1(int sig)
{
    stack_t other = {.ss_sp = second, .ss_size = sizeof(second)}, now;
    char here;

    (void)sig;
    SAY("on the first %d", &here > first && &here < first + sizeof(first));
    SHOW(sigaltstack(NULL, &now));
    SAY("flags %x", now.ss_flags);
    SHOW(sigaltstack(&other, NULL));
}

int main(void)
{
    stack_t alt = {.ss_sp = first, .ss_size = sizeof(first), .ss_flags = (int)SS_AUTODISARM}, now;

    MUST(sigaltstack(&alt, NULL));
    on_signal(SIGUSR1, on_usr1, SA_ONSTACK);
    for (int i = 0; i < 2; i++) {
        raise(SIGUSR1);
        SHOW(sigaltstack(NULL, &now));
        SAY("first %d flags %x", now.ss_sp == first, now.ss_flags);
    }
    return 0;
}
