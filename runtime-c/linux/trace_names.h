/* Names of constants (linux/trace_names.def) and of errors (linux/errno.def), for tracing. */
#ifndef BP_LINUX_TRACE_NAMES_H
#define BP_LINUX_TRACE_NAMES_H

#include "base/base.h"

struct bp_name {
    const char *name;
    u32 value;
};

struct bp_names {
    u32 mask; /* within it a value is one of the entries, outside it entries are flags */
    u32 count;
    const char *unknown;
    const struct bp_name *entries;
};

enum bp_names_id {
#define BP_NAMES(table, ...) BP_NAMES_##table,
#include "linux/trace_names.def"
#undef BP_NAMES
    BP_NAMES_TABLES
};

extern const struct bp_names bp_names[BP_NAMES_TABLES];

/* The name and text of an errno; NULL when there is none. */
const char *bp_errno_name(int error);
const char *bp_errno_text(int error);

#endif
