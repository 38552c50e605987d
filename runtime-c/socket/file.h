/*
 * Open file descriptions (what dup and fork share, open(2)): the objects that descriptors name.
 * They live in the arena and hold no pointer out of it: what a description can do is found by its
 * kind in a table (bp_file_ops).
 *
 * Connected streams (TCP, AF_UNIX, pipes) are the two halves of one struct bp_pair. Each half owns
 * the FIFO of what it is to read; writing goes to the peer's FIFO. So one cache line of each half,
 * and the chunk, is all that a read or write touches, and no lock is ever taken inside another one
 * on that path.
 *
 * Locking. lock protects everything here but what is said below. The order is: the turn of an epoll
 * instance (read_turn; held over control, harvest and release), outer before inner ones; locks of
 * tables (inet.c, unix.c); a listener's lock; a file's lock; the lock of an epoll instance that
 * watches the file; that of one which watches that one. Two halves of a pair are never locked
 * together. refs is guarded by the lock, too, when the arena is shared. Changes of kind (socket to
 * listener, or to host-backed) happen under the lock and only from fresh to final.
 */
#ifndef BP_SOCKET_FILE_H
#define BP_SOCKET_FILE_H

#include "base/base.h"
#include "base/list.h"
#include "base/lock.h"
#include "socket/fifo.h"
#include "socket/sockaddr.h"

enum bp_file_kind {
    BP_FILE_TCP,  /* stream socket of AF_INET, AF_INET6: fresh, connecting, or connected to a fused
                     peer */
    BP_FILE_UNIX, /* stream socket of AF_UNIX, the same */
    BP_FILE_PIPE, /* one end of a pipe */
    BP_FILE_STREAMS, /* kinds below are streams: read and write short-cut to them */
    BP_FILE_LISTENER = BP_FILE_STREAMS,
    BP_FILE_HOST, /* backed by a descriptor of the host: files, terminals, datagram and outside
                     sockets */
    BP_FILE_EVENTFD,
    BP_FILE_TIMERFD,
    BP_FILE_SIGNALFD,
    BP_FILE_EPOLL,
    BP_FILE_ATTACHED,  /* stream socket of AF_INET, AF_INET6, connected to a process outside through
                          memory (socket/attached.h) */
    BP_FILE_USERFAULT, /* userfaultfd(2) */
    BP_FILE_KINDS,
};

/* Access mode and status flags (file->mode). */
enum {
    BP_MODE_READ = 1,
    BP_MODE_WRITE = 2,
    BP_MODE_NONBLOCK = 4,
    BP_MODE_APPEND = 8,
    BP_MODE_DIRECT = 16, /* packets, on a pipe */
};

/* State of a stream half (file->state). */
enum {
    BP_STATE_SEND =
        1 << 0, /* what is written goes to the peer; without it the slow path finds out why not */
    BP_STATE_CONNECTED = 1 << 1, /* has or had a peer */
    BP_STATE_CONNECTING =
        1 << 2, /* waits for room in a listener's queue, or has not been told of success yet */
    BP_STATE_SHUT_READ = 1 << 3,
    BP_STATE_SHUT_WRITE = 1 << 4,
    BP_STATE_PEER_SHUT = 1 << 5,  /* the peer sends no more: end of file when drained */
    BP_STATE_PEER_GONE = 1 << 6,  /* the peer's description is closed */
    BP_STATE_RESET = 1 << 7,      /* the connection was reset */
    BP_STATE_ERROR = 1 << 8,      /* sock.error is pending */
    BP_STATE_WANT_SPACE = 1 << 9, /* somebody waits for room in this half's FIFO */
    BP_STATE_RECEIVER =
        1 << 10, /* a thread is parked in a read of this half and takes data directly */
    BP_STATE_WRITING = 1 << 11, /* a writer copies into the FIFO's last chunk */
    BP_STATE_LOWAT = 1 << 12,   /* SO_RCVLOWAT is not 1 */
    BP_STATE_RIGHTS =
        1 << 13, /* the FIFO holds descriptors, or a reader wants credentials: careful reads */
    BP_STATE_SECOND = 1 << 14, /* end[1] of its pair */
    BP_STATE_EMBRYO = 1 << 15, /* a server half that nobody has accepted yet: its end is a reset */
};

/* Integer socket options that are remembered (socket/sockopt.def). */
enum bp_sock_int {
#define BP_SOCKOPT_INT(level, name, id, initial, min, max) BP_SOCK_##id,
#define BP_SOCKOPT_BOOL(level, name, id)
#include "socket/sockopt.def"
#undef BP_SOCKOPT_INT
#undef BP_SOCKOPT_BOOL
    BP_SOCK_INTS
};

/* Boolean socket options: bits of sock.options. */
enum bp_sock_bool {
#define BP_SOCKOPT_INT(level, name, id, initial, min, max)
#define BP_SOCKOPT_BOOL(level, name, id) BP_SOCK_##id,
#include "socket/sockopt.def"
#undef BP_SOCKOPT_INT
#undef BP_SOCKOPT_BOOL
    BP_SOCK_BOOLS
};

struct bp_attached;
struct bp_remote;
struct bp_remote_udp;

struct bp_cred {
    u32 pid, uid, gid;
};

/*
 * What the option calls and the connection set-up need; a connected stream's data path does not
 * look here. A socket that turns out to be host-backed keeps all but the first 16 bytes.
 */
struct bp_sock {
    u16 family;
    bool host_ready;        /* listener: the host's queue may hold a connection from outside */
    bool host_unsure;       /* listener: nobody may watch the host's queue */
    bool host_was_last : 1; /* listener: the last connection came from the host's queue; local ones
                               are next */
    bool passcred : 1;      /* SO_PASSCRED */
    u8 congestion; /* TCP_CONGESTION: 1 + its number in net/tcp_congestion.def; 0: not set */
    bool urgent;   /* the byte at the mark was not read yet (socket/urgent.h) */
    s32 error;     /* SO_ERROR, positive, with BP_STATE_ERROR */
    u32 options;   /* bit n: boolean option n (enum bp_sock_bool) */
    u32 ints_set;  /* bit n: integer option n was set by the program */
    s32 ints[BP_SOCK_INTS];
    s32 rcvlowat;                      /* bytes, with BP_STATE_LOWAT */
    s32 sndbuf, rcvbuf;                /* bytes, as getsockopt tells them; 0 = default */
    s32 linger;                        /* seconds; -1 = off */
    u64 receive_timeout, send_timeout; /* ns; 0 = none */
    struct bp_cred
        cred; /* who connected, listened, or made the pair: SO_PEERCRED of the other half */
    union {
        struct {
            struct bp_inet_addr local; /* the peer's is the remote address */
            struct bp_list tuple_node; /* client half: table of live local connections */
        } inet;
        struct {
            struct bp_unix_name *name; /* bound name, shared with accepted halves; NULL = unnamed */
            u64 dev, ino;              /* of the socket file, once bound to a path */
        } un;
    };
    /* Listeners, and those in their queues. */
    struct bp_list queue; /* listener: server halves to accept; such a half: its place there */
    struct bp_list
        waiting; /* listener: clients that wait for room; such a client: its place there */
    struct bp_list hash_node; /* listener: table of listeners */
    union {
        struct {
            u32 queued, backlog; /* listener */
        };
        struct bp_file *listener; /* client that waits for room: where */
    };
    union {
        struct bp_remote
            *remote; /* wire half: its connection over a NIC (socket/remote.h), or NULL */
        struct bp_remote_udp *udp; /* host-backed: its NICs' side (socket/remote_udp.h), or NULL */
    };
};

struct bp_eventfd {
    u64 count;
    bool semaphore;
};

struct bp_timerfd {
    u32 clock;
    u64 next;     /* CLOCK_MONOTONIC ns of the next expiry not yet read; BP_NEVER when disarmed */
    u64 interval; /* ns; 0 = once */
    u32 slot;     /* the process's timer that wakes watchers */
    bool absolute_realtime;
};

struct bp_signalfd {
    u64 set;             /* bit n - 1 for signal n */
    struct bp_list node; /* table of all (signalfd.c) */
};

struct bp_epoll {
    struct bp_list members; /* all its watches */
    struct bp_list ready;   /* those that may have something to report, longest first */
};

struct bp_hostfile {
    u32 type;       /* S_IFMT of the host's descriptor */
    bool nonblock;  /* the host's O_NONBLOCK is set: it never blocks us */
    bool pollable;  /* can be watched; regular files and directories cannot */
    bool nowait;    /* RWF_NOWAIT has not been refused */
    bool in_memory; /* it has, but no read waits for a device: /proc and the like */
    bool is_socket; /* S_ISSOCK */
    bool memory;    /* the program's own, of which it sees what it has mapped: /proc/self/mem */
    u8 proc_dir; /* a directory of /proc that the personality answers for (linux/procfs.h), or 0 */
};

BP_STATIC_ASSERT(sizeof(struct bp_hostfile) <= 16, "see struct bp_sock");

struct bp_file {
    /* One cache line: all that a read or a write of a connected stream touches of each half. */
    u8 kind; /* enum bp_file_kind */
    u8 mode;
    u16 state;
    u32 refs; /* descriptors and calls that hold it */
    struct bp_lock lock;
    u32 limit;              /* bytes that the FIFO may hold */
    struct bp_list watches; /* whoever wants to be told (socket/watch.h) */
    union {
        struct bp_fifo fifo; /* what this half is to read */
        struct bp_attached
            *attached; /* BP_FILE_ATTACHED, and listeners of processes outside; else NULL */
    };
    struct bp_file *peer;

    s32 host_fd;   /* descriptor of the host in this process, or -1 */
    u32 pair_refs; /* end[0] of a pair: halves that still have references */
    struct bp_lock read_turn,
        write_turn; /* who may copy out of and into the FIFO, outside the lock; see above */
    union {
        struct bp_sock sock;
        struct bp_eventfd eventfd;
        struct bp_timerfd timerfd;
        struct bp_signalfd signalfd;
        struct bp_epoll epoll;
        struct bp_hostfile host;
    };
} BP_ALIGNED(BP_CACHE_LINE);

/* Five lines: an odd number, so that the hot lines of many descriptions spread over the sets of the
 * L1 cache. */
BP_STATIC_ASSERT(sizeof(struct bp_file) == 5 * BP_CACHE_LINE, "memory/pool.def");
BP_STATIC_ASSERT(offsetof(struct bp_file, host_fd) == BP_CACHE_LINE,
                 "the hot part is one cache line");

/* Two halves at once: one pool operation makes a connection. Freed when neither has references. */
struct bp_pair {
    struct bp_file end[2];
};

struct bp_iter;

struct bp_file_ops {
    /* Bytes moved, or negative errno. flags: MSG_*. The iterator advances. */
    long (*read)(struct bp_file *file, struct bp_iter *to, u32 flags);
    long (*write)(struct bp_file *file, struct bp_iter *from, u32 flags);
    /*
     * Events among interest that hold now (and EPOLLERR, EPOLLHUP). What comes to hold after that
     * is announced to the watches, which are linked before the call. No lock is held but the turns
     * of epoll instances.
     */
    u32 (*poll)(struct bp_file *file, u32 interest);
    /* ioctl(2); -ENOTTY for what the kind does not know. */
    long (*ioctl)(struct bp_file *file, u64 cmd, u64 arg);
    /* The last reference is gone: ends what it stands for and gives the memory back. */
    void (*release)(struct bp_file *file);
};

extern const struct bp_file_ops *const bp_file_ops[BP_FILE_KINDS];

/* A new description of one reference, in the thread's hand, that belongs to no pair. NULL when the
 * arena is exhausted. */
struct bp_file *bp_file_create(enum bp_file_kind kind, u32 mode);

/* Gives the memory of such a description back. For release functions. */
void bp_file_free(struct bp_file *file);

/* A pair whose first half has one reference, in the thread's hand, and whose second half has none
 * yet (bp_pair_adopt gives it one, for the caller to put somewhere). */
struct bp_file *bp_pair_create(enum bp_file_kind kind, u32 mode);
void bp_pair_adopt(struct bp_file *second);

/*
 * For release functions: a half lost its last reference. Returns true when the other half has none
 * either; then the caller frees the pair.
 */
bool bp_pair_leave(struct bp_file *half);
void bp_pair_free(struct bp_file *first);

BP_INLINE struct bp_file *bp_pair_first(struct bp_file *half)
{
    return half->state & BP_STATE_SECOND ? half - 1 : half;
}

BP_INLINE struct bp_file *bp_pair_second(struct bp_file *first)
{
    return first + 1;
}

/* With other processes or workers: under the file's lock, which the caller does not hold. The last
 * reference stays counted until the release is done: should its doer be killed over it, the release
 * is done again, step by step, by whoever buries him. */
void bp_file_hold_shared(struct bp_file *file);
bool bp_file_leave_shared(struct bp_file *file);

/* A reference of the calling thread's own, until it is dropped or put into a table or a message. */
BP_INLINE void bp_file_hold(struct bp_file *file)
{
    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        bp_file_hold_shared(file);
    else
        file->refs++;
}

/* Gives a reference up, unless it is the last: then returns true, and the file is the caller's to
 * release. */
BP_INLINE bool bp_file_leave(struct bp_file *file)
{
    return BP_MAY_SHARE && unlikely(bp_lock_shared) ? bp_file_leave_shared(file) : !--file->refs;
}

/* Tells the watches that the file is gone and releases it. */
void bp_file_release(struct bp_file *file);

BP_INLINE void bp_file_drop(struct bp_file *file)
{
    if (bp_file_leave(file))
        bp_file_release(file);
}

BP_INLINE bool bp_file_is_stream(const struct bp_file *file)
{
    return file->kind < BP_FILE_STREAMS;
}

/* A TCP connection that is made in memory, whoever the peer is. */
BP_INLINE bool bp_file_is_tcp(const struct bp_file *file)
{
    return file->kind == BP_FILE_TCP || file->kind == BP_FILE_ATTACHED;
}

BP_INLINE void bp_file_set_state(struct bp_file *file, u32 set, u32 clear)
{
    bp_lock(&file->lock);
    bp_set(file->state, (file->state | set) & ~clear);
    bp_unlock(&file->lock);
}

/* O_* flags as F_GETFL reports them, of a description that has no host side. */
u32 bp_file_open_flags(const struct bp_file *file);

/* The same of any description. Negative errno when the host does not tell. */
long bp_file_status_flags(struct bp_file *file);

/* st_ino of a description that has no host side: the ends of a pipe are one file. */
BP_INLINE u64 bp_file_inode(struct bp_file *file)
{
    return (u64)(file->kind == BP_FILE_PIPE ? bp_pair_first(file) : file);
}

#endif
