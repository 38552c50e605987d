/* arch_prctl reads and sets the FS and GS bases; GS belongs to the program. */
#include "compat.h"
#include <asm/prctl.h>

static void *work(void *arg)
{
    unsigned long gs, expected = (unsigned long)arg;

    MUST(syscall(SYS_arch_prctl, ARCH_SET_GS, arg));
    for (int i = 0; i < 100; i++) {
        long loaded;

        sched_yield();
        MUST(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
        CHECK(gs == expected);
        __asm__ volatile("mov %%gs:0, %0" : "=r"(loaded));
        CHECK(loaded == *(long *)arg);
    }
    return NULL;
}

int main(void)
{
    static long words[4] = {11, 22, 33, 44};
    pthread_t threads[4];
    unsigned long fs, gs = 1;

    SHOW(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
    CHECK(fs == (unsigned long)pthread_self());
    SHOW(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
    SAY("gs %lu", gs);
    SHOW(syscall(SYS_arch_prctl, 99, 0));
    SHOW(syscall(SYS_arch_prctl, ARCH_SET_FS, -1L));
    SHOW(syscall(SYS_arch_prctl, ARCH_GET_FS, 8));
    for (int i = 0; i < 4; i++)
        threads[i] = start_thread(work, &words[i]);
    for (int i = 0; i < 4; i++)
        join_thread(threads[i]);
    SAY("kept");
    return 0;
}
