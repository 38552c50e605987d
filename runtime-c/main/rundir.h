/* The run directory: logs and the control socket of one running binary, its owner's alone. */
#ifndef BP_MAIN_RUNDIR_H
#define BP_MAIN_RUNDIR_H

#include "base/base.h"

/*
 * Makes (or checks) the directory: chosen, or when NULL $XDG_RUNTIME_DIR/bypassgen/<name>, or
 * /tmp/bypassgen-<uid>/<name>. Ends the process with a message when it cannot be had, or belongs to
 * somebody else. Returns its path (static).
 */
const char *bp_rundir_open(const char *chosen, const char *name, int *dir_fd);

#endif
