#include "main/rundir.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[4096];

/* Creates one directory for ourselves; an existing one must be ours, and no symbolic link. */
static void make_own_directory(const char *dir)
{
    struct stat st;

    if (mkdir(dir, 0700) && errno != EEXIST)
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "cannot create the run directory %s (%s); choose another with --run-dir", dir,
                 strerror(errno));
    if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "the run directory %s is not a directory of ours; choose another with --run-dir",
                 dir);
}

static void make_default(const char *name)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int len = runtime && runtime[0] == '/'
                  ? bp_snprintf(path, sizeof(path), "%s/bypassgen", runtime)
                  : bp_snprintf(path, sizeof(path), "/tmp/bypassgen-%u", geteuid());

    make_own_directory(path);
    bp_snprintf(path + len, sizeof(path) - (size_t)len, "/%s", name);
}

const char *bp_rundir_open(const char *chosen, const char *name, int *dir_fd)
{
    if (chosen)
        bp_snprintf(path, sizeof(path), "%s", chosen);
    else
        make_default(name);
    make_own_directory(path);
    *dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (*dir_fd < 0)
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "cannot open the run directory %s (%s); choose another with --run-dir", path,
                 strerror(errno));
    return path;
}
