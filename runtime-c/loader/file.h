/*
 * The file that is to be executed, and what execve(2) checks before it looks inside. Also the
 * beginning of the file, which decides what kind of executable it is.
 */
#ifndef BP_LOADER_FILE_H
#define BP_LOADER_FILE_H

#include "base/base.h"

enum {
    BP_EXEC_HEAD = 256, /* bytes that decide; as Linux's BINPRM_BUF_SIZE */
};

struct bp_exec_file {
    int fd;
    u64 size;
    bool privileged; /* to be executed with other ids or capabilities, which only the host can give
                      */
    char head[BP_EXEC_HEAD + 1]; /* filled up with zeros, terminated */
};

/*
 * Opens path (relative to dirfd) for bp_exec_close to close. Returns 0, or the negative errno of
 * execve(2) and a sentence in *why (a static string); the file is closed then.
 */
int bp_exec_open(struct bp_exec_file *file, int dirfd, const char *path, const char **why);
void bp_exec_close(struct bp_exec_file *file);

#endif
