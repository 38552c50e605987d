/* ymm0-15 stay while threads that use them spin against each other without a call. */
#include "vector.h"

struct state {
    unsigned char ymm[16][32];
} __attribute__((aligned(32)));

void spin_with_ymm(const struct state *in, struct state *out, long rounds);

__asm__(".text\n"
        "spin_with_ymm:\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  vmovaps 32*\\n(%rdi), %ymm\\n\n"
        ".endr\n"
        "1: pause; dec %rdx; jnz 1b\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  vmovaps %ymm\\n, 32*\\n(%rsi)\n"
        ".endr\n"
        "  vzeroupper; ret\n");

static void *work(void *arg)
{
    int64_t end = now_ns() + 200000000;
    struct state in, out;

    for (unsigned i = 0; now_ns() < end; i++) {
        fill_pattern(&in, sizeof(in), (long)arg * 1000003 + i);
        spin_with_ymm(&in, &out, 20000);
        CHECK(memcmp(&in, &out, sizeof(in)) == 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];

    if (!__builtin_cpu_supports("avx"))
        skip("no AVX");
    for (long i = 0; i < 4; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < 4; i++)
        join_thread(threads[i]);
    SAY("kept");
    return 0;
}
