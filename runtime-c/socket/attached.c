#include "socket/attached.h"
#include "base/clock.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "socket/inet.h"
#include "socket/stream.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

/* The client's words make no sense: the connection is over. */
static long broken(struct bp_file *file, const struct bp_attached *slot)
{
    WRITE_ONCE(slot->shared->runtime.flags,
               BP_ATTACHED_SHUT | BP_ATTACHED_GONE | BP_ATTACHED_RESET);
    bp_attached_mark(slot);
    bp_stream_reset(file, ECONNRESET);
    return -ECONNRESET;
}

/* ---- reading ---- */

/* The client waits for room: tells it once half of the ring is free. */
static void announce_room(struct bp_attached *slot)
{
    u32 *wanted = &slot->shared->client.want_space;

    bp_full_fence(); /* the head is stored, then the look; pairs with the client's */
    if (!READ_ONCE(*wanted) || bp_attached_used(slot) > BP_ATTACHED_RING / 2)
        return;
    WRITE_ONCE(*wanted, 0);
    bp_attached_mark(slot);
}

/* Copies n bytes at position from of the ring to the program. */
static long copy_out(const struct bp_attached *slot, u32 from, struct bp_iter *to, size_t n)
{
    u32 at = from % BP_ATTACHED_RING;
    size_t first = BP_MIN(n, (size_t)(BP_ATTACHED_RING - at));
    long ret = bp_iter_put(to, slot->to_runtime + at, first);

    return ret || first == n ? ret : bp_iter_put(to, slot->to_runtime, n - first);
}

/* Moves what is there. Returns bytes, -EFAULT, or -ECONNRESET. */
static long pull(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    struct bp_attached *slot;
    long n = 0;

    bp_lock(&file->read_turn);
    slot = file->attached;
    if (slot)
        n = bp_attached_used(slot);
    if (n <= 0 || !to->left) {
        bp_unlock(&file->read_turn);
        return n < 0 ? broken(file, slot) : 0;
    }
    n = (long)BP_MIN((size_t)n, to->left);
    if (flags & MSG_TRUNC)
        to->left -= (size_t)n;
    else if (copy_out(slot, slot->head, to, (size_t)n))
        n = -EFAULT;
    if (n > 0 && !(flags & MSG_PEEK)) {
        slot->head += (u32)n;
        bp_store_release(&slot->shared->runtime.head, slot->head);
    }
    bp_unlock(&file->read_turn);
    if (n > 0 && !(flags & MSG_PEEK))
        announce_room(slot);
    return n;
}

static bool more_may_come(u32 state)
{
    return !(state & (BP_STATE_NO_READ | BP_STATE_ERROR));
}

static bool has_data(const struct bp_file *file)
{
    const struct bp_attached *slot = READ_ONCE(file->attached);

    return slot && bp_attached_used(slot) != 0;
}

/* Parks until there is data or the state changes. Returns 0 (look again) or negative errno. */
static long wait_data(struct bp_file *file, u64 deadline)
{
    long ret;

    bp_lock(&file->lock);
    if (!more_may_come(file->state) || has_data(file)) {
        bp_unlock(&file->lock);
        return 0;
    }
    ret = bp_file_wait(file, BP_EVENTS_READ | EPOLLRDHUP, BP_WATCH_THREAD, deadline);
    return ret == -ETIMEDOUT ? -EAGAIN : ret;
}

static size_t target_of(const struct bp_file *file, size_t len, u32 flags)
{
    size_t least = file->state & BP_STATE_LOWAT ? (size_t)file->sock.rcvlowat : 1;

    return flags & MSG_WAITALL && !(flags & MSG_PEEK) ? len : BP_MIN(least, len);
}

long bp_attached_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    size_t target = target_of(file, to->left, flags), total = 0;
    u64 deadline = 0;
    long ret = 0;

    while (to->left) {
        u32 state = READ_ONCE(file->state); /* before the look into the ring: its end is final */

        ret = pull(file, to, flags);
        if (ret < 0)
            break;
        total += (size_t)ret;
        if (total >= target || (ret && flags & MSG_PEEK))
            break;
        if (!more_may_come(state)) {
            ret = total ? 0 : bp_stream_nothing_comes(file);
            break;
        }
        ret = -EAGAIN;
        if (bp_stream_nonblocking(file, flags))
            break;
        if (!deadline)
            deadline = bp_stream_deadline(file, file->sock.receive_timeout);
        ret = wait_data(file, deadline);
        if (ret)
            break;
    }
    bp_current()->app_stats[BP_APP_STAT_READ_BYTES] += total;
    return total ? (long)total : ret;
}

/* ---- writing ---- */

static long copy_in(const struct bp_attached *slot, struct bp_iter *from, size_t n)
{
    u32 at = slot->tail % BP_ATTACHED_RING;
    size_t first = BP_MIN(n, (size_t)(BP_ATTACHED_RING - at));
    long ret = bp_iter_take(from, slot->to_client + at, first);

    return ret || first == n ? ret : bp_iter_take(from, slot->to_client, n - first);
}

/* Moves what there is room for. Returns bytes, -EFAULT, or -ECONNRESET. */
static long push(struct bp_file *file, struct bp_iter *from)
{
    struct bp_attached *slot;
    long n = 0;

    bp_lock(&file->write_turn);
    slot = file->attached;
    if (slot)
        n = bp_attached_room(slot);
    if (n <= 0) {
        bp_unlock(&file->write_turn);
        return n < 0 ? broken(file, slot) : 0;
    }
    n = (long)BP_MIN((size_t)n, from->left);
    if (copy_in(slot, from, (size_t)n))
        n = -EFAULT;
    if (n > 0) {
        slot->tail += (u32)n;
        bp_store_release(&slot->shared->runtime.tail, slot->tail);
    }
    bp_unlock(&file->write_turn);
    if (n > 0)
        bp_attached_mark(slot);
    return n;
}

/* Asks the client to tell when there is room. Returns true when there is some by now. The file is
 * locked. */
static bool want_space(struct bp_file *file)
{
    struct bp_attached *slot = file->attached;

    if (!slot || bp_attached_has_room(slot))
        return true;
    file->state |= BP_STATE_WANT_SPACE;
    WRITE_ONCE(slot->shared->runtime.want_space, 1);
    bp_full_fence(); /* asked, then looked; pairs with the client's */
    return bp_attached_has_room(slot);
}

static long wait_space(struct bp_file *file, u64 deadline)
{
    long ret;

    bp_lock(&file->lock);
    if (!(file->state & BP_STATE_SEND) || want_space(file)) {
        bp_unlock(&file->lock);
        return 0;
    }
    ret = bp_file_wait(file, BP_EVENTS_WRITE, BP_WATCH_THREAD, deadline);
    return ret == -ETIMEDOUT ? -EAGAIN : ret;
}

long bp_attached_write(struct bp_file *file, struct bp_iter *from, u32 flags)
{
    size_t total = 0;
    u64 deadline = 0;
    long ret = 0;

    do {
        if (unlikely(!(READ_ONCE(file->state) & BP_STATE_SEND))) {
            ret = total ? 0 : bp_stream_refuse(file, from, flags);
            break;
        }
        ret = push(file, from);
        if (ret < 0)
            break;
        total += (size_t)ret;
        if (!from->left)
            break;
        ret = -EAGAIN;
        if (bp_stream_nonblocking(file, flags))
            break;
        if (!deadline)
            deadline = bp_stream_deadline(file, file->sock.send_timeout);
        ret = wait_space(file, deadline);
    } while (!ret);
    bp_stat_add(BP_STAT_TCP_BYTES, total);
    bp_current()->app_stats[BP_APP_STAT_WRITTEN_BYTES] += total;
    return total ? (long)total : ret;
}

/* ---- readiness ---- */

static bool readable(const struct bp_file *file)
{
    const struct bp_attached *slot = READ_ONCE(file->attached);
    long used = slot ? bp_attached_used(slot) : 0;

    return used < 0 || used >= (file->state & BP_STATE_LOWAT ? file->sock.rcvlowat : 1);
}

u32 bp_attached_poll(struct bp_file *file, u32 interest)
{
    u32 state = READ_ONCE(file->state);
    u32 mask = readable(file) ? BP_EVENTS_READ : 0;

    if (state & BP_STATE_NO_READ)
        mask |= BP_EVENTS_READ | EPOLLRDHUP;
    if (state & BP_STATE_NO_READ && state & BP_STATE_NO_WRITE)
        mask |= EPOLLHUP;
    if (state & BP_STATE_ERROR)
        mask |= EPOLLERR;
    if (!(state & BP_STATE_SEND)) {
        mask |= BP_EVENTS_WRITE; /* a write would not wait */
    } else if (interest & BP_EVENTS_WRITE) {
        bp_lock(&file->lock);
        if (want_space(file))
            mask |= BP_EVENTS_WRITE;
        bp_unlock(&file->lock);
    }
    return mask & (interest | BP_EVENTS_ALWAYS);
}

long bp_attached_ioctl(struct bp_file *file, u64 cmd, u64 arg)
{
    struct bp_attached *slot = READ_ONCE(file->attached);
    long used = 0;

    switch (cmd) {
    case FIONREAD: /* also SIOCINQ */
        used = slot ? bp_attached_used(slot) : 0;
        break;
    case SIOCOUTQ: /* what the client has not read yet */
        used = slot ? bp_attached_room(slot) : BP_ATTACHED_RING;
        used = used < 0 ? 0 : BP_ATTACHED_RING - used;
        break;
    case SIOCATMARK:
        break;
    default:
        return -ENOTTY;
    }
    return bp_put_user32((u32 *)arg, used < 0 ? 0 : (u32)used);
}

/* ---- ends ---- */

void bp_attached_shutdown(struct bp_file *file, u32 how)
{
    bool reads_end = how != SHUT_WR, writes_end = how != SHUT_RD;
    struct bp_attached *slot;

    bp_stream_change(file,
                     (reads_end ? BP_STATE_SHUT_READ : 0) | (writes_end ? BP_STATE_SHUT_WRITE : 0),
                     writes_end ? BP_STATE_SEND : 0, 0);
    slot = READ_ONCE(file->attached);
    if (!writes_end || !slot)
        return;
    __atomic_fetch_or(&slot->shared->runtime.flags, BP_ATTACHED_SHUT, __ATOMIC_RELEASE);
    bp_attached_mark(slot);
}

void bp_attached_release(struct bp_file *file)
{
    bp_attached_leave(file,
                      has_data(file) || file->sock.linger == 0 || file->state & BP_STATE_EMBRYO);
    bp_inet_leave(file);
}
