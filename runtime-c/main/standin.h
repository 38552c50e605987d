/*
 * Stand-in processes: for each program a tiny host process with the program's name, command line
 * and a real pid. It makes `ps`, pid files and `kill` work for programs that share one process: the
 * pid is the program's, a signal sent to it is passed on, and its death by SIGKILL kills the
 * program. It uses no processor time.
 */
#ifndef BP_MAIN_STANDIN_H
#define BP_MAIN_STANDIN_H

#include "base/base.h"

/*
 * When this process was started as a stand-in, does not return. First thing in main.
 */
void bp_standin_main(int argc, char **argv);

/*
 * Starts a stand-in that shows argv. Main thread only: the stand-in dies with the thread that made
 * it. *signal_fd becomes a descriptor from which the signals sent to it can be read
 * (bp_standin_read), closed at its death. Returns its pid or negative errno.
 */
int bp_standin_start(const char *name, const char *const *argv, int *signal_fd);

struct bp_standin_signal {
    int signal, code, error, pid, uid;
    void *value; /* of sigqueue(3) */
};

/* The next signal that arrived. Returns 1, 0 when there is none now, or -EPIPE when the stand-in is
 * dead. */
int bp_standin_read(int signal_fd, struct bp_standin_signal *out);

/* Ends and reaps a stand-in. */
void bp_standin_stop(int pid, int signal_fd);

#endif
