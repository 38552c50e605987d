/* pthread_once runs once; key destructors run at thread exit, again while they set values. */
#include "compat.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t first, second;
static int made, destroyed, repeated;

static void init(void)
{
    made++;
    sched_yield();
}

static void destroy(void *value)
{
    __atomic_add_fetch(&destroyed, (long)value, __ATOMIC_SEQ_CST);
}

static void destroy_again(void *value)
{
    __atomic_add_fetch(&repeated, 1, __ATOMIC_SEQ_CST);
    if ((long)value < 3)
        pthread_setspecific(second, (void *)((long)value + 1));
}

static void *work(void *arg)
{
    pthread_once(&once, init);
    CHECK(made == 1 && pthread_getspecific(first) == NULL);
    pthread_setspecific(first, arg);
    pthread_setspecific(second, (void *)1);
    CHECK(pthread_getspecific(first) == arg);
    return NULL;
}

int main(void)
{
    pthread_t threads[10];

    SHOW_ERR(pthread_key_create(&first, destroy));
    SHOW_ERR(pthread_key_create(&second, destroy_again));
    for (long i = 0; i < 10; i++)
        threads[i] = start_thread(work, (void *)(i + 1));
    for (int i = 0; i < 10; i++)
        join_thread(threads[i]);
    SAY("made %d destroyed %d repeated %d", made, destroyed, repeated);
    return 0;
}
