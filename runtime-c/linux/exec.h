/*
 * execve(2) in place: the new program is loaded into a slot of its own beside the old one, which
 * goes when that has succeeded; a failure leaves the caller as it was. The host process stays, so
 * nothing that the runtime shares with others has to be found again.
 */
#ifndef BP_LINUX_EXEC_H
#define BP_LINUX_EXEC_H

#include "linux/path.h"

/*
 * argv and envp are the program's pointers (NULL: empty). Does not return when it succeeds;
 * otherwise the negative errno of execve(2).
 */
long bp_proc_exec(const struct bp_path *path, const char *execfn, u64 argv, u64 envp);

#endif
