/*
 * A signal to a thread that waits in a call is handled by that thread, whose call ends or goes on;
 * one to the process is taken by the waiting thread that does not block it; of two threads in
 * sigwait each takes one.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static __thread int me;
static volatile int by[8], handled;
static int ends[2], pair[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t sem, ready;
static volatile bool condition_met;

static void on_usr1(int sig)
{
    (void)sig;
    by[me]++;
    __atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST);
}

static void result(const char *what, long ret)
{
    SAY("%s: %ld %s, handled here: %s", what, ret, ret == -1 ? err_name(errno) : "",
        by[me] ? "yes" : "no");
}

static void *wait_read(void *arg)
{
    char c;

    (void)arg;
    me = 1;
    sem_post(&ready);
    result("read", read(ends[0], &c, 1));
    return NULL;
}

static void *wait_recv(void *arg)
{
    char c;

    (void)arg;
    me = 2;
    result("recv", recv(pair[0], &c, 1, 0));
    return NULL;
}

static void *wait_poll(void *arg)
{
    (void)arg;
    me = 3;
    result("poll", poll(NULL, 0, -1));
    return NULL;
}

static void *wait_sem(void *arg)
{
    (void)arg;
    me = 4;
    result("sem_wait", sem_wait(&sem));
    return NULL;
}

static void *wait_epoll(void *arg)
{
    struct epoll_event event;
    int fd = MUST(epoll_create1(0));

    (void)arg;
    me = 5;
    result("epoll_wait", epoll_wait(fd, &event, 1, -1));
    return NULL;
}

/* A condition variable's wait goes on after the handler, or wakes for no reason: either is right.
 */
static void *wait_condition(void *arg)
{
    (void)arg;
    me = 6;
    pthread_mutex_lock(&mutex);
    while (!condition_met)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    result("pthread_cond_wait", 0);
    return NULL;
}

static void *take_one(void *arg)
{
    sigset_t set;
    int sig;

    (void)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sem_post(&ready);
    CHECK(sigwait(&set, &sig) == 0);
    sem_post(&ready);
    return NULL;
}

/* Until the handler has run: a signal before the call would leave it waiting. */
static void kill_until_gone(pthread_t thread)
{
    while (pthread_tryjoin_np(thread, NULL)) {
        pthread_kill(thread, SIGUSR1);
        sleep_ms(5);
    }
}

int main(void)
{
    void *(*const waits[])(void *) = {wait_read, wait_recv, wait_poll, wait_sem, wait_epoll};
    pthread_t thread, other;
    sigset_t set;
    char c;

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    sem_init(&sem, 0, 0);
    sem_init(&ready, 0, 0);
    on_signal(SIGUSR1, on_usr1, 0);
    for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
        kill_until_gone(start_thread(waits[i], NULL));

    thread = start_thread(wait_condition, NULL);
    while (!by[6]) {
        pthread_kill(thread, SIGUSR1);
        sleep_ms(2);
    }
    pthread_mutex_lock(&mutex);
    condition_met = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    join_thread(thread);

    /* The main thread blocks it, so the reader takes what is sent to the process; it restarts. */
    by[0] = by[1] = 0;
    on_signal(SIGUSR1, on_usr1, SA_RESTART);
    sem_wait(&ready); /* of the first reader */
    thread = start_thread(wait_read, NULL);
    sem_wait(&ready);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    for (int i = 1; i <= 3; i++) {
        int before = handled;

        MUST(kill(getpid(), SIGUSR1));
        while (handled == before)
            sleep_ms(1);
    }
    SAY("main handled %d", by[0]);
    CHECK(write(ends[1], "x", 1) == 1);
    join_thread(thread);

    thread = start_thread(take_one, NULL);
    other = start_thread(take_one, NULL);
    for (int i = 0; i < 2; i++)
        sem_wait(&ready);
    for (int i = 0; i < 2; i++) {
        MUST(kill(getpid(), SIGUSR2));
        sem_wait(&ready);
    }
    join_thread(thread);
    join_thread(other);
    SAY("each took one");
    MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    SHOW(read(ends[0], &c, 1));
    return 0;
}
