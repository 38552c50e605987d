/* Read-write locks: readers together, writers alone. */
#include "compat.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int value_a, value_b;

static void *try_both(void *arg)
{
    (void)arg;
    if (SHOW_ERR(pthread_rwlock_tryrdlock(&lock)) == 0)
        pthread_rwlock_unlock(&lock);
    if (SHOW_ERR(pthread_rwlock_trywrlock(&lock)) == 0)
        pthread_rwlock_unlock(&lock);
    return NULL;
}

static void *reader(void *arg)
{
    (void)arg;
    for (int i = 0; i < 5000; i++) {
        pthread_rwlock_rdlock(&lock);
        CHECK(value_a == value_b);
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

static void *writer(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2000; i++) {
        pthread_rwlock_wrlock(&lock);
        value_a++;
        if (i % 50 == 0)
            sched_yield();
        value_b++;
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[6];

    pthread_rwlock_rdlock(&lock);
    join_thread(start_thread(try_both, NULL));
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_wrlock(&lock);
    join_thread(start_thread(try_both, NULL));
    pthread_rwlock_unlock(&lock);
    for (int i = 0; i < 6; i++)
        threads[i] = start_thread(i < 4 ? reader : writer, NULL);
    for (int i = 0; i < 6; i++)
        join_thread(threads[i]);
    SAY("%d %d", value_a, value_b);
    return 0;
}
