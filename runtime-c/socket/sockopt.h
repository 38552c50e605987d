/* Socket options. */
#ifndef BP_SOCKET_SOCKOPT_H
#define BP_SOCKET_SOCKOPT_H

#include "socket/file.h"

/* The state of a socket that nobody has set anything on. */
void bp_sock_init(struct bp_file *file, u16 family);

/* What an accepted socket takes over from its listener. */
void bp_sock_inherit(struct bp_file *accepted, const struct bp_file *listener);

/* Sets on the host's socket what the program has set so far. */
void bp_sock_apply_to_host(const struct bp_file *file);

/* Bytes that may flow from one half of a connection to the other before the writer waits. */
u32 bp_sock_limit(const struct bp_file *sender, const struct bp_file *receiver);

/* enum bp_tcp_state of a local stream socket, as TCP_INFO tells it. */
u8 bp_sock_tcp_state(const struct bp_file *file);

BP_INLINE bool bp_sock_bool(const struct bp_file *file, enum bp_sock_bool option)
{
    return file->sock.options >> option & 1;
}

#endif
