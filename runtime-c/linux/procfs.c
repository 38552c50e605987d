#include "linux/procfs.h"
#include "base/host.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "linux/path.h"
#include "linux/procfs_text.h"
#include "socket/fdtable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where the host is to look. */
enum place {
    AT_STANDIN, /* /proc/<pid>/<name>: the stand-in process answers for the program */
    AT_RUNTIME, /* /proc/self/<name>: what concerns memory */
    AT_EXE,
    AT_CWD,
    AT_ROOT,
    AT_FD, /* of the runtime's descriptor, or of one of the stand-in's sockets for a fused one */
};

struct bp_procfs_entry {
    const char *name;
    enum place place;
    enum bp_procfs_dir dir;
    long (*link)(const struct bp_path *path, char *buf, size_t size);
    void (*text)(struct bp_text *text, const struct bp_procfs *own);
};

static long exe_link(const struct bp_path *path, char *buf, size_t size);
static long cwd_link(const struct bp_path *path, char *buf, size_t size);
static long root_link(const struct bp_path *path, char *buf, size_t size);
static long fd_link(const struct bp_path *path, char *buf, size_t size);
static long self_link(const struct bp_path *path, char *buf, size_t size);
static long thread_self_link(const struct bp_path *path, char *buf, size_t size);

static const struct bp_procfs_entry entries[] = {
    {"exe", AT_EXE, .link = exe_link},
    {"cwd", AT_CWD, .link = cwd_link},
    {"root", AT_ROOT, .link = root_link},
    {"fd", AT_STANDIN, .dir = BP_PROCFS_FD},
    {"fdinfo", AT_STANDIN, .dir = BP_PROCFS_FDINFO},
    {"task", AT_STANDIN, .dir = BP_PROCFS_TASK},
    {"maps", AT_STANDIN, .text = bp_procfs_maps},
    {"smaps", AT_STANDIN, .text = bp_procfs_smaps},
    {"cmdline", AT_STANDIN, .text = bp_procfs_cmdline},
    {"environ", AT_STANDIN, .text = bp_procfs_environ},
    {"auxv", AT_STANDIN, .text = bp_procfs_auxv},
    {"comm", AT_STANDIN, .text = bp_procfs_comm},
    {"status", AT_STANDIN, .text = bp_procfs_status},
    {"stat", AT_STANDIN, .text = bp_procfs_stat},
    {"statm", AT_STANDIN, .text = bp_procfs_statm},
    {"mem", .place = AT_RUNTIME},
    {"pagemap", .place = AT_RUNTIME},
    {"map_files", .place = AT_RUNTIME},
    {"io", .place = AT_RUNTIME},
};

static const struct bp_procfs_entry top = {"", AT_STANDIN, .dir = BP_PROCFS_TOP};
static const struct bp_procfs_entry self_directory = {"", AT_STANDIN, .dir = BP_PROCFS_SELF};
static const struct bp_procfs_entry self_name = {"self", AT_STANDIN, .link = self_link};
static const struct bp_procfs_entry thread_self = {"thread-self", AT_STANDIN,
                                                   .link = thread_self_link};
static const struct bp_procfs_entry fd_entry = {"fd", AT_FD, .link = fd_link};
static const struct bp_procfs_entry fdinfo_entry = {"fdinfo", AT_FD, .text = bp_procfs_fdinfo};

/* Links of every Linux system into /proc/self. whole: a call that does not follow means the link
 * itself. */
static const struct {
    const char *name, *target;
} aliases[] = {
    {"/dev/fd", "/proc/self/fd"},
    {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"},
    {"/dev/stderr", "/proc/self/fd/2"},
};

/* ---- recognising ---- */

/* The rest of a path behind its first component when that is name, or NULL. */
static const char *behind(const char *path, const char *name)
{
    size_t len = strlen(name);

    return !strncmp(path, name, len) && (path[len] == '/' || !path[len]) ? path + len : NULL;
}

/* A decimal number that is a whole component. Returns what is behind it, or NULL. */
static const char *number(const char *path, u32 *value)
{
    const char *at = path;
    u64 sum = 0;

    for (; *at >= '0' && *at <= '9' && sum < UINT32_MAX; at++)
        sum = sum * 10 + (u64)(*at - '0');
    *value = (u32)sum;
    return at > path && (*at == '/' || !*at) && (at == path + 1 || *path != '0') ? at : NULL;
}

static const char *skip_slashes(const char *path)
{
    while (*path == '/')
        path++;
    return path;
}

static const struct bp_task *own_task(u32 tid)
{
    const struct bp_task *task = bp_task_find(tid);

    return task && task->proc == bp_current_proc() ? task : NULL;
}

/* The thread that /proc/self is about; the calling one when the first thread is gone. */
static const struct bp_task *leader(void)
{
    const struct bp_task *task = own_task(bp_current_proc()->pid);

    return task ? task : bp_current_task();
}

/* Writes the host's name; rest may lie in path->name itself. */
static void rename_to(struct bp_path *path, const char *rest, const char *fmt, ...) BP_PRINTF(3, 4);

static void rename_to(struct bp_path *path, const char *rest, const char *fmt, ...)
{
    size_t len = strlen(rest);
    char head[BP_PATH_MAX];
    va_list args;
    int n;

    va_start(args, fmt);
    n = bp_vsnprintf(head, sizeof(head), fmt, args);
    va_end(args);
    if ((size_t)n + len >= sizeof(path->name)) {
        memset(path->name, '.', NAME_MAX + 1); /* ENAMETOOLONG, from whatever call follows */
        path->name[NAME_MAX + 1] = '\0';
        return;
    }
    memmove(path->name + n, rest, len + 1);
    memcpy(path->name, head, (size_t)n);
}

static void resolve_fd(struct bp_path *path, const char *rest, const char *directory)
{
    int host = bp_host_fd((int)path->own.fd);

    if (host >= 0)
        rename_to(path, rest, "/proc/self/%s/%d", directory, host);
    else if (host == -EBADF || bp_current_proc()->forked) /* which has no stand-in to borrow from */
        rename_to(path, "", "/proc/self/%s/-", directory); /* ENOENT */
    else
        rename_to(path, rest, "/proc/%u/%s/%d", bp_current_proc()->pid, directory,
                  BP_STANDIN_SOCKET);
}

static void resolve_place(struct bp_path *path, const char *rest, bool follow)
{
    const struct bp_procfs_entry *entry = path->own.entry;
    const struct bp_proc *proc = bp_current_proc();
    /* rest lies in the name that is about to change. */
    bool further = *rest, deeper = *rest && (!entry->dir || *skip_slashes(rest));

    switch (entry->place) {
    case AT_EXE:
        if (follow || further)
            rename_to(path, rest, "%s", proc->exe);
        else
            rename_to(path, "", "/proc/%u/exe", proc->pid);
        break;
    case AT_CWD:
        rename_to(path, rest, "/proc/self/fd/%d", proc->cwd_fd);
        break;
    case AT_ROOT:
        rename_to(path, rest, "/proc/self/root");
        break;
    case AT_RUNTIME:
        rename_to(path, rest, "/proc/self/%s", entry->name);
        break;
    case AT_FD:
        resolve_fd(path, rest, entry->name);
        break;
    case AT_STANDIN:
        rename_to(path, rest, "/proc/%u/%s", proc->pid, entry->name);
        break;
    }
    if (deeper)
        path->own.entry = NULL; /* something behind it, which the host knows */
}

/* What is behind /proc/self/fd/ or fdinfo/. */
static void resolve_descriptor(struct bp_path *path, const struct bp_procfs_entry *list,
                               const char *name, bool follow)
{
    const char *rest = number(name, &path->own.fd);

    path->own.entry = list->dir == BP_PROCFS_FD ? &fd_entry : &fdinfo_entry;
    if (rest) {
        resolve_place(path, rest, follow);
    } else {
        path->own.entry = NULL;
        rename_to(path, "", "/proc/self/%s/-", list->name); /* ENOENT */
    }
}

/* What is behind /proc/self/ or /proc/self/task/<tid>/. */
static void resolve_entry(struct bp_path *path, const char *name, bool follow)
{
    name = skip_slashes(name);
    path->own.entry = *name ? NULL : &self_directory;
    for (u32 i = 0; i < ARRAY_SIZE(entries); i++) {
        const char *rest = behind(name, entries[i].name), *inner;
        u32 tid;

        if (!rest)
            continue;
        inner = skip_slashes(rest);
        path->own.entry = &entries[i];
        if (entries[i].dir == BP_PROCFS_TASK && *inner) {
            rest = number(inner, &tid);
            path->own.task = rest ? own_task(tid) : NULL;
            if (path->own.task)
                return resolve_entry(path, rest, follow);
            rename_to(path, "", "/proc/self/task/-"); /* ENOENT */
            path->own.entry = NULL;
            return;
        }
        if (entries[i].dir && *inner)
            return resolve_descriptor(path, &entries[i], inner, follow);
        return resolve_place(path, rest, follow);
    }
    rename_to(path, name, "/proc/%u/", bp_current_proc()->pid);
}

/* A name in /proc itself. */
static void resolve_top(struct bp_path *path, const char *name, bool follow)
{
    const struct bp_procfs_entry *link = NULL;
    const struct bp_task *task = leader();
    const char *rest;
    u32 id;

    if ((rest = behind(name, "self")))
        link = &self_name;
    else if ((rest = behind(name, "thread-self")))
        link = &thread_self, task = bp_current_task();
    else if (!(rest = number(name, &id)) || !(task = own_task(id)))
        return;
    path->own.task = task;
    if (link && !*rest && !follow)
        path->own.entry = link; /* the host's link will do for lstat(2) */
    else
        resolve_entry(path, rest, follow);
}

static void resolve_alias(struct bp_path *path, bool follow)
{
    for (u32 i = 0; i < ARRAY_SIZE(aliases); i++) {
        const char *rest = behind(path->name, aliases[i].name);

        if (rest && (follow || *rest))
            return rename_to(path, rest, "%s", aliases[i].target);
    }
}

void bp_procfs_resolve(struct bp_path *path, bool follow)
{
    const char *rest;

    path->own = (struct bp_procfs){0};
    if (unlikely(!strncmp(path->name, "/dev/", 5)))
        resolve_alias(path, follow);
    if (likely(strncmp(path->name, "/proc", 5)))
        return;
    rest = behind(path->name, "/proc");
    if (!rest)
        return;
    rest = skip_slashes(rest);
    if (*rest)
        resolve_top(path, rest, follow);
    else
        path->own.entry = &top;
}

const char *bp_procfs_prefix(enum bp_procfs_dir dir)
{
    static const char *const prefixes[] = {
        [BP_PROCFS_TOP] = "/proc/",
        [BP_PROCFS_SELF] = "/proc/self/",
        [BP_PROCFS_FD] = "/proc/self/fd/",
        [BP_PROCFS_FDINFO] = "/proc/self/fdinfo/",
        [BP_PROCFS_TASK] = "/proc/self/task/",
    };

    return prefixes[dir];
}

enum bp_procfs_dir bp_procfs_dir_of(const struct bp_path *path)
{
    return path->own.entry ? path->own.entry->dir : BP_PROCFS_NO_DIR;
}

bool bp_procfs_is_memory(const struct bp_path *path)
{
    return path->own.entry && !strcmp(path->own.entry->name, "mem");
}

bool bp_procfs_is_fused(const struct bp_path *path)
{
    return path->own.entry == &fd_entry && bp_host_fd((int)path->own.fd) == -EINVAL;
}

/* ---- links ---- */

static long put_link(char *buf, size_t size, const char *target)
{
    size_t len = BP_MIN(strlen(target), size);

    memcpy(buf, target, len);
    return (long)len;
}

static long exe_link(const struct bp_path *path, char *buf, size_t size)
{
    return put_link(buf, size, path->own.task->proc->exe);
}

static long host_link(const char *name, char *buf, size_t size)
{
    return bp_host(SYS_readlinkat, AT_FDCWD, name, buf, size);
}

static long cwd_link(const struct bp_path *path, char *buf, size_t size)
{
    return host_link(path->name, buf, size);
}

static long root_link(const struct bp_path *path, char *buf, size_t size)
{
    return host_link(path->name, buf, size);
}

static long self_link(const struct bp_path *path, char *buf, size_t size)
{
    char id[16];

    bp_snprintf(id, sizeof(id), "%u", path->own.task->proc->pid);
    return put_link(buf, size, id);
}

static long thread_self_link(const struct bp_path *path, char *buf, size_t size)
{
    char name[40];

    bp_snprintf(name, sizeof(name), "%u/task/%u", path->own.task->proc->pid, path->own.task->tid);
    return put_link(buf, size, name);
}

static long fd_link(const struct bp_path *path, char *buf, size_t size)
{
    static const char *const formats[BP_FILE_KINDS] = {
        [BP_FILE_TCP] = "socket:[%lu]",
        [BP_FILE_UNIX] = "socket:[%lu]",
        [BP_FILE_LISTENER] = "socket:[%lu]",
        [BP_FILE_ATTACHED] = "socket:[%lu]",
        [BP_FILE_PIPE] = "pipe:[%lu]",
        [BP_FILE_EVENTFD] = "anon_inode:[eventfd]",
        [BP_FILE_TIMERFD] = "anon_inode:[timerfd]",
        [BP_FILE_EPOLL] = "anon_inode:[eventpoll]",
        [BP_FILE_USERFAULT] = "anon_inode:[userfaultfd]",
    };
    struct bp_file *file = bp_fd_get(path->own.fd);
    const char *format;
    char name[40];

    if (!file)
        return -ENOENT;
    format = formats[file->kind];
    if (format)
        bp_snprintf(name, sizeof(name), format, bp_file_inode(file));
    bp_fd_put(file);
    return format ? put_link(buf, size, name) : host_link(path->name, buf, size);
}

long bp_procfs_readlink(const struct bp_path *path, char *buf, size_t size)
{
    const struct bp_procfs_entry *entry = path->own.entry;

    return entry && entry->link ? entry->link(path, buf, size) : -EOPNOTSUPP;
}

/* ---- opening ---- */

long bp_procfs_open(const struct bp_path *path, u64 flags)
{
    const struct bp_procfs_entry *entry = path->own.entry;
    bool writes = (flags & O_ACCMODE) != O_RDONLY;

    if (likely(!entry) || flags & O_PATH)
        return -EOPNOTSUPP;
    if (entry->text == bp_procfs_comm && writes)
        return -EACCES; /* would name the stand-in, not the thread: prctl(PR_SET_NAME) does */
    if (entry->text && !writes && !(flags & O_DIRECTORY))
        return bp_procfs_text_open(entry->text, &path->own);
    if (entry->place == AT_EXE && writes && !(flags & O_NOFOLLOW)) {
        long ret = bp_host(SYS_faccessat2, AT_FDCWD, path->name, W_OK, AT_EACCESS);

        return ret ? ret : -ETXTBSY; /* the host lets a mapped file be written */
    }
    return -EOPNOTSUPP;
}

/* ---- lists ---- */

enum {
    LIST_DOTS = 2 /* positions 0 and 1 are "." and ".."; then come numbers, from 0 on */
};

/* The first descriptor that is open, or thread that lives, whose number is at least from. False
 * when there is none. */
static bool next_number(enum bp_procfs_dir dir, u64 from, u32 *number)
{
    struct bp_proc *proc = bp_current_proc();
    bool found = false;

    if (dir != BP_PROCFS_TASK) {
        for (; from < proc->fds->end && !found; from++) {
            found = READ_ONCE(proc->fds->files[from]);
            *number = (u32)from;
        }
        return found;
    }
    bp_lock(&proc->lock);
    bp_list_for_each (node, &proc->tasks) {
        u32 tid = bp_list_entry(node, struct bp_task, node)->tid;

        if (tid >= from && (!found || tid < *number)) {
            *number = tid;
            found = true;
        }
    }
    bp_unlock(&proc->lock);
    return found;
}

/* getdents(2): the two layouts differ in where the type is. */
struct old_dirent {
    u64 ino, off;
    u16 reclen;
    char name[]; /* its NUL, padding, and the type as the last byte */
};

/* One entry at user. Returns its size, 0 when it does not fit, or -EFAULT. */
static long put_entry(u64 user, u64 room, const char *name, u64 next, u8 type, bool old_layout)
{
    union {
        struct dirent64 entry;
        struct old_dirent old;
        u8 bytes[64];
    } u = {0};
    size_t len = strlen(name) + 1, size;

    size = BP_ALIGN_UP(
        (old_layout ? offsetof(struct old_dirent, name) + 1 : offsetof(struct dirent64, d_name)) +
            len,
        sizeof(u64));
    if (size > room)
        return 0;
    u.entry.d_ino = next + 1;
    u.entry.d_off = (s64)next;
    u.entry.d_reclen = (u16)size;
    if (old_layout) {
        memcpy(u.old.name, name, len);
        u.bytes[size - 1] = type;
    } else {
        memcpy(u.entry.d_name, name, len);
        u.entry.d_type = type;
    }
    return bp_copy((void *)user, &u, size) ? -EFAULT : (long)size;
}

long bp_procfs_list(const struct bp_file *dir, u64 user, u32 size, bool old_layout)
{
    static const u8 types[] = {
        [BP_PROCFS_FD] = DT_LNK, [BP_PROCFS_FDINFO] = DT_REG, [BP_PROCFS_TASK] = DT_DIR};
    enum bp_procfs_dir kind = dir->host.proc_dir;
    long at = bp_host(SYS_lseek, dir->host_fd, 0, SEEK_CUR), n = 0;
    u32 done = 0, number;

    if (at < 0)
        return at;
    while (at < LIST_DOTS || next_number(kind, (u64)at - LIST_DOTS, &number)) {
        char name[16] = "..";
        u8 type = DT_DIR;

        if (at >= LIST_DOTS) {
            bp_snprintf(name, sizeof(name), "%u", number);
            at = (long)number + LIST_DOTS;
            type = types[kind];
        } else {
            name[at + 1] = '\0';
        }
        n = put_entry(user + done, size - done, name, (u64)at + 1, type, old_layout);
        if (n <= 0)
            break;
        done += (u32)n;
        at++;
    }
    if (!done)
        return n < 0                                                               ? n
               : at < LIST_DOTS || next_number(kind, (u64)at - LIST_DOTS, &number) ? -EINVAL
                                                                                   : 0;
    bp_host(SYS_lseek, dir->host_fd, at, SEEK_SET);
    return done;
}
