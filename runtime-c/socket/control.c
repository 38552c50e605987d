#include "sched/hand.h"
#include "socket/control.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <sys/syscall.h>

long bp_control_get(struct bp_control *control, const struct msghdr *msg)
{
    *control = (struct bp_control){.length = msg->msg_controllen};
    if (control->length > BP_CHUNK_MEDIUM_BYTES)
        return -ENOBUFS;
    if (control->length && !msg->msg_control)
        return -EFAULT;
    if (control->length < sizeof(struct cmsghdr)) {
        control->length = 0;
        return 0;
    }
    control->bytes = bp_buffer_get(BP_POOL_CHUNK_MEDIUM);
    if (!control->bytes)
        return -ENOBUFS;
    return bp_copy_in(control->bytes, msg->msg_control, control->length);
}

void bp_control_release(struct bp_control *control)
{
    if (control->bytes)
        bp_buffer_put(BP_POOL_CHUNK_MEDIUM, control->bytes);
}

struct cmsghdr *bp_control_next(const struct bp_control *control, size_t *offset, long *ret)
{
    struct cmsghdr *message = (struct cmsghdr *)(control->bytes + *offset);
    size_t left = control->length - *offset;

    if (left < sizeof(*message))
        return NULL;
    if (message->cmsg_len < sizeof(*message) || message->cmsg_len > left) {
        *ret = -EINVAL;
        return NULL;
    }
    *offset += BP_MIN(CMSG_ALIGN(message->cmsg_len), left);
    return message;
}

BP_INLINE bool is(const struct cmsghdr *message, int type)
{
    return message->cmsg_level == SOL_SOCKET && message->cmsg_type == type;
}

BP_INLINE u32 descriptor_count(const struct cmsghdr *message)
{
    return (u32)((message->cmsg_len - CMSG_LEN(0)) / sizeof(int));
}

/* ---- to and from local streams ---- */

static long add_descriptors(struct bp_rights *rights, const struct cmsghdr *message)
{
    const int *fds = (const int *)CMSG_DATA(message);

    for (u32 i = 0; i < descriptor_count(message); i++) {
        struct bp_file *file = bp_fd_get((u32)fds[i]);

        if (!file)
            return -EBADF;
        if (rights->count == BP_RIGHTS_MAX) {
            bp_fd_put(file);
            return -EINVAL;
        }
        bp_file_hold(file);
        bp_fd_put(file);
        bp_rights_add(rights, file);
    }
    return 0;
}

static long check_credentials(struct bp_rights *rights, const struct cmsghdr *message)
{
    const struct bp_cred *claimed = (const struct bp_cred *)CMSG_DATA(message);
    bool privileged = rights->cred.uid == 0;

    if (message->cmsg_len != CMSG_LEN(sizeof(*claimed)))
        return -EINVAL;
    if (!privileged && (claimed->pid != rights->cred.pid || claimed->uid != rights->cred.uid ||
                        claimed->gid != rights->cred.gid))
        return -EPERM;
    rights->cred = *claimed;
    return 0;
}

static long collect(const struct bp_control *control, u16 family, struct bp_rights *rights)
{
    struct cmsghdr *message;
    size_t offset = 0;
    long ret = 0;

    while (!ret && (message = bp_control_next(control, &offset, &ret))) {
        if (is(message, SCM_RIGHTS))
            ret = family == AF_UNIX ? add_descriptors(rights, message)
                                    : 0; /* Linux ignores it on TCP */
        else if (is(message, SCM_CREDENTIALS))
            ret = family == AF_UNIX ? check_credentials(rights, message) : 0;
        else if (message->cmsg_level == SOL_SOCKET || family != AF_UNIX)
            ret = -EINVAL;
    }
    return ret;
}

long bp_control_to_rights(const struct bp_control *control, u16 family, struct bp_rights **rights)
{
    long ret;

    *rights = NULL;
    if (!control->length)
        return 0;
    *rights = bp_rights_create();
    if (!*rights)
        return -ETOOMANYREFS;
    bp_upcalls.credentials(&(*rights)->cred);
    ret = collect(control, family, *rights);
    if (!ret)
        ret = bp_rights_pack(*rights);
    if (ret || family != AF_UNIX) {
        bp_rights_drop(*rights);
        *rights = NULL;
    }
    return ret;
}

long bp_control_put(struct bp_control_sink *sink, int level, int type, const void *data,
                    size_t size)
{
    struct cmsghdr header = {.cmsg_level = level, .cmsg_type = type};
    size_t left = sink->room - sink->used;

    if (left < sizeof(header)) {
        sink->flags |= MSG_CTRUNC;
        return 0;
    }
    header.cmsg_len = CMSG_LEN(size);
    if (left < header.cmsg_len) {
        sink->flags |= MSG_CTRUNC;
        header.cmsg_len = left;
        size = left - sizeof(header);
    }
    if (bp_copy((void *)(sink->user + sink->used), &header, sizeof(header)) ||
        bp_copy_out((void *)(sink->user + sink->used + sizeof(header)), data, size))
        return -EFAULT;
    sink->used += BP_MIN(CMSG_ALIGN(header.cmsg_len), left);
    return 0;
}

/* Installs as many descriptors as fit and tells their numbers. The rest is closed. */
static long put_descriptors(struct bp_control_sink *sink, struct bp_rights *rights, bool cloexec)
{
    size_t left = sink->room - sink->used;
    u32 fits =
        left > sizeof(struct cmsghdr) ? (u32)((left - sizeof(struct cmsghdr)) / sizeof(int)) : 0;
    int fds[BP_RIGHTS_MAX];
    u32 done = 0;

    while (done < BP_MIN(fits, rights->count)) {
        bp_file_hold(rights->files[done]); /* the other one goes with the rights */
        fds[done] = bp_fd_install(rights->files[done], cloexec);
        if (fds[done] < 0) {
            bp_file_drop(rights->files[done]);
            break;
        }
        done++;
    }
    if (done < rights->count)
        sink->flags |= MSG_CTRUNC;
    return done ? bp_control_put(sink, SOL_SOCKET, SCM_RIGHTS, fds, done * sizeof(int)) : 0;
}

long bp_control_from_rights(struct msghdr *msg, struct bp_rights *rights, bool with_cred,
                            bool cloexec)
{
    struct bp_control_sink sink = {.user = (u64)msg->msg_control,
                                   .room = msg->msg_control ? msg->msg_controllen : 0};
    struct bp_cred nobody = {0, 65534, 65534};
    long ret = 0;

    if (with_cred)
        ret = bp_control_put(&sink, SOL_SOCKET, SCM_CREDENTIALS, rights ? &rights->cred : &nobody,
                             sizeof(nobody));
    if (rights && !bp_rights_unpack(rights))
        sink.flags |= MSG_CTRUNC;
    if (!ret && rights && rights->count)
        ret = put_descriptors(&sink, rights, cloexec);
    bp_rights_drop(rights);
    msg->msg_controllen = sink.used;
    msg->msg_flags |= sink.flags;
    return ret;
}

/* ---- to and from the host ---- */

long bp_control_to_host(struct bp_control *control)
{
    struct cmsghdr *message;
    size_t offset = 0;
    long ret = 0;

    while (!ret && (message = bp_control_next(control, &offset, &ret))) {
        int *fds = (int *)CMSG_DATA(message);

        if (!is(message, SCM_RIGHTS))
            continue;
        for (u32 i = 0; i < descriptor_count(message) && !ret; i++) {
            struct bp_file *file = bp_fd_get((u32)fds[i]);

            if (!file)
                return -EBADF;
            fds[i] = file->host_fd;
            ret = file->kind == BP_FILE_HOST
                      ? 0
                      : -EOPNOTSUPP; /* a local channel cannot leave the runtime */
            bp_fd_put(file);
        }
    }
    return ret;
}

static int adopt(int host_fd, bool cloexec)
{
    struct bp_file *file = bp_hostfile_create(host_fd);
    int fd = file ? bp_fd_install(file, cloexec) : -ENOBUFS;

    if (!file)
        bp_host(SYS_close, host_fd);
    else if (fd < 0)
        bp_file_drop(file);
    return fd;
}

long bp_control_from_host(const struct msghdr *msg, bool cloexec)
{
    struct bp_control control;
    struct cmsghdr *message;
    size_t offset = 0;
    long ret = bp_control_get(&control, msg);

    while (!ret && control.length && (message = bp_control_next(&control, &offset, &ret))) {
        int *fds = (int *)CMSG_DATA(message);
        u64 user = (u64)msg->msg_control + (u64)((u8 *)fds - control.bytes);

        if (!is(message, SCM_RIGHTS))
            continue;
        for (u32 i = 0; i < descriptor_count(message); i++)
            fds[i] = adopt(fds[i], cloexec);
        ret = bp_copy_out((void *)user, fds, descriptor_count(message) * sizeof(int));
    }
    bp_control_release(&control);
    return ret;
}
