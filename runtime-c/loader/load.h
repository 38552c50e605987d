/*
 * Loading a program into a slot: scripts, the program's own dynamic linker, static programs; ending
 * with the registers that its first instruction expects.
 */
#ifndef BP_LOADER_LOAD_H
#define BP_LOADER_LOAD_H

#include "loader/auxv.h"
#include "memory/slot.h"

/* All strings are the runtime's (execve copies the program's first), needed during the call only.
 */
struct bp_load_request {
    int dirfd; /* what relative paths start from; AT_FDCWD: the host's working directory */
    const char *path;
    const char *execfn;      /* the path as the program gave it: AT_EXECFN, a script's argument */
    const char *const *argv; /* an empty one becomes {""}, as with Linux */
    const char *const *envp;
    u32 uid, euid, gid, egid;
    u64 stack_size; /* bytes */
    const struct bp_host_auxv *auxv;
};

enum {
    BP_LOAD_PATH_MAX = 4096
};

struct bp_load_result {
    u64 entry, stack;           /* first rip and rsp; rdx is to be 0 */
    u64 taken_start, taken_end; /* -ENOMEM: fixed addresses that it needs and cannot have, or 0 */
    char *exe; /* in: buffer of BP_LOAD_PATH_MAX bytes; out: absolute real path of the program */
};

/*
 * Returns 0, or the negative errno of execve(2) with one sentence in why. After a
 * failure the slot may hold pieces of the program: the caller destroys it.
 */
long bp_load_program(struct bp_slot *slot, const struct bp_load_request *request,
                     struct bp_load_result *result, char *why, size_t why_size);

#endif
