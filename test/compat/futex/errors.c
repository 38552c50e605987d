/* futex(2) misused. */
#include "futex.h"
#include <sys/mman.h>

static volatile int words[4];

int main(void)
{
    char *odd = (char *)words + 1;
    void *unmapped = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *readonly = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    SHOW(futex(odd, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    SHOW(futex(odd, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    SHOW(futex(words, 127, 0, NULL, NULL, 0));
    SHOW(futex(words, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 0));
    SHOW(futex(words, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0));
    SHOW(futex(words, FUTEX_WAKE_PRIVATE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0));
    SHOW(futex(words, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, &words[1], 5));
    SHOW(futex(words, FUTEX_CMP_REQUEUE_PRIVATE, -1, (void *)1, &words[1], 0));
    SHOW(futex(words, FUTEX_REQUEUE_PRIVATE, 1, (void *)1, odd, 0));
    SHOW(futex(NULL, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    SHOW(futex(unmapped, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    SHOW(futex(readonly, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
    SHOW(futex(unmapped, FUTEX_WAIT, 0, NULL, NULL, 0));
    SHOW(futex(words, FUTEX_WAIT_PRIVATE, 0, (void *)8, NULL, 0));
    SHOW(futex(words, FUTEX_WAIT_PRIVATE, 0, (void *)-8, NULL, 0));
    SHOW(futex((void *)-4096, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    SHOW(futex(NULL, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    SHOW(syscall(SYS_set_robust_list, words, 1));
    SHOW(syscall(SYS_get_robust_list, 0x3fffffff, words, words));
    return 0;
}
