/* The x87 stack and control word stay over yields and blocking calls. */
#include "vector.h"

static struct feed feed;

static void *work(void *arg)
{
    unsigned short control = (long)arg % 2 ? 0x037f : 0x0f7f, got;
    long double values[4], back[4];
    long ret;
    char c;

    __asm__ volatile("fldcw %0" ::"m"(control));
    for (int i = 0; i < 2000; i++) {
        for (int k = 0; k < 4; k++)
            values[k] = (long)arg * 1000.5L + i + k / 8.0L;
        __asm__ volatile(
            "fldt %[v0]; fldt %[v1]; fldt %[v2]; fldt %[v3]\n"
            "syscall\n"
            "fstpt %[b3]; fstpt %[b2]; fstpt %[b1]; fstpt %[b0]"
            : [b0] "=m"(back[0]), [b1] "=m"(back[1]), [b2] "=m"(back[2]), [b3] "=m"(back[3]),
              "=a"(ret)
            : [v0] "m"(values[0]), [v1] "m"(values[1]), [v2] "m"(values[2]), [v3] "m"(values[3]),
              "a"(SYS_read), "D"(feed.ends[0]), "S"(&c), "d"(1)
            : "rcx", "r11", "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",
              "st(7)");
        CHECK(ret == 1);
        for (int k = 0; k < 4; k++)
            CHECK(values[k] == back[k]);
        __asm__ volatile("fnstcw %0" : "=m"(got));
        CHECK(got == control);
    }
    return NULL;
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
