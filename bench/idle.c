/*
 * What a connection to Redis costs while nothing happens on it: memory outside the programs' own.
 *   idle PORT CONNECTIONS                          prints bytes per connection, both ends together
 */
#include "figure.h"
#include <sys/resource.h>

/* Where the system keeps connections: the kernel's objects, and memory that is shared. The
 * programs' private memory, the same on both sides of the pair, is not counted. */
static long connection_memory(void)
{
    static const char *const counted[] = {"Slab:", "Shmem:", "Percpu:"};
    FILE *file = fopen("/proc/meminfo", "r");
    char line[128];
    long sum = 0, kb;

    MUST(file ? 0 : -1);
    while (fgets(line, sizeof(line), file)) {
        for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
            size_t len = strlen(counted[i]);

            if (strncmp(line, counted[i], len) == 0 && sscanf(line + len, "%ld", &kb) == 1)
                sum += kb * 1024;
        }
    }
    fclose(file);
    return sum;
}

/* Used once: a connection that never carried anything would be too cheap. */
static void open_and_use(const struct sockaddr_in *to)
{
    static const char ping[] = "PING\r\n";
    char pong[7];
    int fd = connect_to(to, sizeof(*to));

    MUST(send(fd, ping, sizeof(ping) - 1, 0));
    if (!receive(fd, pong, sizeof(pong), false)) {
        fprintf(stderr, "the server closed a connection\n");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = inet_at(argv[1]);
    long count = atol(argv[argc - 1]), before;
    struct rlimit limit;

    MUST(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    for (long i = 0; i < count / 10; i++)
        open_and_use(&at); /* what the first ones cost belongs to all */
    before = connection_memory();
    for (long i = 0; i < count; i++)
        open_and_use(&at);
    print_figure((double)(connection_memory() - before) / (double)count, (uint64_t)count);
    return 0;
}
