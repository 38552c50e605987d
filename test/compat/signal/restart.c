/* SA_RESTART: transfers, accept and futex waits go on after the handler; poll, epoll and sleeps do
 * not. */
#include "compat.h"
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

static volatile int rings;
static int ends[2], pair[2], client = -1, address_ready;
static struct sockaddr_in address;
static sem_t sem;

/* The third ring of each round does what ends the wait: it must not have ended before. */
static void on_alarm(int sig)
{
    (void)sig;
    if (++rings != 3)
        return;
    write(ends[1], "p", 1);
    write(pair[1], "s", 1);
    sem_post(&sem);
    if (client < 0 && address_ready) {
        client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(client, (void *)&address, sizeof(address));
    }
}

static void after_three(const char *what, long ret)
{
    char rest[4];
    int err = errno;

    SAY("%s = %ld %s, %s", what, ret, ret == -1 ? err_name(err) : "",
        rings >= 3 ? "after the third" : "before the third");
    while (rings < 3)
        ;
    while (recv(pair[0], rest, sizeof(rest), MSG_DONTWAIT) > 0)
        ;
    while (sem_trywait(&sem) == 0)
        ;
    MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    while (read(ends[0], rest, sizeof(rest)) > 0)
        ;
    MUST(fcntl(ends[0], F_SETFL, 0));
    rings = 0;
}
#define ROUND(call) (rings = 0, errno = 0, after_three(#call, (call)))

int main(void)
{
    struct itimerval every = {{0, 10000}, {0, 10000}};
    struct timespec long_time = {100, 0};
    struct pollfd p = {.events = POLLPRI};
    struct epoll_event event;
    socklen_t len = sizeof(address);
    fd_set set;
    char c;
    int epoll_fd = MUST(epoll_create1(0));
    int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    MUST(listen(listener, 1));
    MUST(getsockname(listener, (void *)&address, &len));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sem_init(&sem, 0, 0);
    on_signal(SIGALRM, on_alarm, SA_RESTART);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    p.fd = ends[0];
    FD_ZERO(&set);
    ROUND(read(ends[0], &c, 1));
    ROUND(recv(pair[0], &c, 1, 0));
    ROUND(sem_wait(&sem));
    address_ready = 1;
    ROUND(accept(listener, NULL, NULL) >= 0);
    address_ready = 0;
    ROUND(poll(&p, 1, -1));
    ROUND(select(0, &set, NULL, NULL, NULL));
    ROUND(epoll_wait(epoll_fd, &event, 1, -1));
    ROUND(nanosleep(&long_time, NULL));
    return 0;
}
