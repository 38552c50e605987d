/*
 * Loading a program into a slot: scripts, the program's own dynamic linker, static programs; ending with the registers
 * that its first instruction expects. Runs on the new program's first thread.
 */
#ifndef BP_LOADER_LOAD_H
#define BP_LOADER_LOAD_H

#include "memory/slot.h"

/* What the launcher learned from the kernel about the machine and hands on to programs. */
struct bp_host_auxv {
    u64 vdso; /* AT_SYSINFO_EHDR, 0 when there is none */
    u64 hwcap, hwcap2;
    u64 clktck, minsigstksz;
};

struct bp_load_request {
    const char *path; /* absolute, or relative to the host's working directory */
    const char *const *argv;
    const char *const *envp;
    u32 uid, euid, gid, egid;
    u64 stack_size; /* bytes */
    const struct bp_host_auxv *auxv;
};

struct bp_load_result {
    u64 entry, stack;       /* first rip and rsp */
    char *exe;              /* in: buffer of BP_PATH_MAX bytes; out: absolute real path of the program */
};

/*
 * Returns 0, or the negative errno of execve(2) with one sentence in why. After a failure the slot may hold pieces of the
 * program: the caller destroys it.
 */
long bp_load_program(struct bp_slot *slot, const struct bp_load_request *request,
                     struct bp_load_result *result, char *why, size_t why_size);

/*
 * Finds a program as execvp(3) does: names with a slash as they are, others in the directories of path (a PATH value;
 * NULL: /usr/bin:/bin). Returns 0 with the name in buf, or -ENOENT, -EACCES, -ENAMETOOLONG.
 */
int bp_find_program(const char *name, const char *path, char *buf, size_t size);

#endif
