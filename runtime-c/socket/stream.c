#include "socket/stream.h"
#include "base/uaccess.h"
#include "socket/remote.h"
#include "socket/urgent.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

void bp_stream_join(struct bp_file *first, struct bp_file *second, u32 to_first, u32 to_second)
{
    first->peer = second;
    second->peer = first;
    first->limit = to_first;
    second->limit = to_second;
    bp_set(second->state, second->state | BP_STATE_CONNECTED | BP_STATE_SEND);
    bp_set(first->state, first->state | BP_STATE_CONNECTED | BP_STATE_SEND);
}

/* ---- readiness ---- */

/* Asks the peer's readers to tell when there is room. Returns true when there is some by now. */
static bool want_space(struct bp_file *peer)
{
    bool room;

    if (bp_stream_has_room(peer))
        return true;
    bp_lock(&peer->lock);
    bp_set(peer->state, peer->state | BP_STATE_WANT_SPACE);
    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        bp_full_fence(); /* pairs with the one after a reader's commit */
    room = bp_stream_has_room(peer);
    bp_unlock(&peer->lock);
    return room;
}

static bool readable(const struct bp_file *file)
{
    u32 used = bp_fifo_used(&file->fifo);

    if (unlikely(used == 1 && bp_urgent_is_left_out(file)))
        return false;
    if (unlikely(file->state & BP_STATE_LOWAT))
        return used >= BP_MIN((u32)file->sock.rcvlowat, file->limit - file->limit / 8);
    return used != 0;
}

static u32 pipe_poll(struct bp_file *file, u32 interest)
{
    u32 state = READ_ONCE(file->state);
    u32 mask = 0;

    if (file->mode & BP_MODE_READ) {
        if (bp_fifo_used(&file->fifo))
            mask = BP_EVENTS_READ;
        if (state & BP_STATE_PEER_GONE)
            mask |= EPOLLHUP;
        return mask;
    }
    if (state & BP_STATE_PEER_GONE)
        return EPOLLERR | EPOLLOUT | EPOLLWRNORM;
    if (interest & BP_EVENTS_WRITE && want_space(file->peer))
        mask = EPOLLOUT | EPOLLWRNORM;
    return mask;
}

static u32 socket_poll(struct bp_file *file, u32 interest)
{
    u32 state = READ_ONCE(file->state);
    u32 mask = 0;

    if (unlikely(!(state & BP_STATE_CONNECTED)))
        return (state & BP_STATE_CONNECTING ? 0 : EPOLLHUP | BP_EVENTS_WRITE) |
               (state & (BP_STATE_ERROR | BP_STATE_NO_READ) ? BP_EVENTS_READ | EPOLLRDHUP : 0) |
               (state & BP_STATE_ERROR ? EPOLLERR : 0);
    if (readable(file))
        mask = BP_EVENTS_READ;
    if (unlikely(interest & EPOLLPRI) && file->sock.urgent)
        mask |= EPOLLPRI;
    if (unlikely(!(state & BP_STATE_SEND) || state & (BP_STATE_NO_READ | BP_STATE_ERROR))) {
        if (state & BP_STATE_NO_READ)
            mask |= BP_EVENTS_READ | EPOLLRDHUP;
        if (state & BP_STATE_NO_READ && state & BP_STATE_NO_WRITE)
            mask |= EPOLLHUP;
        if (state & BP_STATE_ERROR)
            mask |= EPOLLERR;
        if (!(state & BP_STATE_SEND))
            return mask | BP_EVENTS_WRITE; /* a write would not wait */
    }
    if (interest & BP_EVENTS_WRITE && want_space(file->peer))
        mask |= BP_EVENTS_WRITE;
    return mask;
}

u32 bp_stream_poll(struct bp_file *file, u32 interest)
{
    u32 mask = file->kind == BP_FILE_PIPE ? pipe_poll(file, interest) : socket_poll(file, interest);

    return mask & (interest | BP_EVENTS_ALWAYS);
}

/* ---- ends ---- */

void bp_stream_change(struct bp_file *file, u32 set, u32 clear, int error)
{
    bp_lock(&file->lock);
    bp_undo_owe(file);
    if (error && !(file->state & BP_STATE_ERROR)) {
        bp_set(file->sock.error, error);
        set |= BP_STATE_ERROR;
    }
    bp_set(file->state, (file->state | set) & ~clear);
    bp_notify(file, BP_EVENTS_READ | BP_EVENTS_WRITE | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    bp_unlock(&file->lock);
}

void bp_stream_reset(struct bp_file *file, int error)
{
    bp_stream_change(file, BP_STATE_RESET | BP_STATE_PEER_GONE, BP_STATE_SEND | BP_STATE_CONNECTING,
                     error);
}

void bp_stream_peer_shut(struct bp_file *file)
{
    bp_stream_change(file, BP_STATE_PEER_SHUT, 0, 0);
}

void bp_stream_shutdown(struct bp_file *file, u32 how)
{
    struct bp_file *peer = file->peer;
    bool reads_end = how != SHUT_WR, writes_end = how != SHUT_RD;

    bp_stream_change(file,
                     (reads_end ? BP_STATE_SHUT_READ : 0) | (writes_end ? BP_STATE_SHUT_WRITE : 0),
                     writes_end ? BP_STATE_SEND : 0, 0);
    if (file->state & BP_STATE_PEER_GONE)
        return;
    if (writes_end)
        bp_stream_change(peer, BP_STATE_PEER_SHUT, 0, 0);
    if (reads_end && file->kind == BP_FILE_UNIX) /* TCP has no way to tell the sender */
        bp_stream_change(peer, BP_STATE_SHUT_WRITE, BP_STATE_SEND, 0);
}

void bp_stream_empty(struct bp_file *file)
{
    bool more = true;

    while (more) {
        struct bp_rights *rights = NULL;

        bp_lock(&file->lock);
        more = file->fifo.first != NULL;
        if (more)
            rights = bp_fifo_throw(&file->fifo);
        bp_unlock(&file->lock);
        bp_rights_drop(rights);
    }
}

void bp_stream_detach(struct bp_file *file, bool abort)
{
    struct bp_file *peer = file->peer;
    bool unread;

    bp_lock(&file->write_turn); /* nobody copies in or out */
    bp_lock(&file->read_turn);
    unread = bp_fifo_used(&file->fifo) != 0;
    bp_stream_empty(file);
    bp_unlock(&file->read_turn);
    bp_unlock(&file->write_turn);
    if (!(file->state & BP_STATE_CONNECTED) || file->state & BP_STATE_PEER_GONE)
        return;
    switch (file->kind) {
    case BP_FILE_TCP:
        if (unread || abort) /* RFC 2525, 2.17 */
            bp_stream_reset(peer, file->state & BP_STATE_SHUT_WRITE ? EPIPE : ECONNRESET);
        else
            bp_stream_change(peer, BP_STATE_PEER_SHUT | BP_STATE_PEER_GONE, BP_STATE_SEND, 0);
        break;
    case BP_FILE_UNIX:
        bp_stream_change(peer, BP_STATE_PEER_SHUT | BP_STATE_SHUT_WRITE | BP_STATE_PEER_GONE,
                         BP_STATE_SEND, unread || abort ? ECONNRESET : 0);
        break;
    default:
        bp_stream_change(peer, BP_STATE_PEER_GONE, BP_STATE_SEND, 0);
    }
}

int bp_stream_take_error(struct bp_file *file)
{
    int error = 0;

    if (!(READ_ONCE(file->state) & BP_STATE_ERROR))
        return 0;
    bp_lock(&file->lock);
    if (file->state & BP_STATE_ERROR) {
        error = file->sock.error;
        bp_set(file->state, file->state & ~BP_STATE_ERROR);
    }
    bp_unlock(&file->lock);
    return error;
}

long bp_stream_ioctl(struct bp_file *file, u64 cmd, u64 arg)
{
    u32 value;

    switch (cmd) {
    case FIONREAD: /* also SIOCINQ */
        value = file->kind != BP_FILE_PIPE   ? bp_urgent_ahead(file)
                : file->mode & BP_MODE_WRITE ? bp_fifo_used(&file->peer->fifo)
                                             : bp_fifo_used(&file->fifo);
        return bp_put_user32((u32 *)arg, value);
    case SIOCOUTQ: /* everything sent is delivered, but for what a NIC's peer has to acknowledge */
        if (file->kind == BP_FILE_PIPE)
            return -ENOTTY;
        value = file->peer && (file->kind == BP_FILE_UNIX || bp_remote_is(file))
                    ? bp_fifo_used(&file->peer->fifo)
                    : 0;
        return bp_put_user32((u32 *)arg, value);
    case SIOCATMARK:
        return file->kind == BP_FILE_PIPE ? -ENOTTY
                                          : bp_put_user32((u32 *)arg, bp_urgent_at_mark(file));
    default:
        return -ENOTTY;
    }
}
