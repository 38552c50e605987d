#include "loader/script.h"

#include <errno.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

static char *skip_word(char *at)
{
    while (*at && !is_blank(*at))
        at++;
    return at;
}

/*
 * End of the first line. A line that does not end within the head is cut off there, like Linux
 * does, unless that would cut the interpreter's name. Returns NULL for such a line. The byte at the
 * limit itself is the last one looked at.
 */
static char *line_end(char *head)
{
    char *limit = head + BP_EXEC_HEAD - 1, *end = head;

    while (end <= limit && *end != '\n')
        end++;
    if (end <= limit)
        return end;
    return skip_word(skip_blanks(head + 2)) <= limit ? limit : NULL;
}

int bp_script_parse(struct bp_script *script, char *head, const char **why)
{
    char *end = line_end(head), *name, *name_end, *argument;

    if (!end) {
        *why = "its #! line is longer than 255 bytes";
        return -ENOEXEC;
    }
    while (is_blank(end[-1]))
        end--;
    *end = '\0';
    name = skip_blanks(head + 2);
    if (!*name) {
        *why = "its #! line names no interpreter";
        /* A NUL where the name should be: Linux takes it for the working directory. */
        return name == end ? -ENOEXEC : -EACCES;
    }
    name_end = skip_word(name);
    argument = skip_blanks(name_end);
    *name_end = '\0';
    *script = (struct bp_script){name, *argument ? argument : NULL};
    return 0;
}
