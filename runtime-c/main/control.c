#include "main/control.h"
#include "base/log.h"
#include "main/app.h"
#include "main/capture.h"
#include "main/network.h"
#include "main/placement.h"
#include "main/survey.h"
#include "main/tables.h"
#include "socket/attachment.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 256,
    REPLY_BYTES = 512 + BP_APPS_MAX * 256,
    /* Of each worker some hundred figures, of each NIC less. */
    NETWORK_BYTES = 1024 + BP_WORKERS_MAX * 8192,
};

struct client {
    int fd;         /* -1: free */
    int attachment; /* -1: none */
    int capture;    /* the index of its NIC; -1: none */
    bool surveys;   /* it has asked for the sockets */
    u32 len;
    char line[LINE_MAX_BYTES];
};

static struct client clients[BP_CONTROL_CLIENTS];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int listen_fd = -1, shared_stats_fd = -1;
static bool shutdown_asked;

int bp_control_init(const char *dir, int stats_fd)
{
    int len = bp_snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", dir);

    if (len >= (int)sizeof(address.sun_path))
        return -ENAMETOOLONG;
    for (int i = 0; i < BP_CONTROL_CLIENTS; i++)
        clients[i].fd = -1;
    shared_stats_fd = stats_fd;
    listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listen_fd < 0)
        return -errno;
    /* A socket that nobody answers is left over from a runtime that was killed. */
    if (connect(listen_fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return -EADDRINUSE;
    unlink(address.sun_path);
    mode_t before = umask(0177);
    int ret = bind(listen_fd, (struct sockaddr *)&address, sizeof(address)) || listen(listen_fd, 8)
                  ? -errno
                  : 0;
    umask(before);
    return ret;
}

void bp_control_close(void)
{
    if (listen_fd >= 0)
        unlink(address.sun_path);
}

void bp_control_poll(struct pollfd *fds)
{
    fds[0] = (struct pollfd){.fd = listen_fd, .events = POLLIN};
    for (int i = 0; i < BP_CONTROL_CLIENTS; i++)
        fds[i + 1] = (struct pollfd){.fd = listen_fd < 0 ? -1 : clients[i].fd, .events = POLLIN};
}

/* ---- requests ---- */

static const char *const state_names[] = {
    [BP_APP_STOPPED] = "stopped",
    [BP_APP_WAITING] = "waiting",
    [BP_APP_RUNNING] = "running",
    [BP_APP_STOPPING] = "stopping",
};

static int print_app(char *buf, size_t size, const struct bp_app *app)
{
    int len = bp_snprintf(buf, size, "{\"name\":\"%s\",\"state\":\"%s\",\"starts\":%u",
                          app->config.name, state_names[app->state], app->starts);

    if (bp_app_lives(app))
        len += bp_snprintf(buf + len, size - (size_t)len, ",\"pid\":%d", app->pid);
    else if (app->ended_once && WIFSIGNALED(app->status))
        len += bp_snprintf(buf + len, size - (size_t)len, ",\"signal\":%d", WTERMSIG(app->status));
    else if (app->ended_once)
        len += bp_snprintf(buf + len, size - (size_t)len, ",\"exitStatus\":%d",
                           WEXITSTATUS(app->status));
    return len + bp_snprintf(buf + len, size - (size_t)len, "}");
}

static void reply_status(char *reply)
{
    int len =
        bp_snprintf(reply, REPLY_BYTES,
                    "{\"format_version\":1,\"name\":\"%s\",\"build\":\"%s\",\"pid\":%d,\"apps\":[",
                    bp_runtime_name, bp_build_id, getpid());

    for (u32 i = 0; i < bp_app_count; i++) {
        if (i)
            reply[len++] = ',';
        len += print_app(reply + len, (size_t)(REPLY_BYTES - len), &bp_apps[i]);
    }
    bp_snprintf(reply + len, (size_t)(REPLY_BYTES - len), "]}\n");
}

static const char *do_start(struct bp_app *app, int unused)
{
    static char why[256]; /* the control thread's */
    int ret = bp_app_start(app);

    (void)unused;
    if (!ret)
        return NULL;
    bp_app_why_not(app, ret, why, sizeof(why));
    return why;
}

static const char *do_signal(struct bp_app *app, int signal)
{
    if (signal < 1 || signal > 64)
        return "no such signal";
    if (!bp_app_lives(app))
        return "it does not run";
    bp_app_signal(app, signal);
    return NULL;
}

static const char *do_stop(struct bp_app *app, int unused)
{
    (void)unused;
    if (app->state == BP_APP_STOPPED)
        return "it does not run";
    bp_app_end(app, SIGTERM);
    return NULL;
}

/* Requests that name a program. */
static const struct {
    const char *word;
    const char *(*run)(struct bp_app *app, int number); /* NULL or what is wrong */
} requests[] = {
    {"start", do_start},
    {"stop", do_stop},
    {"signal", do_signal},
};

static const char *run_request(char *line)
{
    char *word = strtok(line, " "), *name = strtok(NULL, " "), *number = strtok(NULL, " ");
    struct bp_app *app = name ? bp_app_find(name) : NULL;

    for (u32 i = 0; word && i < ARRAY_SIZE(requests); i++) {
        if (!strcmp(requests[i].word, word))
            return app ? requests[i].run(app, number ? atoi(number) : 0) : "no such program";
    }
    return "no such request";
}

enum {
    DESCRIPTORS_MAX = 3
};

static void send_reply(int fd, const char *reply, const int *fds, size_t fd_count)
{
    struct iovec iov = {(char *)reply, strlen(reply)};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } control = {.header = {CMSG_LEN(fd_count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

    if (fd_count) {
        memcpy(CMSG_DATA(&control.header), fds, fd_count * sizeof(int));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
    }
    /* A client that does not read its answers loses them: it shall not hold up the others. */
    (void)!sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Requests that are answered with descriptors. Each returns NULL or what is wrong. */
static const char *give_stats(struct client *client, int *fds, size_t *fd_count)
{
    (void)client;
    fds[0] = shared_stats_fd;
    *fd_count = 1;
    return NULL;
}

static const char *attach(struct client *client, int *fds, size_t *fd_count)
{
    if (client->attachment >= 0)
        return "attached already";
    client->attachment = bp_attachment_open(fds);
    if (client->attachment < 0)
        return "no room for another attachment";
    *fd_count = 3;
    return NULL;
}

static const char *give_sockets(struct client *client, int *fds, size_t *fd_count)
{
    int fd = bp_main_survey_begin();

    if (fd < 0)
        return fd == -EBUSY ? "busy with another survey" : "no memory for a survey";
    client->surveys = true;
    fds[0] = fd;
    *fd_count = 1;
    return NULL;
}

static const struct {
    const char *word;
    const char *(*run)(struct client *client, int *fds, size_t *fd_count);
} gifts[] = {
    {"stats", give_stats},
    {"attach", attach},
    {"sockets", give_sockets},
};

static const char *why_no_capture(int error)
{
    switch (error) {
    case -ENODEV:
        return "no such NIC";
    case -EINVAL:
        return "the snap length is not from 1 to 65535";
    case -EBUSY:
        return "the NIC is captured already";
    default:
        return "no memory for a capture";
    }
}

/* `dump SNAPLEN [NIC]`. A client has one capture at most, and it lasts as long as the client. */
static const char *give_capture(struct client *client, char *words, int *fds, size_t *fd_count)
{
    char *snaplen = strtok(words, " "), *nic = strtok(NULL, " ");
    u32 index;
    int fd;

    if (client->capture >= 0)
        return "this connection has a capture";
    fd = bp_main_capture_begin(nic, snaplen ? (u32)atoi(snaplen) : 0, &index);
    if (fd < 0)
        return why_no_capture(fd);
    client->capture = (int)index;
    fds[0] = fd;
    *fd_count = 1;
    return NULL;
}

static const char *run_line(struct client *client, char *line, int *fds, size_t *fd_count)
{
    for (u32 i = 0; i < ARRAY_SIZE(gifts); i++) {
        if (!strcmp(gifts[i].word, line))
            return gifts[i].run(client, fds, fd_count);
    }
    if (!strncmp(line, "dump ", 5))
        return give_capture(client, line + 5, fds, fd_count);
    return run_request(line);
}

/* Requests with long answers. */
static const struct {
    const char *word;
    u32 (*print)(char *buffer, u32 size);
} reports[] = {
    {"network", bp_main_network_print},
    {"memory", bp_main_placement_print},
};

static bool send_report(int fd, const char *word)
{
    static char text[NETWORK_BYTES];

    for (u32 i = 0; i < ARRAY_SIZE(reports); i++) {
        if (strcmp(reports[i].word, word))
            continue;
        reports[i].print(text, sizeof(text));
        send_reply(fd, text, NULL, 0);
        return true;
    }
    return false;
}

static void serve(struct client *client, char *line)
{
    static char reply[REPLY_BYTES];
    int fds[DESCRIPTORS_MAX];
    size_t fd_count = 0;

    if (send_report(client->fd, line))
        return;
    if (!strcmp(line, "status")) {
        reply_status(reply);
    } else if (!strcmp(line, "shutdown")) {
        shutdown_asked = true;
        strcpy(reply, "{\"ok\":true}\n");
    } else {
        const char *error = run_line(client, line, fds, &fd_count);

        if (error)
            bp_snprintf(reply, sizeof(reply), "{\"ok\":false,\"error\":\"%s\"}\n", error);
        else if (fd_count)
            bp_snprintf(reply, sizeof(reply), "{\"ok\":true,\"pid\":%d,\"descriptor\":%d}\n",
                        getpid(), fds[0]);
        else
            strcpy(reply, "{\"ok\":true}\n");
    }
    send_reply(client->fd, reply, fds, fd_count);
}

/* ---- clients ---- */

static bool is_owner(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static void accept_client(void)
{
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    for (int i = 0; fd >= 0 && is_owner(fd) && i < BP_CONTROL_CLIENTS; i++) {
        if (clients[i].fd < 0) {
            clients[i] = (struct client){.fd = fd, .attachment = -1, .capture = -1};
            return;
        }
    }
    if (fd >= 0)
        close(fd);
}

static void drop_client(struct client *client)
{
    if (client->attachment >= 0)
        bp_attachment_close(client->attachment);
    if (client->capture >= 0)
        bp_main_capture_end((u32)client->capture);
    if (client->surveys)
        bp_main_survey_end();
    close(client->fd);
    client->fd = -1;
}

static void read_client(struct client *client)
{
    ssize_t got = recv(client->fd, client->line + client->len, LINE_MAX_BYTES - client->len, 0);
    char *end;

    if (got <= 0) {
        if (!(got < 0 && (errno == EAGAIN || errno == EINTR)))
            drop_client(client);
        return;
    }
    client->len += (u32)got;
    while ((end = memchr(client->line, '\n', client->len))) {
        u32 used = (u32)(end - client->line) + 1;

        *end = '\0';
        serve(client, client->line);
        memmove(client->line, client->line + used, client->len - used);
        client->len -= used;
    }
    if (client->len == LINE_MAX_BYTES)
        drop_client(client); /* no request is that long */
}

bool bp_control_take(const struct pollfd *fds)
{
    for (int i = 0; i < BP_CONTROL_CLIENTS; i++) {
        if (fds[i + 1].revents)
            read_client(&clients[i]);
    }
    if (fds[0].revents)
        accept_client();
    bool asked = shutdown_asked;
    shutdown_asked = false;
    return asked;
}
