/* The upper halves of ymm registers stay over a blocking read made inline. */
#include "vector.h"

struct state {
    unsigned char ymm[16][32];
} __attribute__((aligned(32)));

void read_with_ymm(const struct state *in, struct state *out, int fd, void *buf);

__asm__(".text\n"
        "read_with_ymm:\n"
        "  push %rbx; mov %rsi, %rbx\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  vmovaps 32*\\n(%rdi), %ymm\\n\n"
        ".endr\n"
        "  mov %edx, %edi; mov %rcx, %rsi; mov $1, %edx; xor %eax, %eax\n"
        "  syscall\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  vmovaps %ymm\\n, 32*\\n(%rbx)\n"
        ".endr\n"
        "  vzeroupper; pop %rbx; ret\n");

static struct feed feed;

static void *work(void *arg)
{
    struct state in, out;
    char c;

    for (int i = 0; i < 2000; i++) {
        fill_pattern(&in, sizeof(in), (long)arg * 100000 + i);
        read_with_ymm(&in, &out, feed.ends[0], &c);
        CHECK(memcmp(&in, &out, sizeof(in)) == 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];

    if (!__builtin_cpu_supports("avx"))
        skip("no AVX");
    feed_start(&feed);
    for (long i = 0; i < 4; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < 4; i++)
        join_thread(threads[i]);
    feed_stop(&feed);
    SAY("kept");
    return 0;
}
