/*
 * Printers of arguments: private to linux/trace*.c. Each appends one value to the line of a call.
 *
 *     void bp_put_<printer>(call, i, value, detail)
 *
 * value is argument number i, or a field of the structure that it points to; detail comes from
 * linux/args.def.
 */
#ifndef BP_LINUX_TRACE_PRINT_H
#define BP_LINUX_TRACE_PRINT_H

#include "linux/trace.h"
#include "linux/trace_names.h"

enum {
    BP_TRACE_ELEMENTS = 32 /* bytes of a string and elements of an array that are shown */
};

typedef void bp_put_fn(struct bp_trace_call *call, int i, u64 value, u64 detail);

#define BP_ARG(type, when, printer, detail) bp_put_fn bp_put_##printer;
#include "linux/args.def"
#undef BP_ARG

/* Appends to the line; what does not fit is left out and marked when the line ends. */
void bp_put(struct bp_trace_call *call, const char *fmt, ...) BP_PRINTF(2, 3);

/* A value as an argument of the given type would be shown. */
void bp_put_as(struct bp_trace_call *call, enum bp_arg_type type, int i, u64 value);

/* count bytes in quotes, at most BP_TRACE_ELEMENTS of them; the address when they cannot be read.
 */
void bp_put_quoted(struct bp_trace_call *call, u64 address, u64 count);

void bp_put_sockaddr_at(struct bp_trace_call *call, u64 address, u64 len);

/* What follows the result of poll and select. */
void bp_put_polled(struct bp_trace_call *call);
void bp_put_selected(struct bp_trace_call *call);

/* An array in brackets: puts each element; stops after BP_TRACE_ELEMENTS of them. */
typedef void bp_put_element(struct bp_trace_call *call, u64 element);
void bp_put_array(struct bp_trace_call *call, u64 address, u64 count, size_t size,
                  bp_put_element *put);

/* Structures that args.def refers to: see linux/trace_structs.c. */
enum bp_shape_id {
    BP_SHAPE_timespec,
    BP_SHAPE_timeval,
    BP_SHAPE_itimerspec,
    BP_SHAPE_itimerval,
    BP_SHAPE_rlimit,
    BP_SHAPE_sigaction,
    BP_SHAPE_sigstack,
    BP_SHAPE_linger,
    BP_SHAPE_flock,
    BP_SHAPE_winsize,
    BP_SHAPE_open_how,
    BP_SHAPE_clone_args,
    BP_SHAPE_statx,
    BP_SHAPES
};

#endif
