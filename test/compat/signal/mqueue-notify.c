/* mq_notify: a signal with its value, once; taken back; a thread of the C library; another's turn.
 */
#include "compat.h"
#include <mqueue.h>

static mqd_t queue;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t called = PTHREAD_COND_INITIALIZER;
static int calls;

static void on_message(union sigval value)
{
    pthread_mutex_lock(&mutex);
    calls += value.sival_int;
    pthread_cond_signal(&called);
    pthread_mutex_unlock(&mutex);
}

static void drain(void)
{
    char text[16];
    struct timespec past = {1, 0};

    while (mq_timedreceive(queue, text, sizeof(text), NULL, &past) >= 0)
        ;
    SAY("%s", err_name(errno));
}

static void by_signal(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3};
    struct timespec none = {0};
    siginfo_t info;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 3);
    MUST(pthread_sigmask(SIG_BLOCK, &set, NULL));
    event.sigev_value.sival_int = 42;
    SHOW(mq_notify(queue, &event));
    SHOW(mq_notify(queue, &event));
    SHOW(mq_send(queue, "one", 4, 0));
    SAY("signal %d", sigwaitinfo(&set, &info) == SIGRTMIN + 3);
    SAY("code %d value %d", info.si_code == SI_MESGQ, info.si_value.sival_int);
    SHOW(mq_send(queue, "two", 4, 0));
    SHOW(sigtimedwait(&set, &info, &none));
    drain();
    SHOW(mq_notify(queue, &event));
    SHOW(mq_notify(queue, NULL));
    SHOW(mq_send(queue, "three", 6, 0));
    SHOW(sigtimedwait(&set, &info, &none));
    drain();
}

static void by_thread(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD};

    event.sigev_notify_function = on_message;
    event.sigev_value.sival_int = 7;
    SHOW(mq_notify(queue, &event));
    SHOW(mq_send(queue, "four", 5, 0));
    pthread_mutex_lock(&mutex);
    while (!calls)
        pthread_cond_wait(&called, &mutex);
    pthread_mutex_unlock(&mutex);
    SAY("called with %d", calls);
    drain();
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 16};
    struct sigevent none = {.sigev_notify = SIGEV_NONE}, wrong = {.sigev_notify = 9};
    char name[64];

    snprintf(name, sizeof(name), "/bypassgen-compat-%d", (int)getpid());
    queue = MUST(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
    MUST(mq_unlink(name));
    by_signal();
    by_thread();
    SHOW(mq_notify(queue, &none));
    SHOW(mq_notify(queue, &none));
    SHOW(mq_notify(queue, NULL));
    SHOW(mq_notify(queue, &wrong));
    wrong = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
    SHOW(mq_notify(queue, &wrong));
    SHOW(mq_notify(99, &none));
    SHOW(mq_notify(1, &none));
    SHOW(syscall(SYS_mq_notify, queue, 8));
    return 0;
}
