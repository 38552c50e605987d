/* xmm0-15 and mxcsr stay over a blocking read made inline, whoever runs in between. */
#include "vector.h"

struct state {
    unsigned char xmm[16][16];
} __attribute__((aligned(16)));

void read_with_xmm(const struct state *in, struct state *out, int fd, void *buf);

__asm__(".text\n"
        "read_with_xmm:\n"
        "  push %rbx; mov %rsi, %rbx\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  movaps 16*\\n(%rdi), %xmm\\n\n"
        ".endr\n"
        "  mov %edx, %edi; mov %rcx, %rsi; mov $1, %edx; xor %eax, %eax\n"
        "  syscall\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  movaps %xmm\\n, 16*\\n(%rbx)\n"
        ".endr\n"
        "  pop %rbx; ret\n");

static struct feed feed;

static void *work(void *arg)
{
    struct state in, out;
    unsigned mxcsr = (long)arg % 2 ? 0x1f80 : 0x7f80, got;
    char c;

    __asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
    for (int i = 0; i < 2000; i++) {
        fill_pattern(&in, sizeof(in), (long)arg * 100000 + i);
        read_with_xmm(&in, &out, feed.ends[0], &c);
        CHECK(memcmp(&in, &out, sizeof(in)) == 0);
        __asm__ volatile("stmxcsr %0" : "=m"(got));
        CHECK((got & 0xffc0) == (mxcsr & 0xffc0));
    }
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    feed_start(&feed);
    for (long i = 0; i < 4; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < 4; i++)
        join_thread(threads[i]);
    feed_stop(&feed);
    SAY("kept");
    return 0;
}
