/* Looking a program up in PATH. */
#ifndef BP_LOADER_SEARCH_H
#define BP_LOADER_SEARCH_H

#include "base/base.h"

/*
 * Finds a program as execvp(3) does: in the directories of path (a PATH value; NULL: /bin:/usr/bin;
 * an empty directory is the working directory). A name with a slash is only checked. Returns 0 with
 * the file's path in buf; -ENOENT; -EACCES when there are files of that name, none of which may be
 * executed; -ENAMETOOLONG.
 */
int bp_find_program(const char *name, const char *path, char *buf, size_t size);

#endif
