/*
 * A GS base of its own is a thread's in whatever happens to it: waiting, preemption, signals,
 * faults, new threads, which inherit it; other threads of the program have none.
 *
 * variants: glibc static musl
 */
#include "compat.h"

enum {
    ARCH_SET_GS = 0x1001,
    ARCH_GET_GS = 0x1004
};

struct block {
    long number;
    volatile int ready;
    volatile long ticks;
};
static struct block blocks[] = {{11, 0, 0}, {22, 0, 0}, {33, 0, 0}};
static volatile long *unmapped = (long *)16;
static volatile int stop;

static long own_number(void)
{
    long number;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(number));
    return number;
}

static void set_gs(const void *base)
{
    MUST(syscall(SYS_arch_prctl, ARCH_SET_GS, base));
}

static unsigned long get_gs(void)
{
    unsigned long base = 1;

    MUST(syscall(SYS_arch_prctl, ARCH_GET_GS, &base));
    return base;
}

static void on_usr1(int sig)
{
    (void)sig;
    blocks[own_number() / 11 - 1].ticks++;
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    CHECK(own_number() == 22);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 3; /* mov (%rax), %rax */
}

static void *without(void *arg)
{
    CHECK(get_gs() == 0);
    while (!stop)
        sched_yield();
    return arg;
}

static void *inheriting(void *arg)
{
    CHECK(get_gs() == (unsigned long)arg);
    CHECK(own_number() == ((struct block *)arg)->number);
    return NULL;
}

/* Computes until a signal has come, so that only preemption can bring others their turn. */
static void *work(void *arg)
{
    struct block *block = arg;

    set_gs(block);
    join_thread(start_thread(inheriting, arg));
    block->ready = 1;
    while (!block->ticks)
        CHECK(own_number() == block->number);
    sleep_ms(1);
    for (int i = 0; i < 1000; i++) {
        sched_yield();
        CHECK(own_number() == block->number);
    }
    CHECK(get_gs() == (unsigned long)block);
    return NULL;
}

int main(void)
{
    struct sigaction segv = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    pthread_t threads[2], other = start_thread(without, NULL);

    on_signal(SIGUSR1, on_usr1, 0);
    MUST(sigaction(SIGSEGV, &segv, NULL));
    for (int i = 0; i < 2; i++)
        threads[i] = start_thread(work, &blocks[i * 2]);
    for (int i = 0; i < 2; i++) {
        while (!blocks[i * 2].ready)
            sched_yield();
        CHECK(pthread_kill(threads[i], SIGUSR1) == 0);
    }
    for (int i = 0; i < 2; i++)
        join_thread(threads[i]);
    SAY("kept over signals and preemption");

    set_gs(&blocks[1]);
    __asm__ volatile("mov (%0), %0" : : "a"(unmapped) : "memory");
    SAY("kept over a fault: %ld", own_number());
    stop = 1;
    join_thread(other);
    SHOW(syscall(SYS_read, 99, NULL, 0));
    SHOW(syscall(SYS_arch_prctl, ARCH_SET_GS, -1L));
    SHOW(own_number());
    set_gs(NULL);
    SHOW(get_gs() == 0);
    return 0;
}
