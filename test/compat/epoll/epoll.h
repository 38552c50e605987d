/* Epoll sets whose events are printed. */
#ifndef COMPAT_EPOLL_H
#define COMPAT_EPOLL_H

#include "net.h"
#include <sys/epoll.h>

UNUSED static int control(int set, int op, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(set, op, fd, &event);
}

UNUSED static int add(int set, int fd, uint32_t events)
{
    return control(set, EPOLL_CTL_ADD, fd, events);
}

UNUSED static int modify(int set, int fd, uint32_t events)
{
    return control(set, EPOLL_CTL_MOD, fd, events);
}

UNUSED static int remove_fd(int set, int fd)
{
    return epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);
}

UNUSED static int by_fd(const void *a, const void *b)
{
    return ((const struct epoll_event *)a)->data.fd - ((const struct epoll_event *)b)->data.fd;
}

/* One line: each ready descriptor with its events, by number; "nothing" when there is none. */
#define SHOW_EVENTS(set, timeout) show_events(set, timeout, __LINE__)
UNUSED static int show_events(int set, int timeout, int line)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{EPOLLIN, "IN"},   {EPOLLPRI, "PRI"}, {EPOLLOUT, "OUT"},
                 {EPOLLERR, "ERR"}, {EPOLLHUP, "HUP"}, {EPOLLRDHUP, "RDHUP"}};
    struct epoll_event events[16];
    char text[512];
    int n = MUST(epoll_wait(set, events, ARRAY_SIZE(events), timeout));
    int len = snprintf(text, sizeof(text), "line %d:%s", line, n ? "" : " nothing");

    qsort(events, n, sizeof(*events), by_fd);
    for (int i = 0; i < n; i++) {
        len += snprintf(text + len, sizeof(text) - len, " %d", events[i].data.fd);
        for (size_t k = 0; k < ARRAY_SIZE(names); k++)
            if (events[i].events & names[k].bit)
                len +=
                    snprintf(text + len, sizeof(text) - len, "%c%s", k ? ',' : '=', names[k].name);
    }
    SAY("%s", text);
    return n;
}

#endif
