/* "#!" lines. */
#ifndef BP_LOADER_SCRIPT_H
#define BP_LOADER_SCRIPT_H

#include "loader/file.h"

struct bp_script {
    const char *interpreter;
    const char *argument; /* the rest of the line, as one argument; NULL when there is none */
};

/* Whether the beginning of a file says that it is a script. */
BP_INLINE bool bp_is_script(const char *head)
{
    return head[0] == '#' && head[1] == '!';
}

/*
 * Splits the first line of a script in place, as Linux does (Documentation: execve(2), "Interpreter
 * scripts"). head has BP_EXEC_HEAD + 1 bytes and must live as long as the result, which points into
 * it. Returns 0, or -ENOEXEC or -EACCES with a sentence in *why.
 */
int bp_script_parse(struct bp_script *script, char *head, const char **why);

#endif
