#include "socket/rights.h"
#include "base/host.h"
#include "sched/hand.h"
#include "sched/process.h"
#include "socket/hostfile.h"
#include "socket/parcel.h"

#include <errno.h>
#include <sys/syscall.h>

/* What each worker has to drop once it is done with what it is dropping. Private to the process. */
static struct {
    bool dropping;
    struct bp_rights *pending;
} workers[BP_WORKERS_MAX];

struct bp_rights *bp_rights_create(void)
{
    struct bp_rights *rights = NULL;

    if (bp_pool_in_use(BP_POOL_RIGHTS) < BP_RIGHTS_IN_FLIGHT_MAX)
        rights = bp_pool_get(BP_POOL_RIGHTS);
    if (rights) {
        rights->count = rights->parcel = 0;
        rights->process = bp_process_self;
        bp_hand_take(BP_HAND_RIGHTS, rights);
    }
    bp_undo_forget();
    return rights;
}

/* ---- from process to process ---- */

/* Those of the host, in their order; returns how many. */
static u32 host_files(struct bp_rights *rights, struct bp_file **files[])
{
    u32 count = 0;

    for (u32 i = 0; i < rights->count; i++) {
        if (rights->files[i]->kind == BP_FILE_HOST)
            files[count++] = &rights->files[i];
    }
    return count;
}

/* Puts a file of the hand in the place of another one, which comes into the hand. */
static struct bp_file *exchange(struct bp_file **place, struct bp_file *file)
{
    struct bp_file *before = *place;

    if (before)
        bp_hand_take(BP_HAND_FILE, before);
    bp_set(*place, file);
    bp_hand_put(file);
    bp_undo_forget();
    return before;
}

void bp_rights_add(struct bp_rights *rights, struct bp_file *file)
{
    rights->files[rights->count] = NULL;
    exchange(&rights->files[rights->count], file);
    rights->count++;
}

struct bp_file *bp_rights_take(struct bp_rights *rights)
{
    struct bp_file *file = rights->files[rights->count - 1];

    bp_hand_take(BP_HAND_FILE, file);
    bp_set(rights->count, rights->count - 1);
    bp_undo_forget();
    return file;
}

long bp_rights_pack(struct bp_rights *rights)
{
    struct bp_file **files[BP_RIGHTS_MAX];
    int fds[BP_RIGHTS_MAX];
    u32 count = bp_process_shared() ? host_files(rights, files) : 0;
    long parcel;

    if (!count)
        return 0;
    for (u32 i = 0; i < count; i++)
        fds[i] = (*files[i])->host_fd;
    parcel = bp_parcel_send(fds, count);
    if (parcel < 0)
        return parcel;
    rights->parcel = (u32)parcel;
    for (u32 i = 0; i < count; i++) {
        struct bp_file *twin = bp_hostfile_twin(*files[i], -1);

        if (!twin)
            return -ENOMEM;
        bp_file_drop(exchange(files[i], twin));
    }
    return 0;
}

/* Sent before there was a second process: the sender's descriptors are its own. */
static bool is_foreign(const struct bp_rights *rights)
{
    return !rights->parcel && rights->process != bp_process_self;
}

/* A host descriptor of another process is a number that means something else here: that process
 * closes it at its end. */
static void drop_foreign(struct bp_file *file)
{
    if (file->kind != BP_FILE_HOST)
        bp_file_drop(file);
    else
        bp_hostfile_forget(file);
}

/* -1 for what its owner does not have any more. */
static void fetch_from_owner(u32 place, struct bp_file **files[], int *fds, u32 count)
{
    long owner = bp_host(SYS_pidfd_open, *bp_process_pid_word(place), 0);

    for (u32 i = 0; i < count; i++) {
        struct bp_file *twin = bp_hostfile_twin(*files[i], -1);

        fds[i] = twin ? (int)bp_host(SYS_pidfd_getfd, owner, (*files[i])->host_fd, 0) : -1;
        drop_foreign(exchange(files[i], twin));
    }
    if (!bp_is_error(owner))
        bp_host(SYS_close, owner);
}

/* Takes out those that did not arrive. */
static bool compact(struct bp_rights *rights)
{
    u32 kept = 0, count = rights->count;

    for (u32 i = 0; i < count; i++) {
        struct bp_file *file = rights->files[i];

        if (!file)
            continue;
        if (file->kind == BP_FILE_HOST && file->host_fd < 0) {
            bp_hostfile_forget(exchange(&rights->files[i], NULL));
            continue;
        }
        bp_set(rights->files[i], NULL);
        bp_set(rights->files[kept], file);
        bp_undo_forget();
        kept++;
    }
    rights->count = kept;
    return kept == count;
}

bool bp_rights_unpack(struct bp_rights *rights)
{
    struct bp_file **files[BP_RIGHTS_MAX];
    int fds[BP_RIGHTS_MAX];
    u32 count = rights->parcel || is_foreign(rights) ? host_files(rights, files) : 0;
    long arrived = count;

    if (!count)
        return true;
    if (rights->parcel)
        arrived = bp_parcel_take(rights->parcel, fds);
    else
        fetch_from_owner(rights->process, files, fds, count);
    rights->parcel = 0;
    rights->process = bp_process_self;
    for (u32 i = 0; i < count; i++) {
        if (*files[i])
            (*files[i])->host_fd = (long)i < arrived ? fds[i] : -1;
    }
    return compact(rights);
}

/* ---- the end ---- */

static void drop_files(struct bp_rights *rights)
{
    int fds[BP_RIGHTS_MAX];
    long count = rights->parcel ? bp_parcel_take(rights->parcel, fds) : 0;

    for (long i = 0; i < count; i++)
        bp_host(SYS_close, fds[i]);
    while (rights->count) {
        struct bp_file *file = bp_rights_take(rights);

        if (!file)
            continue;
        if (is_foreign(rights))
            drop_foreign(file);
        else
            bp_file_drop(file);
    }
}

void bp_rights_drop(struct bp_rights *rights)
{
    u32 cpu = bp_cpu(); /* stays the same: nothing here parks */

    if (!rights)
        return;
    rights->next = workers[cpu].pending;
    workers[cpu].pending = rights;
    if (workers[cpu].dropping)
        return;
    workers[cpu].dropping = true;
    while ((rights = workers[cpu].pending)) {
        workers[cpu].pending = rights->next;
        drop_files(rights);
        bp_hand_put(rights);
        bp_pool_put(BP_POOL_RIGHTS, rights);
        bp_undo_forget();
    }
    workers[cpu].dropping = false;
}
