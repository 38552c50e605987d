#include "loader/load.h"
#include "base/host.h"
#include "base/log.h"
#include "base/proc_dir.h"
#include "loader/elf.h"
#include "loader/file.h"
#include "loader/image.h"
#include "loader/script.h"
#include "loader/stack.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    /* A script's interpreter may be a script again: so many scripts in a row, as with Linux. */
    SCRIPTS_MAX = 5,
    /* Each adds its interpreter and perhaps an argument; its path takes the place of argv[0]. */
    FRONT_MAX = 2 * SCRIPTS_MAX + 1,
};

/* One loading; too large for a handler stack. */
struct loading {
    struct bp_slot *slot;
    const struct bp_load_request *request;
    struct bp_load_result *result;
    const char *why;
    const char *role, *culprit; /* the file that why is about, when it is not the request's own */
    struct bp_exec_file file;
    struct bp_elf elf; /* of the file */
    struct bp_image program, linker;
    bool dynamic, exec_stack; /* what the program needs */
    u32 scripts, front_first;
    const char *front[FRONT_MAX]; /* the first arguments, from front_first on */
    char heads[SCRIPTS_MAX][BP_EXEC_HEAD + 1];
    char linker_path[BP_ELF_LINKER_MAX];
};

static int refuse(struct loading *l, int err, const char *sentence)
{
    l->why = sentence;
    return err;
}

/* ---- scripts ---- */

/* Makes the arguments "interpreter [argument] name rest". */
static int enter_script(struct loading *l, const char *name)
{
    char *head = l->heads[l->scripts];
    struct bp_script script;
    int ret;

    if (l->scripts++ == SCRIPTS_MAX)
        return refuse(l, -ELOOP, "its #! interpreters lead from script to script");
    memcpy(head, l->file.head, sizeof(l->file.head));
    ret = bp_script_parse(&script, head, &l->why);
    if (ret)
        return ret;
    l->front[l->front_first] = name;
    if (script.argument)
        l->front[--l->front_first] = script.argument;
    l->front[--l->front_first] = script.interpreter;
    return 0;
}

/* Opens the program, or the one at the end of its chain of scripts. */
static int open_program(struct loading *l)
{
    const char *name = l->request->execfn;
    int ret = bp_exec_open(&l->file, l->request->dirfd, l->request->path, &l->why);

    while (!ret && bp_is_script(l->file.head)) {
        ret = enter_script(l, name);
        bp_exec_close(&l->file);
        if (ret)
            return ret;
        name = l->front[l->front_first];
        l->role = "its interpreter";
        l->culprit = name;
        ret = bp_exec_open(&l->file, l->request->dirfd, name, &l->why);
    }
    return ret;
}

/* ---- images ---- */

static int real_path(struct loading *l)
{
    char link[40];
    long len;

    bp_snprintf(link, sizeof(link), "self/fd/%d", l->file.fd);
    len = bp_host(SYS_readlinkat, bp_proc_dir(), link, l->result->exe, BP_LOAD_PATH_MAX - 1);
    if (len < 0)
        return refuse(l, (int)len, "its real path cannot be read; is /proc mounted?");
    l->result->exe[len] = '\0';
    return 0;
}

static int map_program(struct loading *l)
{
    int ret;

    if (l->file.privileged)
        return refuse(l, -EPERM,
                      "it runs with other ids or capabilities, which only the host can give");
    ret = bp_elf_parse(&l->elf, &l->file, &l->why);
    l->dynamic = l->elf.linker_size;
    l->exec_stack = l->elf.exec_stack;
    if (!ret && l->dynamic)
        ret = bp_elf_linker(&l->elf, &l->file, l->linker_path, &l->why);
    if (!ret)
        ret = real_path(l);
    if (!ret)
        ret = bp_image_map(l->slot, &l->elf, l->file.fd, &l->program, &l->why);
    return ret;
}

/* Damage of the dynamic linker has errnos of its own. */
static int map_linker(struct loading *l)
{
    int ret;

    l->role = "its dynamic linker";
    l->culprit = l->linker_path;
    ret = bp_exec_open(&l->file, l->request->dirfd, l->linker_path, &l->why);
    if (ret)
        return ret;
    ret = bp_elf_parse(&l->elf, &l->file, &l->why);
    if (ret)
        ret = l->file.size < sizeof(Elf64_Ehdr) ? -EIO : -ELIBBAD;
    else
        ret = bp_image_map(l->slot, &l->elf, l->file.fd, &l->linker, &l->why);
    bp_exec_close(&l->file);
    return ret;
}

static int build_stack(struct loading *l)
{
    const struct bp_stack_request stack = {
        .load = l->request,
        .front = l->front + l->front_first,
        .front_count = FRONT_MAX - l->front_first,
        .program = &l->program,
        .linker_base = l->linker.bias,
        .executable = l->exec_stack,
    };
    long ret = bp_stack_build(l->slot, &stack, &l->result->stack);

    if (ret == -E2BIG)
        return refuse(l, -E2BIG, "its arguments and environment are too long");
    return ret ? refuse(l, (int)ret, "no memory for its stack") : 0;
}

static int load(struct loading *l)
{
    int ret = open_program(l);

    if (ret)
        return ret;
    ret = map_program(l);
    bp_exec_close(&l->file);
    if (!ret && l->dynamic)
        ret = map_linker(l);
    if (ret)
        return ret;
    l->role = NULL;
    l->result->entry = l->dynamic ? l->linker.entry : l->program.entry;
    return build_stack(l);
}

/* ---- the whole ---- */

/* Names the file, when it is not the request's own, and the addresses, when somebody has them. */
static void explain(const struct loading *l, int err, char *why, size_t why_size)
{
    char range[64] = "";

    if (err == -EEXIST) {
        l->result->taken_start = l->elf.span_start;
        l->result->taken_end = l->elf.span_end;
        bp_snprintf(range, sizeof(range), ": 0x%lx-0x%lx", l->elf.span_start, l->elf.span_end);
    }
    if (l->role)
        bp_snprintf(why, why_size, "%s %s: %s%s", l->role, l->culprit, l->why, range);
    else
        bp_snprintf(why, why_size, "%s%s", l->why, range);
}

long bp_load_program(struct bp_slot *slot, const struct bp_load_request *request,
                     struct bp_load_result *result, char *why, size_t why_size)
{
    long memory = bp_host(SYS_mmap, NULL, sizeof(struct loading), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct loading *l = (struct loading *)memory;
    int ret;

    if (bp_is_error(memory)) {
        bp_snprintf(why, why_size, "no memory to load it");
        return memory;
    }
    l->slot = slot;
    l->request = request;
    l->result = result;
    l->front_first = FRONT_MAX - 1;
    l->front[l->front_first] = request->argv[0] ? request->argv[0] : "";
    ret = load(l);
    if (ret)
        explain(l, ret, why, why_size);
    bp_host(SYS_munmap, memory, sizeof(*l));
    return ret == -EEXIST ? -ENOMEM : ret;
}
