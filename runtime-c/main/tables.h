/*
 * What the generator knows about this binary: its programs, where each of them runs, and its
 * identity. The data are in a generated out/<name>/src/bp_tables.c, or in main/tables_generic.c for
 * the binary that learns them at run time. All of it is constant, in the runtime's own image, and
 * valid for as long as the process lives.
 */
#ifndef BP_MAIN_TABLES_H
#define BP_MAIN_TABLES_H

#include "base/base.h"
#include "bp_config.h"

/* Raised in generated bp_config.h together with this; a header of another age does not compile. */
BP_STATIC_ASSERT(BP_CONFIG_ABI == 2, "bp_config.h does not fit this runtime: build again");

/* Ends a list of program indices. */
#define BP_NO_APP 0xffff

enum bp_restart {
    BP_RESTART_NO,         /* stays ended */
    BP_RESTART_ON_FAILURE, /* starts again after a signal or an exit status other than 0 */
};

/* A place where a program will listen: a unix socket when path is set, else a TCP port on any of
 * its addresses. */
struct bp_app_listen {
    const char *path;
    u16 port;
};

/*
 * One program of the spec. Relative paths are relative to the directory in which the runtime is
 * started, but for those of log.
 */
struct bp_app_config {
    /* [a-z][a-z0-9-]*, unique. */
    const char *name;
    /* argv[0] is looked up in PATH as execvp does; NULL ends it. */
    const char *const *argv;
    /* "K=V", added to the runtime's own environment or replacing its values; NULL ends it. */
    const char *const *env;
    /* Working directory; NULL: the runtime's own. */
    const char *cwd;
    /*
     * File that stdout and stderr are appended to, relative to the run directory;
     * NULL: the runtime's own stdout and stderr.
     */
    const char *log;
    /* listen_count of them. */
    const struct bp_app_listen *listens;
    /*
     * Programs that must listen everywhere they said before this one starts: indices into
     * bp_app_configs; BP_NO_APP ends it.
     */
    const u16 *wait_for;
    /* Bytes of private writable memory that it may have (its RLIMIT_DATA); 0: no limit. */
    u64 memory_limit;
    u32 listen_count;
    /* Index into bp_worker_cores. */
    u32 worker;
    enum bp_restart restart;
    /* false: starts only when it is asked for. */
    bool autostart;
};

/* Sorted by name. Empty in the generic binary. */
extern const struct bp_app_config bp_app_configs[];
extern const u32 bp_app_config_count;

/* The host core of each worker. Empty in the generic binary. */
extern const u32 bp_worker_cores[];
extern const u32 bp_worker_count;

/* The spec's name; also that of the binary. */
extern const char bp_runtime_name[];

/*
 * SHA-256 of the spec as 64 hexadecimal digits, "generic" in the generic binary: tells one config's
 * tables from another's. The identity of a whole binary, runtime included, is its GNU build-id
 * note.
 */
extern const char bp_build_id[];

#endif
