/* The kinds of work: every structure of the arena that several processes change. */
#include "deaths.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>

enum {
    ROUNDS = 12,
    RECORD = 512,
};

int victim_lives[2];
static int fds[2], listener;
static struct sockaddr_storage address;
static socklen_t address_length;
static uint32_t *word;

static void close_two(void)
{
    close(fds[0]);
    close(fds[1]);
}

static uint8_t byte_at(size_t n)
{
    return (uint8_t)(n * 31 + n / 251);
}

/* Sizes that take small, medium and large chunks, and several. */
static size_t size_of(int round)
{
    static const size_t sizes[] = {1, 3000, 64, 70000, 500, 20000};

    return sizes[round % ARRAY_SIZE(sizes)];
}

/* Writes a part of the stream; false when nobody reads any more. */
static bool write_part(int fd, size_t *at, size_t len)
{
    static uint8_t buf[70000];
    size_t done = 0;

    for (size_t i = 0; i < len; i++)
        buf[i] = byte_at(*at + i);
    while (done < len) {
        ssize_t n = write(fd, buf + done, len - done);

        if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
            return false;
        CHECK(n > 0);
        done += (size_t)n;
    }
    *at += len;
    return true;
}

/* Reads what there is; false at the end. */
static bool read_part(int fd, size_t *at)
{
    uint8_t buf[9000];
    ssize_t n = read(fd, buf, 1 + *at % sizeof(buf));

    if (n == 0 || (n < 0 && (errno == ECONNRESET || errno == EAGAIN)))
        return false;
    CHECK(n > 0);
    for (ssize_t i = 0; i < n; i++)
        CHECK(buf[i] == byte_at(*at + (size_t)i));
    *at += (size_t)n;
    return true;
}

static void write_stream(int fd)
{
    size_t at = 0;

    for (int round = 0; round < ROUNDS && write_part(fd, &at, size_of(round)); round++)
        ;
}

static void read_stream(int fd)
{
    size_t at = 0;

    while (read_part(fd, &at))
        ;
}

/* ---- a pipe ---- */

static void make_pipe(void)
{
    CHECK(!pipe(fds));
}

static void pipe_write(void)
{
    close(fds[0]);
    write_stream(fds[1]);
}

static void pipe_read(void)
{
    close(fds[1]);
    read_stream(fds[0]);
}

/* ---- both ways through a socket, by epoll ---- */

static void make_sockets(void)
{
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static void echo(void)
{
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    char buf[300];

    close(fds[0]);
    CHECK(epoll >= 0 && !epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event));
    for (int round = 0; round < ROUNDS; round++) {
        ssize_t n;

        CHECK(epoll_wait(epoll, &event, 1, -1) == 1);
        n = read(fds[1], buf, sizeof(buf));
        if (n <= 0 || write(fds[1], buf, (size_t)n) != n)
            break;
        if (round == ROUNDS / 2)
            CHECK(!epoll_ctl(epoll, EPOLL_CTL_DEL, fds[1], NULL) &&
                  !epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event));
    }
}

static void ask(void)
{
    uint8_t out[200], in[200];

    close(fds[1]);
    for (size_t at = 0;; at += sizeof(out)) {
        ssize_t n;

        for (size_t i = 0; i < sizeof(out); i++)
            out[i] = byte_at(at + i);
        if (write(fds[0], out, sizeof(out)) != sizeof(out))
            return;
        n = read(fds[0], in, sizeof(in));
        if (n <= 0)
            return;
        CHECK(n == sizeof(in) && !memcmp(in, out, sizeof(in)));
    }
}

/* ---- records of two writers to two readers ---- */

static void write_records(void)
{
    uint8_t record[RECORD];

    close(fds[0]);
    for (int round = 0; round < 3 * ROUNDS; round++) {
        memset(record, 'a' + round % 26, sizeof(record));
        if (write(fds[1], record, sizeof(record)) < 0)
            return;
    }
}

static void read_records(void)
{
    uint8_t record[RECORD];
    ssize_t n;

    close(fds[1]);
    while ((n = read(fds[0], record, sizeof(record))) > 0) {
        CHECK(n == RECORD);
        for (int i = 1; i < RECORD; i++)
            CHECK(record[i] == record[0]);
    }
    CHECK(!n);
}

/* ---- connections ---- */

static void make_listener(int family)
{
    listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(listener >= 0 && !bind(listener, (struct sockaddr *)&address, address_length));
    CHECK(!listen(listener, 2));
    address_length = sizeof(address);
    CHECK(!getsockname(listener, (struct sockaddr *)&address, &address_length));
}

static void make_tcp_listener(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    memcpy(&address, &in, sizeof(in));
    address_length = sizeof(in);
    make_listener(AF_INET);
}

static void make_unix_listener(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "deaths.%d", getpid());
    memcpy(&address, &un, sizeof(un));
    address_length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(un.sun_path + 1));
    make_listener(AF_UNIX);
}

static void close_listener(void)
{
    close(listener);
}

static void accept_some(void)
{
    for (int round = 0; round < 4; round++) {
        struct pollfd polled = {.fd = listener, .events = POLLIN};
        size_t at = 0;
        int fd;

        do {
            CHECK(poll(&polled, 1, -1) > 0);
            fd = accept(listener, NULL, NULL);
        } while (fd < 0 && errno == EAGAIN);
        CHECK(fd >= 0);
        write_part(fd, &at, size_of(round));
        close(fd);
    }
}

/*
 * When ours has gone, the host's listener may still be there: what it began to accept in its last
 * moment may hear of its end never, so waits on TCP are limited.
 */
static bool connect_once(void)
{
    const struct timeval limit = {.tv_sec = 1};
    int fd = socket(address.ss_family, SOCK_STREAM, 0);
    bool ok = !connect(fd, (struct sockaddr *)&address, address_length);

    CHECK(ok || errno == ECONNREFUSED || errno == ECONNRESET);
    if (address.ss_family == AF_INET)
        CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
    if (ok)
        read_stream(fd);
    close(fd);
    return ok;
}

static void connect_until_refused(void)
{
    close(listener);
    while (connect_once())
        ;
}

static void connect_some(void)
{
    close(listener);
    for (int round = 0; round < 4; round++)
        connect_once();
}

static void connect_while_it_lives(void)
{
    struct pollfd polled = {.fd = victim_lives[0], .events = POLLIN};

    close(listener);
    while (!poll(&polled, 1, 0))
        connect_once();
}

/* Serves whoever comes, until the victim is gone and nobody is left in the queue. */
static void serve(void)
{
    struct pollfd polled[2] = {{.fd = listener, .events = POLLIN},
                               {.fd = victim_lives[0], .events = POLLIN}};

    for (int round = 0;; round++) {
        size_t at = 0;
        int fd;

        CHECK(poll(polled, 2, -1) > 0);
        if (!(polled[0].revents & POLLIN))
            return;
        fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno == EAGAIN) /* somebody else was faster */
            continue;
        CHECK(fd >= 0);
        write_part(fd, &at, size_of(round));
        close(fd);
    }
}

/* ---- descriptors through a socket ---- */

static void pass(bool sends)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {{0}};
    struct iovec iov = {"x", 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    int passed[2];

    close(fds[sends ? 1 : 0]);
    for (int round = 0; sends && round < 4; round++) {
        CHECK(!pipe(passed));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(passed));
        memcpy(CMSG_DATA(&control.header), passed, sizeof(passed));
        if (sendmsg(fds[0], &msg, 0) != 1)
            return;
        close(passed[0]);
        close(passed[1]);
    }
    for (int round = 0; !sends && round < 1000; round++) {
        char c;

        iov.iov_base = &c;
        msg.msg_controllen = sizeof(control);
        if (recvmsg(fds[1], &msg, 0) <= 0)
            return;
        CHECK(control.header.cmsg_len == CMSG_LEN(sizeof(passed)));
        memcpy(passed, CMSG_DATA(&control.header), sizeof(passed));
        close(passed[1]);
        CHECK(read(passed[0], &c, 1) >= 0);
        close(passed[0]);
    }
}

static void send_descriptors(void)
{
    pass(true);
}

static void receive_descriptors(void)
{
    pass(false);
}

/* Through sockets that nobody reads: pipes with something in them, in sockets in a socket. */
static void leave_descriptors_in_flight(void)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(3 * sizeof(int))];
    } control = {{0}};
    struct iovec iov = {"x", 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};

    for (int round = 0; round < 2; round++) {
        int own[2], passed[3];

        CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, own) && !pipe(passed));
        CHECK(write(passed[1], "x", 1) == 1);
        passed[2] = round % 2 ? eventfd(1, 0) : epoll_create1(0);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(passed));
        memcpy(CMSG_DATA(&control.header), passed, sizeof(passed));
        CHECK(sendmsg(own[0], &msg, 0) == 1);
        for (int i = 0; i < 3; i++)
            close(passed[i]);
        passed[0] = own[1]; /* what holds them */
        control.header.cmsg_len = CMSG_LEN(sizeof(passed[0]));
        msg.msg_controllen = CMSG_SPACE(sizeof(passed[0]));
        memcpy(CMSG_DATA(&control.header), passed, sizeof(passed[0]));
        if (sendmsg(fds[1], &msg, MSG_DONTWAIT) < 0)
            return;
        msg.msg_controllen = sizeof(control);
        close(own[0]);
        close(own[1]);
    }
}

/* ---- futexes ---- */

static void make_word(void)
{
    word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(word != MAP_FAILED);
}

static void free_word(void)
{
    munmap(word, 4096);
}

/* Each makes the word odd or even in its turn. The victim's partner gives up waiting when it has
 * gone. */
static void take_turns(uint32_t mine, bool for_ever)
{
    const struct timespec while_we_look = {.tv_nsec = 2000000};
    struct pollfd polled = {.fd = victim_lives[0], .events = POLLIN};

    for (int round = 0; for_ever || round < ROUNDS; round++) {
        uint32_t seen;

        while ((seen = __atomic_load_n(word, __ATOMIC_SEQ_CST)) % 2 != mine) {
            syscall(SYS_futex, word, FUTEX_WAIT, seen, for_ever ? &while_we_look : NULL, NULL, 0);
            if (for_ever && poll(&polled, 1, 0))
                return;
        }
        __atomic_store_n(word, seen + 1, __ATOMIC_SEQ_CST);
        syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

static void turn_of_victim(void)
{
    take_turns(0, false);
}

static void turn_of_partner(void)
{
    take_turns(1, true);
}

/* ---- descriptors of all kinds come and go ---- */

static void churn(void)
{
    for (int round = 0; round < 3; round++) {
        int two[2], event = eventfd(0, 0), epoll = epoll_create1(0), copy;
        struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT};

        CHECK(event >= 0 && epoll >= 0 && !pipe(two));
        copy = dup(two[1]);
        CHECK(copy >= 0 && dup2(event, copy) == copy);
        CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
        CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, two[0], &wanted));
        CHECK(epoll_wait(epoll, &wanted, 1, 0) == 1);
        CHECK(write(two[1], "x", 1) == 1);
        for (int fd = 0; fd < 2; fd++)
            close(two[fd]);
        close(copy);
        close(event);
        close(epoll);
    }
}

/* ---- datagrams ---- */

/* A datagram's number, and bytes that follow from it. */
struct datagram {
    uint32_t number;
    uint8_t bytes[300];
};

static struct datagram datagram_of(uint32_t number)
{
    struct datagram datagram = {.number = number};

    for (size_t i = 0; i < sizeof(datagram.bytes); i++)
        datagram.bytes[i] = byte_at(number + i);
    return datagram;
}

static void check_datagram(const struct datagram *got, ssize_t n)
{
    struct datagram expected = datagram_of(got->number);

    CHECK(n == sizeof(*got) && !memcmp(got, &expected, sizeof(expected)));
}

/* The host's buffers have no room, or the peer has gone. */
static bool is_refusal(int error)
{
    return error == ECONNREFUSED || error == EPIPE || error == ECONNRESET || error == ENOTCONN ||
           error == EAGAIN;
}

/* fds[0] is bound and unconnected, fds[1] is bound and connected to it. */
static void make_udp(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    for (int i = 0; i < 2; i++) {
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK(fds[i] >= 0 && !bind(fds[i], (struct sockaddr *)&in, sizeof(in)));
    }
    address_length = sizeof(address);
    CHECK(!getsockname(fds[0], (struct sockaddr *)&address, &address_length));
    CHECK(!connect(fds[1], (struct sockaddr *)&address, address_length));
}

static void make_datagram_pair(void)
{
    CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
}

/* AF_UNIX, by name. */
static void make_named_datagrams(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    for (int i = 0; i < 2; i++) {
        snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "deaths.%d.%d", getpid(), i);
        address_length =
            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(un.sun_path + 1));
        fds[i] = socket(AF_UNIX, SOCK_DGRAM, 0);
        CHECK(fds[i] >= 0 && !bind(fds[i], (struct sockaddr *)&un, address_length));
        if (!i)
            memcpy(&address, &un, sizeof(un));
    }
    CHECK(!connect(fds[1], (struct sockaddr *)&address, address_length));
}

static void make_packets(void)
{
    CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
}

static void send_datagrams(void)
{
    close(fds[0]);
    for (uint32_t number = 0; number < 3 * ROUNDS; number++) {
        struct datagram datagram = datagram_of(number);
        ssize_t n = send(fds[1], &datagram, sizeof(datagram), number % 2 ? MSG_DONTWAIT : 0);

        if (n < 0 && errno == EPIPE)
            return;
        CHECK(n == sizeof(datagram) || is_refusal(errno));
    }
}

/* For a few, while a peer lives who sends for ever; or all that a victim sent before its end. */
static void receive_datagrams(int rounds, bool in_order)
{
    struct pollfd polled[2] = {{.fd = fds[0], .events = POLLIN},
                               {.fd = victim_lives[0], .events = POLLIN}};
    uint32_t next = 0;

    close(fds[1]);
    while (rounds--) {
        struct datagram got;
        ssize_t n;

        CHECK(poll(polled, 2, -1) > 0);
        if (!polled[0].revents)
            return;
        n = recv(fds[0], &got, sizeof(got), MSG_DONTWAIT);
        if (!n || (n < 0 && is_refusal(errno)))
            return;
        check_datagram(&got, n);
        CHECK(!in_order || got.number >= next);
        next = got.number + 1;
    }
}

static void receive_all_datagrams(void)
{
    receive_datagrams(-1, true);
}

static void receive_any_datagrams(void)
{
    receive_datagrams(-1, false);
}

static void receive_some_datagrams(void)
{
    victim_lives[0] = -1; /* its own life */
    receive_datagrams(ROUNDS, true);
}

static void send_datagrams_while_it_lives(void)
{
    struct pollfd polled = {.fd = victim_lives[0], .events = POLLIN};

    close(fds[0]);
    for (uint32_t number = 0; !poll(&polled, 1, 0); number++) {
        struct datagram datagram = datagram_of(number);
        ssize_t n = send(fds[1], &datagram, sizeof(datagram), MSG_DONTWAIT);

        CHECK(n == sizeof(datagram) || is_refusal(errno));
        CHECK(!usleep(50));
    }
}

/* To whoever asked. */
static void answer_datagrams(void)
{
    close(fds[1]);
    for (int round = 0; round < ROUNDS; round++) {
        struct sockaddr_storage from;
        struct iovec iov;
        struct datagram got;
        struct msghdr msg = {
            .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n;

        iov = (struct iovec){&got, sizeof(got)};
        n = recvmsg(fds[0], &msg, 0);
        check_datagram(&got, n);
        got = datagram_of(got.number + 1);
        n = sendto(fds[0], &got, sizeof(got), 0, (struct sockaddr *)&from, msg.msg_namelen);
        CHECK(n == sizeof(got) || is_refusal(errno));
    }
}

static void ask_by_datagrams(void)
{
    struct pollfd polled[2] = {{.fd = fds[1], .events = POLLIN},
                               {.fd = victim_lives[0], .events = POLLIN}};

    close(fds[0]);
    for (uint32_t number = 0; !polled[1].revents; number += 2) {
        struct datagram datagram = datagram_of(number);
        ssize_t n = send(fds[1], &datagram, sizeof(datagram), 0);

        CHECK(n == sizeof(datagram) || is_refusal(errno));
        CHECK(poll(polled, 2, -1) > 0);
        if (!(polled[0].revents & POLLIN))
            continue;
        n = recv(fds[1], &datagram, sizeof(datagram), MSG_DONTWAIT);
        if (n < 0) {
            CHECK(is_refusal(errno));
            continue;
        }
        check_datagram(&datagram, n);
        CHECK(datagram.number == number + 1);
    }
}

/* ---- counts, clocks and signals by descriptors ---- */

static void make_counter(void)
{
    fds[0] = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
    fds[1] = eventfd(0, EFD_NONBLOCK);
    CHECK(fds[0] >= 0 && fds[1] >= 0);
}

static void count_up(void)
{
    uint64_t got;

    for (int round = 0; round < ROUNDS; round++) {
        CHECK(write(fds[0], &(uint64_t){2}, 8) == 8);
        CHECK(read(fds[1], &got, 8) == 8 ? got >= 1 : errno == EAGAIN);
    }
}

static void count_down(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int epoll = epoll_create1(0);
    uint64_t got;

    CHECK(epoll >= 0 && !epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event));
    event.data.u32 = 1;
    event.events = EPOLLIN;
    CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, victim_lives[0], &event));
    for (;;) {
        CHECK(epoll_wait(epoll, &event, 1, -1) == 1);
        while (read(fds[0], &got, 8) == 8)
            CHECK(got == 1 && write(fds[1], &got, 8) == 8);
        CHECK(errno == EAGAIN);
        if (event.data.u32)
            return;
    }
}

static void make_clocks(void)
{
    for (int i = 0; i < 2; i++) {
        fds[i] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
        CHECK(fds[i] >= 0);
    }
}

static void set_clocks(void)
{
    struct itimerspec in = {{0, 0}, {0, 0}};
    uint64_t got;

    for (int round = 0; round < ROUNDS; round++) {
        struct pollfd polled = {.fd = fds[round % 2], .events = POLLIN};

        in.it_value.tv_nsec = 20000 * (round % 4) + 1;
        in.it_interval.tv_nsec = round % 3 ? 100000 : 0;
        CHECK(!timerfd_settime(polled.fd, 0, &in, NULL));
        CHECK(poll(&polled, 1, 1) >= 0);
        CHECK(read(polled.fd, &got, 8) == 8 ? got >= 1 : errno == EAGAIN);
    }
}

static void set_clocks_while_it_lives(void)
{
    struct pollfd polled = {.fd = victim_lives[0], .events = POLLIN};

    do
        set_clocks();
    while (!poll(&polled, 1, 0));
}

static void take_signals(void)
{
    sigset_t mask;
    pid_t self = getpid();
    int fd;

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGRTMIN);
    CHECK(!sigprocmask(SIG_BLOCK, &mask, NULL));
    fd = signalfd(-1, &mask, 0);
    CHECK(fd >= 0 && write(fds[1], &self, sizeof(self)) == sizeof(self));
    for (int round = 0; round < ROUNDS; round++) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        struct signalfd_siginfo info;

        CHECK(poll(&polled, 1, -1) == 1);
        CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
        CHECK(info.ssi_signo == SIGUSR1 ? !info.ssi_int : info.ssi_int == 7);
    }
}

static void send_signals(void)
{
    struct pollfd polled = {.fd = victim_lives[0], .events = POLLIN};
    pid_t victim;

    close(fds[1]);
    if (read(fds[0], &victim, sizeof(victim)) != sizeof(victim))
        return;
    while (!poll(&polled, 1, 0)) {
        CHECK(!usleep(50));
        CHECK(!kill(victim, SIGUSR1) || errno == ESRCH);
        CHECK(!sigqueue(victim, SIGRTMIN, (union sigval){.sival_int = 7}) || errno == ESRCH ||
              errno == EAGAIN);
    }
}

/* ---- what is held over a wait ---- */

static void pipe_write_slowly(void)
{
    close(fds[0]);
    while (write(fds[1], "0123456789", 10) == 10)
        CHECK(!usleep(100));
}

/* A reference for each descriptor, and memory for the call: all of it in the hand. */
static void *wait_for_many(void *unused)
{
    struct pollfd polled[40];
    struct iovec pieces[40];
    uint8_t buf[ARRAY_SIZE(pieces)];

    for (unsigned i = 0; i < ARRAY_SIZE(polled); i++) {
        polled[i] = (struct pollfd){.fd = fds[0], .events = POLLIN};
        pieces[i] = (struct iovec){&buf[i], 1};
    }
    for (int round = 0; round < 2; round++) {
        CHECK(poll(polled, ARRAY_SIZE(polled), 1) >= 0);
        CHECK(readv(fds[0], pieces, ARRAY_SIZE(pieces)) >= 0);
    }
    return unused;
}

static void wait_in_threads(void)
{
    pthread_t threads[2];

    close(fds[1]);
    for (int i = 0; i < 2; i++)
        CHECK(!pthread_create(&threads[i], NULL, wait_for_many, NULL));
    for (int i = 0; i < 2; i++)
        CHECK(!pthread_join(threads[i], NULL));
}

static void splice_stream(void)
{
    int own[2];
    size_t at = 0;

    close(fds[0]);
    CHECK(!pipe(own));
    for (int round = 0; round < 4; round++) {
        CHECK(write_part(own[1], &at, 3000));
        for (ssize_t left = 3000; left > 0;) {
            ssize_t n = splice(own[0], NULL, fds[1], NULL, (size_t)left, 0);

            if (n < 0 && errno == EPIPE)
                return;
            CHECK(n > 0);
            left -= n;
        }
    }
}

/* ---- children of the victim's ---- */

static void bring_up_children(void)
{
    pid_t victim = getpid();

    close(fds[0]);
    for (int round = 0; round < 2; round++) {
        pid_t pid = fork();
        int status;

        CHECK(pid >= 0);
        if (!pid) {
            CHECK(!prctl(PR_SET_PDEATHSIG, SIGKILL));
            if (getppid() != victim)
                _exit(0);
            CHECK(write(fds[1], "x", 1) <= 1);
            for (;;)
                pause();
        }
        CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid);
    }
}

static void read_any(void)
{
    char c;

    close(fds[1]);
    while (read(fds[0], &c, 1) == 1)
        ;
}

static void wait_for_victim(void)
{
    char c;

    CHECK(!read(victim_lives[0], &c, 1));
}

static void nothing(void)
{
}

const struct work works[] = {
    {"writes to a pipe", make_pipe, pipe_write, pipe_read, NULL, close_two},
    {"reads from a pipe", make_pipe, pipe_read, pipe_write, NULL, close_two},
    {"writes to a socket", make_sockets, pipe_write, pipe_read, NULL, close_two},
    {"answers by epoll", make_sockets, echo, ask, NULL, close_two},
    {"asks by epoll", make_sockets, ask, echo, NULL, close_two},
    {"writes records beside another", make_pipe, write_records, read_records, write_records,
     close_two},
    {"reads records beside another", make_pipe, read_records, write_records, read_records,
     close_two},
    {"accepts", make_tcp_listener, accept_some, connect_until_refused, connect_some,
     close_listener},
    {"accepts, AF_UNIX", make_unix_listener, accept_some, connect_until_refused, connect_some,
     close_listener},
    {"accepts beside another", make_tcp_listener, accept_some, connect_while_it_lives, serve,
     close_listener},
    {"connects", make_tcp_listener, connect_some, serve, NULL, close_listener},
    {"connects, AF_UNIX", make_unix_listener, connect_some, serve, NULL, close_listener},
    {"sends descriptors", make_sockets, send_descriptors, receive_descriptors, NULL, close_two},
    {"receives descriptors", make_sockets, receive_descriptors, send_descriptors, NULL, close_two},
    {"leaves descriptors in flight", make_sockets, leave_descriptors_in_flight, wait_for_victim,
     NULL, close_two},
    {"waits and wakes", make_word, turn_of_victim, turn_of_partner, NULL, free_word},
    {"splices", make_sockets, splice_stream, pipe_read, NULL, close_two},
    {"waits in threads", make_sockets, wait_in_threads, pipe_write_slowly, NULL, close_two},
    {"brings up children", make_pipe, bring_up_children, read_any, NULL, close_two},
    {"sends UDP", make_udp, send_datagrams, receive_all_datagrams, NULL, close_two},
    {"receives UDP", make_udp, receive_some_datagrams, send_datagrams_while_it_lives, NULL,
     close_two},
    {"answers UDP", make_udp, answer_datagrams, ask_by_datagrams, NULL, close_two},
    {"answers datagrams, AF_UNIX", make_named_datagrams, answer_datagrams, ask_by_datagrams, NULL,
     close_two},
    {"sends datagrams beside another, AF_UNIX", make_datagram_pair, send_datagrams,
     receive_any_datagrams, send_datagrams, close_two},
    {"sends packets", make_packets, send_datagrams, receive_all_datagrams, NULL, close_two},
    {"receives packets", make_packets, receive_some_datagrams, send_datagrams_while_it_lives, NULL,
     close_two},
    {"counts by eventfd", make_counter, count_up, count_down, NULL, close_two},
    {"sets clocks", make_clocks, set_clocks, set_clocks_while_it_lives, NULL, close_two},
    {"takes signals by signalfd", make_pipe, take_signals, send_signals, NULL, close_two},
    {"opens and closes", nothing, churn, wait_for_victim, NULL, nothing},
};
const unsigned works_count = ARRAY_SIZE(works);
