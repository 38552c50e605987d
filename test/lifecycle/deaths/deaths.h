/* A victim that dies in the middle of its work, and those who go on. */
#ifndef DEATHS_H
#define DEATHS_H

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define CHECK(condition)                                                                      \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, \
                    errno);                                                                   \
            _exit(99);                                                                        \
        }                                                                                     \
    } while (0)

/* One kind of work. Each function is a process of its own and returns when its peer has gone. */
struct work {
    const char *name;
    void (*prepare)(void); /* what all of them inherit; closed by `finish` in the parent */
    void (*victim)(void);
    void (*partner)(void); /* sees the victim's end */
    void (*third)(void);   /* does what the victim does, and survives it; or NULL */
    void (*finish)(void);
};

extern const struct work works[];
extern const unsigned works_count;

/*
 * Lets a victim, its partner and perhaps a third one do their work. The victim dies at a point of
 * its own (0: does not), or by what `meanwhile` does to it. The others get to their end, having
 * found each byte right, and the arena's use becomes what it was; else says so, with `death`, and
 * exits. Returns true when the victim got to its end, too.
 */
bool play(const struct work *work, const char *death, unsigned die_at, void (*meanwhile)(pid_t));

/* The write end is the victim's alone: the others learn of its end there. */
extern int victim_lives[2];

#endif
