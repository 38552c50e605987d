/* What a description is ready for, whatever its kind. */
#ifndef BP_SOCKET_POLL_FILE_H
#define BP_SOCKET_POLL_FILE_H

#include "socket/stream.h"

/* See bp_file_ops.poll. */
BP_INLINE u32 bp_file_poll(struct bp_file *file, u32 interest)
{
    if (likely(bp_file_is_stream(file)))
        return bp_stream_poll(file, interest);
    return bp_file_ops[file->kind]->poll(file, interest);
}

/* Regular files and directories cannot be watched: epoll_ctl answers EPERM, poll says they are
 * ready. */
BP_INLINE bool bp_file_can_poll(const struct bp_file *file)
{
    return file->kind != BP_FILE_HOST || file->host.pollable;
}

#endif
