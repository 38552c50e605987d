/*
 * Redis under writes while it saves: SETs on 16 connections at once, and BGSAVE again and again.
 *   bgsave PORT MILLISECONDS                       prints SETs per second
 * The server needs `--enable-debug-command yes`, to be filled with data.
 */
#include "figure.h"

enum {
    CONNECTIONS = 16,
    ANSWER_MAX = 4096
};

static void ask(int fd, const char *text)
{
    MUST(send(fd, text, strlen(text), 0));
}

/* One line of an answer. */
static const char *line(int fd)
{
    static char text[ANSWER_MAX];
    size_t len = 0;

    do {
        if (len == sizeof(text) - 1 || !receive(fd, &text[len], 1, false)) {
            fprintf(stderr, "the server sent no answer\n");
            exit(1);
        }
    } while (text[len++] != '\n');
    text[len] = 0;
    return text;
}

static void must_say(int fd, const char *answer)
{
    const char *said = line(fd);

    if (strcmp(said, answer) != 0) {
        fprintf(stderr, "the server said %s", said);
        exit(1);
    }
}

/* Also when one runs already: the next round finds out. */
static void start_saving(int fd)
{
    ask(fd, "BGSAVE\r\n");
    line(fd);
}

static void set_on_all(const int *fds)
{
    static const char set[] = "*3\r\n$3\r\nSET\r\n$5\r\nbench\r\n$4\r\ndata\r\n";
    char answer[5];

    for (int i = 0; i < CONNECTIONS; i++)
        ask(fds[i], set);
    for (int i = 0; i < CONNECTIONS; i++)
        if (!receive(fds[i], answer, sizeof(answer), false) || memcmp(answer, "+OK\r\n", 5) != 0)
            exit(1);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = inet_at(argv[1]);
    int control = connect_to(&at, sizeof(at)), fds[CONNECTIONS];
    struct stopwatch watch;

    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = connect_to(&at, sizeof(at));
    ask(control, "DEBUG POPULATE 500000 key 100\r\n");
    must_say(control, "+OK\r\n");
    watch = stopwatch_for(atol(argv[argc - 1]));
    do {
        start_saving(control);
        for (int i = 0; i < 256; i++)
            set_on_all(fds);
    } while (stopwatch_goes_on(&watch, 256 * CONNECTIONS));
    print_figure(rounds_per_second(&watch), watch.rounds);
    return 0;
}
