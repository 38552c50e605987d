#include "linux/procfs_text.h"
#include "linux/seccomp.h"
#include "base/host.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/proc_dir.h"
#include "base/uaccess.h"
#include "entry/shared_text.h"
#include "linux/usage.h"
#include "socket/fdtable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- the file in the making ---- */

static void flush(struct bp_text *text)
{
    const u8 *at = text->pending;

    while (text->used && !text->error) {
        long n = bp_host(SYS_write, text->fd, at, text->used);

        if (n < 0)
            text->error = n;
        else
            text->used -= (u32)n, at += n;
    }
    text->used = 0;
}

void bp_text_put(struct bp_text *text, const void *bytes, size_t len)
{
    while (len) {
        size_t n = BP_MIN(len, sizeof(text->pending) - text->used);

        memcpy(text->pending + text->used, bytes, n);
        text->used += (u32)n;
        len -= n, bytes = (const u8 *)bytes + n;
        if (text->used == sizeof(text->pending))
            flush(text);
    }
}

void bp_text_printf(struct bp_text *text, const char *fmt, ...)
{
    char line[256];
    va_list args;
    int n;

    va_start(args, fmt);
    n = bp_vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    bp_text_put(text, line, BP_MIN((size_t)n, sizeof(line) - 1));
}

long bp_procfs_text_open(void (*make)(struct bp_text *, const struct bp_procfs *),
                         const struct bp_procfs *own)
{
    struct bp_text text;
    char link[40];
    long fd;

    text.fd = bp_host(SYS_memfd_create, "proc", MFD_CLOEXEC);
    text.error = text.used = 0;
    if (text.fd < 0)
        return text.fd;
    make(&text, own);
    flush(&text);
    bp_snprintf(link, sizeof(link), "self/fd/%ld", text.fd);
    fd = text.error ? text.error : bp_host(SYS_openat, bp_proc_dir(), link, O_RDONLY | O_CLOEXEC);
    bp_host(SYS_close, text.fd);
    return fd;
}

/* ---- reading what the host says, by lines ---- */

struct lines {
    long fd;
    u32 at, end;
    char buf[BP_PATH_MAX + 256]; /* longer lines are cut in two; the kernel's are not */
};

static void lines_open(struct lines *lines, const char *name)
{
    lines->fd = bp_host(SYS_openat, bp_proc_dir(), name, O_RDONLY | O_CLOEXEC);
    lines->at = lines->end = 0;
}

static void lines_open_standin(struct lines *lines, const struct bp_procfs *own, const char *entry)
{
    char name[40];

    bp_snprintf(name, sizeof(name), "%u/%s", own->task->proc->pid, entry);
    lines_open(lines, name);
}

static char *find_end(struct lines *lines)
{
    for (u32 i = lines->at; i < lines->end; i++) {
        if (lines->buf[i] == '\n')
            return &lines->buf[i];
    }
    return NULL;
}

/* The next line without its end, valid until the next call; NULL after the last, and the file is
 * closed. */
static char *lines_next(struct lines *lines)
{
    char *end, *line;

    while (!(end = find_end(lines))) {
        long n;

        memmove(lines->buf, lines->buf + lines->at, lines->end - lines->at);
        lines->end -= lines->at;
        lines->at = 0;
        n = lines->end < sizeof(lines->buf) - 1
                ? bp_host(SYS_read, lines->fd, lines->buf + lines->end,
                          sizeof(lines->buf) - 1 - lines->end)
                : 0;
        if (n <= 0)
            break;
        lines->end += (u32)n;
    }
    if (!end && lines->at == lines->end) {
        if (lines->fd >= 0)
            bp_host(SYS_close, lines->fd);
        return NULL;
    }
    line = lines->buf + lines->at;
    lines->at = end ? (u32)(end + 1 - lines->buf) : lines->end;
    lines->buf[end ? (u32)(end - lines->buf) : lines->end] = '\0';
    return line;
}

static u64 hex(const char **at)
{
    u64 value = 0;

    for (;; (*at)++) {
        char c = **at;

        if (c >= '0' && c <= '9')
            value = value * 16 + (u64)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (u64)(c - 'a' + 10);
        else
            return value;
    }
}

static u64 decimal(const char *at)
{
    u64 value = 0;

    while (*at == ' ' || *at == '\t')
        at++;
    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (u64)(*at - '0');
    return value;
}

/* The number whose decimal digits are the octal ones of value. */
static u64 octal(u64 value)
{
    return value ? octal(value / 8) * 10 + value % 8 : 0;
}

/* Behind the first word of a line. */
static const char *behind_word(const char *at)
{
    while (*at == ' ')
        at++;
    while (*at && *at != ' ')
        at++;
    return at;
}

/* ---- maps ---- */

struct mapping {
    u64 start, end;
    bool executable;
    bool own; /* lies in the program's slot and is no thunk, or is the vDSO, which its auxiliary
                 vector names */
};

/* Whether a line of maps or smaps begins a mapping; of smaps, what follows is about it. */
static bool parse_mapping(const char *line, const struct bp_proc *proc, struct mapping *out)
{
    const char *at = line;
    size_t len = strlen(line);

    if (!(*at >= '0' && *at <= '9') && !(*at >= 'a' && *at <= 'f'))
        return false;
    out->start = hex(&at);
    if (*at++ != '-')
        return false;
    out->end = hex(&at);
    out->executable = at[0] && at[1] && at[2] && at[3] == 'x';
    out->own =
        (bp_slot_owns(proc->slot, out->start, out->end - out->start) &&
         !bp_slot_is_thunk(out->start)) ||
        (len > 6 && (!strcmp(line + len - 6, "[vdso]") || !strcmp(line + len - 6, "[vvar]")));
    return true;
}

static const char *label(const struct mapping *map, const struct bp_proc *proc)
{
    if (map->start >= proc->slot->brk_start && map->start < proc->slot->brk)
        return "[heap]";
    return proc->stack >= map->start && proc->stack < map->end ? "[stack]" : NULL;
}

enum {
    NAME_COLUMN = 73 /* where the kernel puts names */
};

/* name may be NULL. */
static void put_line(struct bp_text *text, const char *line, size_t len, const char *name)
{
    bp_text_put(text, line, len);
    for (; name && len < NAME_COLUMN; len++)
        bp_text_put(text, " ", 1);
    if (name)
        bp_text_put(text, name, strlen(name));
    bp_text_put(text, "\n", 1);
}

/* makedev(3): the C library's encoding of st_dev. */
static u32 device_major(u64 dev)
{
    return (u32)(dev >> 8 & 0xfff) | (u32)(dev >> 32 & ~0xfffULL);
}

static u32 device_minor(u64 dev)
{
    return (u32)(dev & 0xff) | (u32)(dev >> 12 & ~0xffULL);
}

/* Shared text goes by the file that it was made of. False when the line is of something else. */
static bool put_shared_text(struct bp_text *text, const char *line)
{
    static const char prefix[] = "/memfd:bypassgen:";
    struct bp_shared_text_file file;
    const char *at = line;
    char start[NAME_COLUMN + 1];

    if (strlen(line) < NAME_COLUMN || strncmp(line + NAME_COLUMN, prefix, sizeof(prefix) - 1))
        return false;
    for (int words = 0; words < 3; words++) /* addresses, permissions, offset */
        at = behind_word(at);
    if (!bp_shared_text_file(decimal(behind_word(at)), &file))
        return false;
    bp_snprintf(start, sizeof(start), "%.*s %02x:%02x %lu", (int)(at - line), line,
                device_major(file.dev), device_minor(file.dev), file.ino);
    put_line(text, start, strlen(start), file.name);
    return true;
}

static void put_own_lines(struct bp_text *text, const struct bp_proc *proc, const char *file)
{
    struct mapping map = {0};
    struct lines lines;
    char *line;

    lines_open(&lines, file);
    if (lines.fd < 0)
        text->error = lines.fd;
    while ((line = lines_next(&lines))) {
        size_t len = strlen(line);
        const char *name = NULL;

        if (parse_mapping(line, proc, &map) && len < NAME_COLUMN)
            name = label(&map, proc);
        if (!map.own || put_shared_text(text, line))
            continue;
        put_line(text, line, len, name);
    }
}

void bp_procfs_maps(struct bp_text *text, const struct bp_procfs *own)
{
    put_own_lines(text, own->task->proc, "self/maps");
}

void bp_procfs_smaps(struct bp_text *text, const struct bp_procfs *own)
{
    put_own_lines(text, own->task->proc, "self/smaps");
}

/* ---- sizes ---- */

enum {
    KIB_PER_PAGE = BP_PAGE_SIZE >> 10
};

/* In KiB. */
struct sizes {
    u64 virtual, resident, anonymous, data, text;
};

/* proc_pid_statm(5): size, resident, shared, ... */
static struct bp_resident resident_of_process(void)
{
    struct bp_resident resident = {0};
    struct lines lines;
    const char *line;

    lines_open(&lines, "self/statm");
    while ((line = lines_next(&lines))) {
        line = behind_word(line);
        resident.all = decimal(line);
        resident.mapped = decimal(behind_word(line));
    }
    return resident;
}

static void measure(struct bp_measured *measured, const struct bp_proc *proc)
{
    u64 resident = 0, anonymous = 0, start = bp_now();
    struct mapping map = {0};
    struct lines lines;
    const char *line;

    measured->text = 0;
    lines_open(&lines, "self/smaps");
    while ((line = lines_next(&lines))) {
        if (parse_mapping(line, proc, &map))
            measured->text += map.own && map.executable ? (map.end - map.start) >> 10 : 0;
        else if (map.own && !strncmp(line, "Rss:", 4))
            resident += decimal(line + 4);
        else if (map.own && !strncmp(line, "Anonymous:", 10))
            anonymous += decimal(line + 10);
    }
    measured->program.all = resident / KIB_PER_PAGE;
    measured->program.mapped = (resident - anonymous) / KIB_PER_PAGE;
    measured->at = bp_now();
    measured->took = measured->at - start + 1;
}

static void take_sizes(struct sizes *sizes, struct bp_proc *proc)
{
    struct bp_resident process = resident_of_process(), now;

    bp_lock(&proc->slot->lock);
    if (bp_measured_due(&proc->measured, process, bp_now())) {
        measure(&proc->measured, proc);
        proc->measured.process = process;
    }
    now = bp_measured_now(&proc->measured, process);
    *sizes = (struct sizes){
        .virtual = proc->slot->account.mapped.bytes >> 10,
        .resident = now.all * KIB_PER_PAGE,
        .anonymous = (now.all - BP_MIN(now.mapped, now.all)) * KIB_PER_PAGE,
        .data = proc->slot->account.data.bytes >> 10,
        .text = proc->measured.text,
    };
    bp_unlock(&proc->slot->lock);
}

/* ---- what lies in the program's own memory, as it has it now ---- */

static void put_memory(struct bp_text *text, u64 start, u64 end)
{
    u8 piece[1024];

    for (; start < end; start += sizeof(piece)) {
        size_t len = BP_MIN(end - start, sizeof(piece));

        if (bp_copy(piece, (const void *)start, len))
            return; /* unmapped: ends here, as Linux has it */
        bp_text_put(text, piece, len);
    }
}

/* A program that writes its title over its arguments may go on into the environment: the last byte
 * of the arguments tells (proc_pid_cmdline(5)). */
void bp_procfs_cmdline(struct bp_text *text, const struct bp_procfs *own)
{
    const struct bp_proc *proc = own->task->proc;
    char byte = '\0';
    u64 at;

    if (proc->args_end > proc->args && bp_copy(&byte, (const void *)(proc->args_end - 1), 1))
        return;
    if (!byte)
        return put_memory(text, proc->args, proc->args_end);
    for (at = proc->args; at < proc->env_end && !bp_copy(&byte, (const void *)at, 1) && byte; at++)
        ;
    put_memory(text, proc->args, BP_MIN(at + 1, proc->env_end));
}

void bp_procfs_environ(struct bp_text *text, const struct bp_procfs *own)
{
    put_memory(text, own->task->proc->args_end, own->task->proc->env_end);
}

void bp_procfs_auxv(struct bp_text *text, const struct bp_procfs *own)
{
    put_memory(text, own->task->proc->auxv_start, own->task->proc->auxv_end);
}

void bp_procfs_started(struct bp_proc *proc, u64 sp)
{
    const u64 *words = (const u64 *)sp, *at = words + 1;

    proc->measured = (struct bp_measured){0};
    proc->stack = sp;
    proc->args = proc->args_end = proc->env_end = 0;
    for (u64 i = 0; i < words[0]; i++, at++) {
        proc->args = proc->args ? proc->args : *at;
        proc->args_end = *at + strlen((const char *)*at) + 1;
    }
    proc->env_end = proc->args_end;
    for (at++; *at; at++)
        proc->env_end = *at + strlen((const char *)*at) + 1;
    proc->auxv_start = (u64)++at;
    while (*at)
        at += 2;
    proc->auxv_end = (u64)(at + 2);
}

/* ---- comm, status ---- */

void bp_procfs_comm(struct bp_text *text, const struct bp_procfs *own)
{
    bp_text_printf(text, "%s\n", own->task->comm[0] ? own->task->comm : own->task->proc->comm);
}

/* What the values of status and stat are taken from. */
struct facts {
    const struct bp_procfs *own;
    struct bp_proc *proc;
    struct sizes sizes;
    u64 ignored, caught;
};

static void gather(struct facts *facts, const struct bp_procfs *own)
{
    struct bp_proc *proc = own->task->proc;

    *facts = (struct facts){.own = own, .proc = proc};
    take_sizes(&facts->sizes, proc);
    for (u32 i = 0; i < BP_NSIG; i++) {
        u64 handler = proc->sigactions.action[i].handler;

        facts->ignored |= handler == (u64)SIG_IGN ? 1ULL << i : 0;
        facts->caught |= handler > (u64)SIG_IGN ? 1ULL << i : 0;
    }
}

/* A line of status with its value. */
struct status_line {
    const char *name;
    u64 (*value)(const struct facts *facts);
    const char *format;
};

#define VALUE(name, expression)            \
    static u64 name(const struct facts *f) \
    {                                      \
        return (u64)(expression);          \
    }

VALUE(umask_of, octal(f->proc->umask))
VALUE(pid_of, f->proc->pid)
VALUE(ppid_of, f->proc->ppid)
VALUE(tid_of, f->own->task->tid)
VALUE(virtual_of, f->sizes.virtual)
VALUE(resident_of, f->sizes.resident)
VALUE(anonymous_of, f->sizes.anonymous)
VALUE(mapped_of, f->sizes.resident - f->sizes.anonymous)
VALUE(data_of, f->sizes.data)
VALUE(threads_of, f->proc->task_count)
VALUE(thread_pending_of, f->own->task->sig.queue.pending)
VALUE(pending_of, f->proc->sigqueue.pending)
VALUE(blocked_of, f->own->task->sig.mask)
VALUE(ignored_of, f->ignored)
VALUE(caught_of, f->caught)
VALUE(seccomp_of, (u64)bp_seccomp_mode(f->own->task))
VALUE(filters_of, bp_seccomp_filters(f->own->task))

#define KIB "%8lu kB"
#define SIGNALS "%016lx"

static const struct status_line status_lines[] = {
    {"Umask", umask_of, "%04lu"},
    {"Tgid", pid_of, "%lu"},
    {"Pid", tid_of, "%lu"},
    {"PPid", ppid_of, "%lu"},
    {"NStgid", pid_of, "%lu"},
    {"NSpid", tid_of, "%lu"},
    {"VmPeak", virtual_of, KIB},
    {"VmSize", virtual_of, KIB},
    {"VmHWM", resident_of, KIB},
    {"VmRSS", resident_of, KIB},
    {"RssAnon", anonymous_of, KIB},
    {"RssFile", mapped_of, KIB},
    {"VmData", data_of, KIB},
    {"Threads", threads_of, "%lu"},
    {"SigPnd", thread_pending_of, SIGNALS},
    {"ShdPnd", pending_of, SIGNALS},
    {"SigBlk", blocked_of, SIGNALS},
    {"SigIgn", ignored_of, SIGNALS},
    {"SigCgt", caught_of, SIGNALS},
    {"Seccomp", seccomp_of, "%lu"},
    {"Seccomp_filters", filters_of, "%lu"},
};

static const struct status_line *status_line_of(const char *line)
{
    for (u32 i = 0; i < ARRAY_SIZE(status_lines); i++) {
        size_t len = strlen(status_lines[i].name);

        if (!strncmp(line, status_lines[i].name, len) && line[len] == ':')
            return &status_lines[i];
    }
    return NULL;
}

/* Only the asking thread can be seen to run; another one waits, for all that this call can know. */
static char state_of(const struct bp_procfs *own)
{
    return own->task == bp_current_task() ? 'R' : 'S';
}

/* The stand-in's, with the program's values. */
void bp_procfs_status(struct bp_text *text, const struct bp_procfs *own)
{
    struct facts facts;
    struct lines lines;
    const char *line;

    gather(&facts, own);
    lines_open_standin(&lines, own, "status");
    if (lines.fd < 0)
        text->error = lines.fd;
    while ((line = lines_next(&lines))) {
        const struct status_line *known = status_line_of(line);

        if (known) {
            bp_text_printf(text, "%s:\t", known->name);
            bp_text_printf(text, known->format, known->value(&facts));
            bp_text_put(text, "\n", 1);
        } else if (!strncmp(line, "Name:", 5)) {
            bp_text_put(text, "Name:\t", 6);
            bp_procfs_comm(text, own);
        } else if (!strncmp(line, "State:", 6)) {
            bp_text_printf(text, "State:\t%s\n",
                           state_of(own) == 'R' ? "R (running)" : "S (sleeping)");
        } else {
            bp_text_printf(text, "%s\n", line);
        }
    }
}

/* ---- stat, statm ---- */

enum {
    CLOCK_TICKS_PER_SECOND = 100, /* USER_HZ */
};

VALUE(time_of, bp_proc_cpu_time(f->proc) / (1000000000 / CLOCK_TICKS_PER_SECOND))
VALUE(bytes_of, f->sizes.virtual << 10)
VALUE(pages_of, f->sizes.resident / KIB_PER_PAGE)
VALUE(stack_of, f->proc->stack)
VALUE(args_of, f->proc->args)
VALUE(args_end_of, f->proc->args_end)
VALUE(env_end_of, f->proc->env_end)
VALUE(nothing, f ? 0 : 0)

/* proc_pid_stat(5): fields by their numbers there; the rest is the stand-in's. */
static const struct {
    u32 field;
    u64 (*value)(const struct facts *facts);
} stat_fields[] = {
    {4, ppid_of},      {14, time_of},     {15, nothing},    {20, threads_of},
    {23, bytes_of},    {24, pages_of},    {28, stack_of},   {48, args_of},
    {49, args_end_of}, {50, args_end_of}, {51, env_end_of},
};

void bp_procfs_stat(struct bp_text *text, const struct bp_procfs *own)
{
    u32 field = 3, next = 0;
    struct facts facts;
    struct lines lines;
    const char *line;

    gather(&facts, own);
    lines_open_standin(&lines, own, "stat");
    line = lines_next(&lines);
    line = line ? strrchr(line, ')') : NULL;
    if (!line) {
        text->error = -ESRCH;
        return;
    }
    bp_text_printf(text, "%u (%s) %c", own->task->tid,
                   own->task->comm[0] ? own->task->comm : facts.proc->comm, state_of(own));
    for (line += 3; *line == ' '; field++) {
        const char *end = line + 1;

        while (*end && *end != ' ')
            end++;
        if (next < ARRAY_SIZE(stat_fields) && stat_fields[next].field == field + 1)
            bp_text_printf(text, " %lu", stat_fields[next++].value(&facts));
        else
            bp_text_put(text, line, (size_t)(end - line));
        line = end;
    }
    bp_text_put(text, "\n", 1);
    while (lines_next(&lines))
        ;
}

void bp_procfs_statm(struct bp_text *text, const struct bp_procfs *own)
{
    struct sizes sizes;

    take_sizes(&sizes, own->task->proc);
    bp_text_printf(text, "%lu %lu %lu %lu 0 %lu 0\n", sizes.virtual / KIB_PER_PAGE,
                   sizes.resident / KIB_PER_PAGE, (sizes.resident - sizes.anonymous) / KIB_PER_PAGE,
                   sizes.text / KIB_PER_PAGE, sizes.data / KIB_PER_PAGE);
}

/* ---- fdinfo ---- */

/* The host's lines (position, locks, ...) under the flags that the program sees. */
void bp_procfs_fdinfo(struct bp_text *text, const struct bp_procfs *own)
{
    struct bp_file *file = bp_fd_get(own->fd);
    u32 flags;

    if (!file) {
        text->error = -ENOENT;
        return;
    }
    flags = (u32)bp_file_status_flags(file) | (bp_fd_get_cloexec(own->fd) > 0 ? O_CLOEXEC : 0);
    if (file->kind == BP_FILE_HOST) {
        struct lines lines;
        const char *line;
        char name[40];

        bp_snprintf(name, sizeof(name), "self/fdinfo/%d", file->host_fd);
        lines_open(&lines, name);
        while ((line = lines_next(&lines))) {
            if (!strncmp(line, "flags:", 6))
                bp_text_printf(text, "flags:\t0%lu\n", octal(flags));
            else
                bp_text_printf(text, "%s\n", line);
        }
    } else {
        bp_text_printf(text, "pos:\t0\nflags:\t0%lu\nmnt_id:\t0\nino:\t%lu\n", octal(flags),
                       bp_file_inode(file));
    }
    bp_fd_put(file);
}
