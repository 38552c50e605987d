/* zmm0-31 and k1-7 stay while threads that use them spin against each other, and over yields. */
#include "vector.h"

struct state {
    unsigned char zmm[32][64];
    uint64_t k[8];
} __attribute__((aligned(64)));

void spin_with_zmm(const struct state *in, struct state *out, long rounds, long nr);

#define ZMM_ALL \
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"

/* With a call number, makes that call once in the middle. */
__asm__(".text\n"
        "spin_with_zmm:\n"
        ".irp n," ZMM_ALL "\n"
        "  vmovaps 64*\\n(%rdi), %zmm\\n\n"
        ".endr\n"
        ".irp n,1,2,3,4,5,6,7\n"
        "  kmovq 2048+8*\\n(%rdi), %k\\n\n"
        ".endr\n"
        "  mov %rcx, %rax; test %rax, %rax; js 1f\n"
        "  syscall\n"
        "1: pause; dec %rdx; jnz 1b\n"
        ".irp n," ZMM_ALL "\n"
        "  vmovaps %zmm\\n, 64*\\n(%rsi)\n"
        ".endr\n"
        ".irp n,1,2,3,4,5,6,7\n"
        "  kmovq %k\\n, 2048+8*\\n(%rsi)\n"
        ".endr\n"
        "  vzeroupper; ret\n");

static void *work(void *arg)
{
    int64_t end = now_ns() + 200000000;
    struct state in, out;

    for (unsigned i = 0; now_ns() < end; i++) {
        fill_pattern(&in, sizeof(in), (long)arg * 1000003 + i);
        out.k[0] = in.k[0];
        spin_with_zmm(&in, &out, i % 2 ? 20000 : 1, i % 2 ? -1 : SYS_sched_yield);
        CHECK(memcmp(&in, &out, sizeof(in)) == 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];

    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw"))
        skip("no AVX-512");
    for (long i = 0; i < 4; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < 4; i++)
        join_thread(threads[i]);
    SAY("kept");
    return 0;
}
