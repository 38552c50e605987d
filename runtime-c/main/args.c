#include "main/args.h"
#include "base/log.h"
#include "main/tables.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage_text[] =
    "usage: %s [options]%s\n"
    "\n"
    "  --only=NAME,...    start only these programs\n"
    "  --until=NAME       end when this program has ended (\"last\": the last one)\n"
    "  --trace[=NAME,...] print system calls as strace does\n"
    "  --run-dir=DIR      where logs and the control socket go\n"
    "  --cores=N,...      host cores to run on, one worker each\n"
    "  --separator=WORD   what is between programs, for one that has `--` among its arguments\n"
    "  --probe            print what this machine offers, as JSON\n"
    "  --nics             bring the NICs up, print what they are, as JSON, and end\n"
    "  --help             this text\n"
    "%s";

static const char programs_text[] =
    "\n"
    "Each `--` begins a program and its arguments; all of them run fused in this process:\n"
    "  -- redis-server --port 6379 -- redis-cli -p 6379 ping\n";

BP_NORETURN static void usage(int status)
{
    fprintf(status ? stderr : stdout, usage_text, bp_runtime_name,
            BP_PROGRAMS_GIVEN ? " -- program [args] [-- program [args]]..." : "",
            BP_PROGRAMS_GIVEN ? programs_text : "");
    exit(status);
}

bool bp_list_has(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *item = list; item; item = strchr(item, ',')) {
        item += *item == ',';
        if (!strncmp(item, word, len) && (!item[len] || item[len] == ','))
            return true;
    }
    return false;
}

static void parse_cores(struct bp_args *args, const char *list)
{
    while (*list) {
        char *end;
        long core = strtol(list, &end, 10);

        if (end == list || core < 0 || core > 1023 || (*end && *end != ','))
            bp_fatal(BP_EXIT_USER, "--cores=%s: expected numbers of host cores, as in --cores=0,1",
                     list);
        if (args->core_count == BP_WORKERS_MAX)
            bp_fatal(BP_EXIT_USER, "--cores: this binary takes at most %d cores", BP_WORKERS_MAX);
        args->cores[args->core_count++] = (int)core;
        list = *end ? end + 1 : end;
    }
}

/* The value of an option "--name=value", "" for a bare "--name", NULL when arg is another option.
 */
static const char *option(const char *arg, const char *name)
{
    size_t len = strlen(name);

    if (strncmp(arg, name, len))
        return NULL;
    if (!arg[len])
        return "";
    return arg[len] == '=' ? arg + len + 1 : NULL;
}

static void parse_option(struct bp_args *args, const char *arg)
{
    const char *value;

    if ((value = option(arg, "--trace")))
        args->trace = value[0] ? value : NULL, args->trace_all = !value[0];
    else if ((value = option(arg, "--only")))
        args->only = value;
    else if ((value = option(arg, "--until")))
        args->until = value;
    else if ((value = option(arg, "--run-dir")))
        args->run_dir = value;
    else if ((value = option(arg, "--cores")))
        parse_cores(args, value);
    else if ((value = option(arg, "--separator")))
        args->separator = value;
    else if (option(arg, "--probe"))
        args->probe = true;
    else if (option(arg, "--nics"))
        args->nics = true;
    else if (option(arg, "--help"))
        usage(0);
    else
        bp_fatal(BP_EXIT_USER, "unknown option '%s'; --help lists the options", arg);
}

/* Cuts what follows the first `--` into programs. */
static void parse_programs(struct bp_args *args, char **argv)
{
    const char *separator = args->separator ? args->separator : "--";

    while (*argv) {
        *argv++ = NULL; /* the separator: ends the program before */
        if (!*argv || !strcmp(*argv, separator))
            bp_fatal(BP_EXIT_USER, "nothing to run between two `%s`, or behind the last",
                     separator);
        if (args->program_count == BP_APPS_MAX)
            bp_fatal(BP_EXIT_USER, "this binary runs at most %d programs", BP_APPS_MAX);
        args->programs[args->program_count++] = argv;
        while (*argv && strcmp(*argv, separator))
            argv++;
    }
}

void bp_args_parse(struct bp_args *args, int argc, char **argv)
{
    int i = 1;

    *args = (struct bp_args){0};
    for (; i < argc && strcmp(argv[i], "--"); i++)
        parse_option(args, argv[i]);
    if (i < argc && !BP_PROGRAMS_GIVEN)
        bp_fatal(
            BP_EXIT_USER,
            "the programs of this binary come from its config; those of a config without programs, "
            "and the generic one, take them on the command line");
    parse_programs(args, argv + i);
    if (BP_PROGRAMS_GIVEN && !args->program_count && !args->probe && !args->nics)
        usage(BP_EXIT_USER);
}
