/*
 * Descriptor tables, one for each program. They lie in the arena, so that what a killed process
 * held can be given back by another, but only their own process uses them. The arrays cover every
 * descriptor that can exist and are only reserved address space until touched, so they never move
 * and looking one up takes no lock.
 *
 * A reference goes from the thread's hand into the table and back under the table's lock
 * (sched/hand.h). The bits and bounds need no note: they are for their process only.
 */
#ifndef BP_SOCKET_FDTABLE_H
#define BP_SOCKET_FDTABLE_H

#include "base/base.h"
#include "base/lock.h"
#include "sched/sched.h"
#include "socket/file.h"

enum {
    BP_FD_MAX = 1 << 20
};

/* 64 descriptors, a bit for each. */
struct bp_fd_word {
    u64 used, cloexec;
};

struct bp_fdtable {
    struct bp_file **files;
    u32 limit;    /* RLIMIT_NOFILE: descriptors below it may be handed out */
    bool threads; /* several threads use it: one may close what another one's call works on */
    u32 next;     /* no free descriptor below it */
    struct bp_fd_word *words;
    u64 *full;        /* bit per word that has no descriptor free */
    u32 record_locks; /* files that the program may have locked (socket/reclock.h) */
    u32 end;          /* no descriptor at or above it was ever used */
    struct bp_lock lock;
};

/* An empty table. NULL when address space is short. */
struct bp_fdtable *bp_fdtable_create(u32 limit);
/* The same, told to *to in the arena (bp_arena_alloc_to). */
struct bp_fdtable *bp_fdtable_create_to(struct bp_fdtable **to, u32 limit);

/* Closes everything and frees the table. On a thread or in a worker's own context; nobody uses it
 * any more. */
void bp_fdtable_destroy(struct bp_fdtable *table);
/* The two halves of that. What was noted before bp_fdtable_free (base/undo.h) is whole with it. */
void bp_fdtable_close(struct bp_fdtable *table);
void bp_fdtable_free(struct bp_fdtable *table);

/*
 * The same descriptors for an empty table (fork): inherit gives the description for each, with a
 * reference, or NULL when memory is short; then false is returned, and some are there.
 */
bool bp_fdtable_copy(struct bp_fdtable *copy, struct bp_fdtable *table,
                     struct bp_file *(*inherit)(struct bp_file *file));

/* Whether one of its descriptors is of that description, which is not looked at. */
bool bp_fdtable_has(const struct bp_fdtable *table, const struct bp_file *file);

/* Closes what has FD_CLOEXEC (execve). */
void bp_fdtable_close_on_exec(struct bp_fdtable *table);

/* RLIMIT_NOFILE was changed: descriptors above stay open. */
void bp_fdtable_set_limit(struct bp_fdtable *table, u32 limit);

/* The program gets a second thread: from now on a lookup takes a reference. */
void bp_fdtable_add_thread(struct bp_fdtable *table);

/*
 * Gives file the lowest free descriptor that is at least min; the table takes over the caller's
 * reference. Returns the descriptor or -EMFILE, and then the reference is still the caller's.
 */
int bp_fd_install_from(struct bp_fdtable *table, struct bp_file *file, u32 min, bool cloexec);

BP_INLINE int bp_fd_install(struct bp_file *file, bool cloexec)
{
    return bp_fd_install_from(bp_current()->fds, file, 0, cloexec);
}

/*
 * Takes the lowest free descriptor before there is a description for it, so that no other thread
 * gets it while the opening waits. Nobody finds anything there until bp_fd_fill, which takes over
 * the caller's reference; without a file it gives the descriptor back. Returns it or -EMFILE.
 */
int bp_fd_reserve(struct bp_fdtable *table);
void bp_fd_fill(struct bp_fdtable *table, u32 fd, struct bp_file *file, bool cloexec);

/*
 * Puts file at exactly fd, closing what is there (dup2). Takes over the reference. Returns fd;
 * -EBADF (out of range) or -EBUSY (reserved), and then the reference is still the caller's.
 */
int bp_fd_install_at(struct bp_fdtable *table, struct bp_file *file, u32 fd, bool cloexec);

/* Frees a descriptor and returns its description with the table's reference, or NULL when it is not
 * open. */
struct bp_file *bp_fd_remove(struct bp_fdtable *table, u32 fd);

int bp_fd_get_cloexec(u64 fd);               /* 0, 1 or -EBADF */
int bp_fd_set_cloexec(u64 fd, bool cloexec); /* 0 or -EBADF */

struct bp_file *bp_fd_get_slow(struct bp_fdtable *table, u32 fd);

/*
 * The description behind a descriptor of the current program, or NULL. Valid until bp_fd_put, over
 * parks too. A program of one thread cannot close what it is using, so no reference is taken then.
 */
BP_INLINE struct bp_file *bp_fd_get(u64 fd)
{
    struct bp_fdtable *table = bp_current()->fds;

    if (unlikely((u32)fd >= BP_FD_MAX))
        return NULL;
    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        return bp_fd_get_slow(table, (u32)fd);
    struct bp_file *file = table->files[(u32)fd];
    if (table->threads && file)
        file->refs++;
    return file;
}

BP_INLINE void bp_fd_put(struct bp_file *file)
{
    if (bp_current()->fds->threads)
        bp_file_drop(file);
}

/*
 * The host's descriptor behind one of the current program: -EBADF when it is not open, -EINVAL when
 * it is a channel of the runtime and the host knows nothing of it. Valid as long as the program
 * keeps it open.
 */
int bp_host_fd(int fd);

#endif
