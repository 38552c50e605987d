/*
 * Servers that confine themselves after they have begun, one after the other, as nginx, haproxy and
 * OpenSSH do: by another root and user, by namespaces, by a filter that forbids most calls. Each
 * serves a neighbour for thousands of requests: over one connection, with new ones, and by children
 * of its own.
 *
 * roles: server client
 */
#include "echo.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
    CONNECTIONS = 600,
    REQUESTS = 3000,
    FORKS = 40,
    NOBODY = 65534,
};

/* ---- how to confine oneself ---- */

static void other_root(void)
{
    MUST(mkdir("root", 0755));
    MUST(chroot("root"));
    MUST(chdir("/"));
    MUST(setresgid(NOBODY, NOBODY, NOBODY));
    MUST(setresuid(NOBODY, NOBODY, NOBODY));
    SHOW(access("/etc", F_OK));
    SHOW(setuid(0));
    SHOW(chroot("/"));
}

static void namespaces(void)
{
    SHOW(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC));
}

static void no_network(void)
{
    SHOW(unshare(CLONE_NEWNET));
}

static void few_calls(void)
{
    static const unsigned short allowed[] = {
        SYS_read,           SYS_write,        SYS_close, SYS_accept4,         SYS_epoll_ctl,
        SYS_epoll_wait,     SYS_clone,        SYS_wait4, SYS_set_robust_list, SYS_exit_group,
        SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_gettid};
    struct sock_filter code[ARRAY_SIZE(allowed) + 3] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    struct sock_fprog program = {ARRAY_SIZE(code), code};
    unsigned n = ARRAY_SIZE(allowed);

    for (unsigned i = 0; i < n; i++)
        code[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], n - i, 0);
    code[n + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    code[n + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
    SHOW(open("file", O_RDONLY));
    SHOW(socket(AF_INET, SOCK_STREAM, 0));
    SHOW(kill(1, 0));
}

static void (*const ways[])(void) = {other_root, namespaces, no_network, few_calls};

/* ---- the server ---- */

static bool is_last;

/* One request of a byte: 'e' is answered, 'f' by a child, 'q' is the last. */
static bool answer(int fd)
{
    char c;
    int status;

    if (read_all(fd, &c, 1) != 1)
        return false;
    if (c != 'f') {
        is_last = c == 'q';
        write_all(fd, &c, 1);
        return true;
    }
    if (!MUST(fork())) {
        write_all(fd, &c, 1);
        _exit(0);
    }
    MUST(wait(&status));
    CHECK(status == 0);
    return true;
}

static int serve(int listener, int epoll)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    int connections = 0;

    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event));
    while (!is_last) {
        CHECK(epoll_wait(epoll, &event, 1, -1) == 1);
        if (event.data.fd == listener) {
            event.data.fd = MUST(accept4(listener, NULL, NULL, 0));
            MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event));
            connections++;
        } else if (!answer(event.data.fd)) {
            close(event.data.fd);
        }
    }
    SAY("%d connections", connections);
    return 0;
}

static int server(void)
{
    int listener = tcp_listener(v4_address("127.0.0.1", pair_port()), 100);

    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        int status;

        if (!MUST(fork())) {
            int epoll = MUST(epoll_create1(0));

            ways[i]();
            _exit(serve(listener, epoll));
        }
        MUST(wait(&status));
        SAY("ended with %#x", (unsigned)status);
    }
    return 0;
}

/* ---- the client ---- */

static void ask(int fd, char c)
{
    char got;

    write_all(fd, &c, 1);
    CHECK(read_all(fd, &got, 1) == 1 && got == c);
}

static int client(void)
{
    union address at = v4_address("127.0.0.1", pair_port());

    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        int fd = connect_when_ready(&at.sa, sizeof(at.v4));

        for (int n = 0; n < REQUESTS; n++)
            ask(fd, 'e');
        for (int n = 0; n < FORKS; n++)
            ask(fd, 'f');
        for (int n = 0; n < CONNECTIONS; n++) {
            int another = tcp_connect(at);

            ask(another, 'e');
            close(another);
        }
        ask(fd, 'q');
        close(fd);
    }
    SAY("all is answered");
    return 0;
}

int main(int argc, char **argv)
{
    bool serves = is_role(argc, argv, "server");

    if (geteuid() != 0)
        skip("only root may become another user");
    return serves ? server() : client();
}
