// sources: runtime-c/base/proc_dir.c runtime-c/loader/script.c
/* "#!" lines, split as Linux splits them. */
#include "check.h"
#include "loader/script.h"

#include <errno.h>
#include <string.h>

#define BLANKS_60 "                                                            "
#define A_60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A_240 A_60 A_60 A_60 A_60

static const struct {
    const char *name, *head, *interpreter, *argument; /* interpreter NULL: refused */
} lines[] = {
    {"an interpreter", "#!/bin/sh\necho", "/bin/sh", NULL},
    {"without a newline", "#!/bin/sh", "/bin/sh", NULL},
    {"blanks around it", "#! \t /bin/sh \t \n", "/bin/sh", NULL},
    {"an argument", "#!/bin/sh -e\n", "/bin/sh", "-e"},
    {"an argument with blanks inside", "#!/usr/bin/env  -S a\tb  c  \n", "/usr/bin/env",
     "-S a\tb  c"},
    {"a carriage return belongs to the name", "#!/bin/sh\r\n", "/bin/sh\r", NULL},
    {"no name", "#!\n", NULL, NULL},
    {"nothing", "#!", NULL, NULL},
    {"blanks instead of a name", "#!  \t \n", NULL, NULL},
    {"nothing but blanks", "#!" BLANKS_60 BLANKS_60 BLANKS_60 BLANKS_60 BLANKS_60, NULL, NULL},
    {"a name of 253 bytes", "#!/" A_240 "aaaaaaaaaaaa\n", "/" A_240 "aaaaaaaaaaaa", NULL},
    {"a name of 254 bytes", "#!/" A_240 "aaaaaaaaaaaaa\n", NULL, NULL},
    {"a name of 253 bytes and a blank", "#!/" A_240 "aaaaaaaaaaaa argument",
     "/" A_240 "aaaaaaaaaaaa", NULL},
    {"a cut argument", "#!/bin/sh " A_240 "0123456789\n", "/bin/sh", A_240 "01234"},
};

int main(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        char head[BP_EXEC_HEAD + 1] = "";
        struct bp_script script = {0};
        const char *why = "";

        strncpy(head, lines[i].head, BP_EXEC_HEAD);
        int ret = bp_script_parse(&script, head, &why);
        bool refused = !lines[i].interpreter && (ret == -ENOEXEC || ret == -EACCES) && *why;
        bool split =
            lines[i].interpreter && !ret && !strcmp(script.interpreter, lines[i].interpreter) &&
            (script.argument && lines[i].argument ? !strcmp(script.argument, lines[i].argument)
                                                  : script.argument == lines[i].argument);

        check(refused || split, "%s: %s", lines[i].name, ret ? why : script.interpreter);
    }
    return !!failures;
}
