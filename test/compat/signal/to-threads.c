/* A signal to the process goes to a thread that does not block it; one to a thread to that thread.
 */
#include "compat.h"
#include <semaphore.h>

static __thread int me;
static sem_t handled;
static volatile int by;
static volatile bool stop;

static void on_usr1(int sig)
{
    (void)sig;
    by = me;
    sem_post(&handled);
}

static void *work(void *arg)
{
    sigset_t set;

    me = (int)(long)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (me != 3)
        pthread_sigmask(SIG_BLOCK, &set, NULL);
    else
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    sem_post(&handled);
    while (!stop)
        sleep_ms(1);
    return NULL;
}

int main(void)
{
    pthread_t threads[5];
    sigset_t set;

    sem_init(&handled, 0, 0);
    on_signal(SIGUSR1, on_usr1, SA_RESTART);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (long i = 0; i < 5; i++) {
        threads[i] = start_thread(work, (void *)(i + 1));
        sem_wait(&handled);
    }
    for (int i = 0; i < 3; i++) {
        MUST(kill(getpid(), SIGUSR1));
        sem_wait(&handled);
        SAY("handled by %d", by);
    }
    me = 99;
    pthread_kill(threads[2], SIGUSR1);
    sem_wait(&handled);
    SAY("handled by %d", by);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    pthread_kill(pthread_self(), SIGUSR1);
    SAY("handled by %d", by);
    stop = true;
    for (int i = 0; i < 5; i++)
        join_thread(threads[i]);
    return 0;
}
