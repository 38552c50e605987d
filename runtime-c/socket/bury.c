#include "socket/bury.h"
#include "sched/process.h"
#include "socket/hostfile.h"
#include "socket/remote.h"
#include "socket/rights.h"
#include "socket/watch.h"

/* Who is to wait looks again: the dead one may have been the one who was told, or who would tell.
 */
static void wake(struct bp_file *file)
{
    bp_lock(&file->lock);
    bp_notify_all(file, ~0U);
    bp_unlock(&file->lock);
}

static void wake_at(struct bp_file *file)
{
    wake(file);
    if (bp_file_is_stream(file) && file->peer)
        wake(file->peer);
}

static void give_back(struct bp_file *file)
{
    if (file->kind == BP_FILE_HOST)
        bp_hostfile_forget(file);
    else
        bp_file_drop(file);
}

static void empty_hands(struct bp_estate *estate)
{
    void *object;
    u32 kind;

    while (bp_hands_inherit(estate, &kind, &object)) {
        if (kind == BP_HAND_FILE) {
            give_back(object);
        } else if (kind == BP_HAND_RIGHTS) {
            bp_rights_drop(object);
        } else if (kind == BP_HAND_NAME) {
            bp_unix_name_drop(object);
        } else if (kind == BP_HAND_CHUNK) {
            bp_hand_put(object);
            bp_chunk_put(object);
            bp_undo_forget();
        } else {
            bp_hand_put(object);
            bp_pool_put(kind - BP_HAND_POOL, object);
            bp_undo_forget();
        }
    }
}

static void close_all(struct bp_fdtable *table)
{
    table->lock = (struct bp_lock){0};
    for (u32 fd = 0; fd < table->end; fd++) {
        struct bp_file *file = bp_fd_remove(table, fd);

        if (!file)
            continue;
        if (file->kind != BP_FILE_HOST)
            wake_at(file);
        give_back(file);
    }
    bp_fdtable_close(table);
}

void bp_fds_bury(u32 place, struct bp_fdtable *table)
{
    struct bp_estate *estate = bp_process_estate(place);

    bp_remote_bury(place);
    bp_watches_bury(estate);
    close_all(table);
    empty_hands(estate);
    bp_process_leave(place);
    bp_fdtable_free(table);
    for (u32 i = 0; i < BP_UNDO_OWED; i++) {
        if (estate->undo.owed[i])
            wake(estate->undo.owed[i]);
    }
}
