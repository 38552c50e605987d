/* A handler without SA_RESTART ends a futex wait with EINTR. */
#include "futex.h"

static volatile int word, handled;
static pthread_t waiting;
static volatile bool done;

static void on_usr1(int sig)
{
    (void)sig;
    handled++;
}

static void *pester(void *arg)
{
    while (!done) {
        pthread_kill(waiting, SIGUSR1);
        sleep_ms(1);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;

    waiting = pthread_self();
    on_signal(SIGUSR1, on_usr1, 0);
    thread = start_thread(pester, NULL);
    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    done = true;
    join_thread(thread);
    CHECK(handled > 0);
    return 0;
}
