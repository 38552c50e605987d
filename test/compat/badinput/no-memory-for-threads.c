/* Threads whose stacks cannot be had are refused with EAGAIN; the others go on. */
#include "compat.h"
#include <sys/resource.h>

static void *work(void *arg)
{
    return arg;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    SHOW_ERR(pthread_attr_setstacksize(&attr, 1000));
    SHOW_ERR(pthread_attr_setstacksize(&attr, (size_t)1 << 47));
    SHOW_ERR(pthread_create(&thread, &attr, work, NULL));
    SHOW_ERR(pthread_create(&thread, NULL, work, NULL));
    SHOW_ERR(pthread_join(thread, NULL));
    return 0;
}
