/* A handler that uses vector registers leaves the interrupted code's alone. */
#include "vector.h"

static volatile double sink;
static volatile int handled;

struct state {
    unsigned char xmm[16][16];
} __attribute__((aligned(16)));

void spin_with_xmm(const struct state *in, struct state *out, long rounds);

__asm__(".text\n"
        "spin_with_xmm:\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  movaps 16*\\n(%rdi), %xmm\\n\n"
        ".endr\n"
        "1: pause; dec %rdx; jnz 1b\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  movaps %xmm\\n, 16*\\n(%rsi)\n"
        ".endr\n"
        "  ret\n");

static void on_usr1(int sig)
{
    double x = sig;

    for (int i = 0; i < 100; i++)
        x = x * 1.5 + handled;
    sink = x;
    __asm__ volatile("pxor %%xmm5, %%xmm5; pxor %%xmm15, %%xmm15" ::: "xmm5", "xmm15");
    handled++;
}

static volatile bool done;
static pthread_t target;

static void *pester(void *arg)
{
    while (!done) {
        pthread_kill(target, SIGUSR1);
        sched_yield();
    }
    return arg;
}

int main(void)
{
    struct state in, out;
    pthread_t thread;

    target = pthread_self();
    on_signal(SIGUSR1, on_usr1, SA_RESTART);
    thread = start_thread(pester, NULL);
    for (int i = 0; handled < 200; i++) {
        fill_pattern(&in, sizeof(in), i);
        spin_with_xmm(&in, &out, 5000);
        CHECK(memcmp(&in, &out, sizeof(in)) == 0);
    }
    done = true;
    join_thread(thread);
    SAY("kept");
    return 0;
}
