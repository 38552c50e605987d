/* Directories are read whole, over several calls and again after a rewind. */
#include "compat.h"
#include <dirent.h>

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(DIR *dir, char **names)
{
    struct dirent *entry;
    int n = 0;

    while ((entry = readdir(dir)))
        names[n++] = strdup(entry->d_name);
    qsort(names, n, sizeof(*names), compare);
    return n;
}

int main(void)
{
    static char *names[600], *again[600];
    char tiny[8];
    DIR *dir;
    int n;

    for (int i = 0; i < 500; i++) {
        char name[64];

        snprintf(name, sizeof(name), "a-file-with-a-rather-long-name-%03d", i);
        close(file_with(name, ""));
    }
    dir = opendir(".");
    CHECK(dir);
    n = list(dir, names);
    SAY("%d entries, %s to %s", n, names[0], names[n - 1]);
    rewinddir(dir);
    CHECK(list(dir, again) == n);
    for (int i = 0; i < n; i++)
        CHECK(strcmp(names[i], again[i]) == 0);
    rewinddir(dir);
    SHOW(syscall(SYS_getdents64, dirfd(dir), tiny, sizeof(tiny)));
    closedir(dir);
    SHOW_PTR(opendir(names[5]));
    SHOW_PTR(opendir("missing"));
    SHOW(syscall(SYS_getdents64, MUST(open(names[5], O_RDONLY)), tiny, sizeof(tiny)));
    return 0;
}
