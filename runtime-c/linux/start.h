/* Starting a program: a process, its slot, its descriptors, and its first thread. */
#ifndef BP_LINUX_START_H
#define BP_LINUX_START_H

#include "linux/task.h"
#include "loader/load.h"

struct bp_start_request {
    u32 app; /* index of the program's row of counters */
    u32 pid, ppid;
    const char *name;
    const char *path; /* what to execute */
    const char *const *argv;
    const char *const *envp;
    const char *cwd;  /* NULL: the runtime's */
    u32 umask;        /* the program's own; the host's is 0 */
    u64 memory_limit; /* bytes of private writable memory; 0: none */
    int stdio[3];     /* host descriptors; the program gets duplicates */
    bool traced;
    const struct bp_host_auxv *auxv;
    void (*on_exit)(struct bp_proc *proc);
    void *owner;
};

/*
 * Creates the process and makes its first thread ready; the loading itself runs on that thread.
 * Worker context. Returns NULL with a sentence in why when something is lacking here; a program
 * that cannot be loaded ends with status 126 (found, not executable) or 127 (not found) after a
 * message, as a shell would report it.
 */
struct bp_proc *bp_proc_start(const struct bp_start_request *request, char *why, size_t why_size);

/* Frees what bp_proc_start took. From on_exit, worker context: no thread is left. */
void bp_proc_free(struct bp_proc *proc);

#endif
