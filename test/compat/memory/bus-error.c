/* A mapping beyond the end of its file raises SIGBUS; growing the file mends it. */
#include "compat.h"
#include <setjmp.h>
#include <sys/mman.h>

enum {
    PAGE = 4096
};
static sigjmp_buf back;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %s code %d", sig == SIGBUS ? "SIGBUS" : "?", info->si_code);
    siglongjmp(back, 1);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    int fd = file_with("f", "x");
    volatile char *map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);

    MUST(sigaction(SIGBUS, &sa, NULL));
    SAY("%c %d", map[0], map[PAGE - 1]);
    if (sigsetjmp(back, 1) == 0)
        SAY("%d", map[PAGE]);
    MUST(ftruncate(fd, 2 * PAGE));
    if (sigsetjmp(back, 1) == 0)
        SAY("%d", map[PAGE]);
    return 0;
}
