/*
 * The main stack grows to its limit, by recursion and by a large frame; so does a thread's of a
 * chosen size.
 *
 * variants: glibc static musl
 */
#include "compat.h"

static int __attribute__((noinline)) recurse(int depth, volatile char *above)
{
    volatile char frame[1024];

    frame[0] = depth;
    frame[1023] = above ? above[0] : 0;
    return depth == 0 ? frame[0] : recurse(depth - 1, frame) + (frame[1023] == above[0]);
}

static void *large_frame(void *arg)
{
    volatile char frame[6 << 20];

    for (size_t i = sizeof(frame); i >= 4096; i -= 4096)
        frame[i - 1] = 1;
    return arg;
}

static void *thread_main(void *arg)
{
    char top = 1;

    *(int *)arg = recurse(14000, &top);
    return large_frame(arg);
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    char top = 1;
    int sum;

    SHOW(recurse(6000, &top));
    CHECK(large_frame(&top) == &top);
    MUST(pthread_attr_init(&attr));
    SHOW_ERR(pthread_attr_setstacksize(&attr, 20 << 20));
    SHOW_ERR(pthread_create(&thread, &attr, thread_main, &sum));
    SHOW_ERR(pthread_join(thread, NULL));
    SAY("%d", sum);
    return 0;
}
