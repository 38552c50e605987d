#include "socket/urgent.h"
#include "base/uaccess.h"
#include "socket/fifo.h"

#include <errno.h>
#include <sys/socket.h>

/* The newest mark; one before it that a read is just at stays one. The half is locked. */
static struct bp_chunk *find(const struct bp_file *file)
{
    struct bp_chunk *found = NULL;

    for (struct bp_chunk *chunk = file->fifo.first; chunk; chunk = chunk->next)
        found = chunk->urgent ? chunk : found;
    return found;
}

/* Another byte becomes urgent: the one before is like the others now (tcp(7)). A TCP read that is
 * just at it leaves it out as before. */
static void outdate(struct bp_file *to)
{
    struct bp_chunk *mark = find(to);

    if (mark && !(mark == to->fifo.first && to->kind == BP_FILE_TCP))
        bp_set(mark->urgent, 0);
}

long bp_urgent_push(struct bp_file *to, struct bp_iter *from)
{
    struct bp_chunk *chunk = bp_chunk_get(1);
    size_t len;

    if (!chunk)
        return -ENOBUFS;
    if (bp_copy_checked(chunk->data, bp_iter_piece(from, &len), 1)) {
        bp_chunk_put(chunk);
        bp_undo_forget();
        return -EFAULT;
    }
    bp_iter_advance(from, 1);
    chunk->end = 1;
    chunk->sealed = 1;
    chunk->urgent = 1;
    bp_lock(&to->lock);
    bp_undo_owe(to);
    outdate(to);
    bp_set(to->sock.urgent, true);
    bp_fifo_append(&to->fifo, chunk);
    bp_set(to->fifo.tail, to->fifo.tail + 1);
    bp_unlock(&to->lock);
    return 1;
}

long bp_urgent_recv(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    const struct bp_chunk *mark;
    u8 byte = 0, *dst;
    size_t len;

    if (!(file->state & BP_STATE_CONNECTED) && bp_file_is_tcp(file))
        return -ENOTCONN;
    bp_lock(&file->lock);
    mark = file->sock.urgent && !bp_urgent_inline(file) ? find(file) : NULL;
    if (mark)
        byte = mark->data[mark->begin];
    if (mark && !(flags & MSG_PEEK))
        bp_set(file->sock.urgent, false);
    bp_unlock(&file->lock);
    if (!mark)
        return -EINVAL;
    if (!to->left)
        return 0;
    dst = bp_iter_piece(to, &len);
    return bp_copy_checked(dst, &byte, 1) ? -EFAULT : 1;
}

void bp_urgent_passed(struct bp_file *file)
{
    if (!find(file))
        bp_set(file->sock.urgent, false);
}

u32 bp_urgent_end(const struct bp_file *file)
{
    u32 at = file->fifo.head, end = at;

    for (const struct bp_chunk *chunk = file->fifo.first; chunk; chunk = chunk->next) {
        at += chunk->end - chunk->begin;
        end = chunk->urgent ? at : end;
    }
    return end;
}

u32 bp_urgent_ahead(struct bp_file *file)
{
    u32 bytes = 0;

    bp_lock(&file->lock);
    for (const struct bp_chunk *chunk = file->fifo.first;
         chunk && (!chunk->urgent || bp_urgent_inline(file)); chunk = chunk->next)
        bytes += chunk->end - chunk->begin;
    bp_unlock(&file->lock);
    return bytes;
}

bool bp_urgent_at_mark(struct bp_file *file)
{
    bool at;

    bp_lock(&file->lock);
    at = file->fifo.first && file->fifo.first->urgent;
    bp_unlock(&file->lock);
    return at;
}
