/* The options of a flow, from those that its program has set. */
#ifndef BP_REMOTE_OPTIONS_H
#define BP_REMOTE_OPTIONS_H

#include "net/tcp.h"
#include "socket/file.h"

void bp_remote_options(const struct bp_file *file, struct bp_tcp_options *options);

/* TCP_NOTSENT_LOWAT; 0: none. */
u32 bp_remote_notsent_lowat(const struct bp_file *file);

#endif
