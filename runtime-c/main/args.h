/* The command line of the binary. */
#ifndef BP_MAIN_ARGS_H
#define BP_MAIN_ARGS_H

#include "base/base.h"
#include "bp_config.h"

struct bp_args {
    bool probe;          /* --probe: print what the machine offers as JSON, and end */
    bool nics;           /* --nics: bring the NICs up, print them as JSON, and end */
    bool trace_all;      /* --trace */
    const char *trace;   /* --trace=NAME,...: these programs only */
    const char *only;    /* --only=NAME,...: start these programs only */
    const char *run_dir; /* --run-dir=DIR: logs and the control socket; NULL: the default place */
    const char
        *until; /* --until=NAME: end when this program has ended; "last": the last one named */
    const char *separator; /* --separator=WORD: what begins the second program and those after it;
                              NULL: `--` */
    int cores[BP_WORKERS_MAX]; /* --cores=0,1: host cores of the workers (generic binary) */
    u32 core_count;
    /* Programs after `--` (generic binary): argv of each, NULL-terminated. */
    char **programs[BP_APPS_MAX];
    u32 program_count;
};

/* Fills args from argv (which it keeps pointing into, and changes). Ends the process with a message
 * when it is wrong. */
void bp_args_parse(struct bp_args *args, int argc, char **argv);

/* Whether a comma-separated list names this word. */
bool bp_list_has(const char *list, const char *word);

#endif
