/* Mapped files: shared changes reach the file and other mappings, private ones do not. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

int main(void)
{
    char buf[8] = "";
    int fd = file_with("f", "");
    char *shared, *again, *private;

    MUST(ftruncate(fd, 3 * PAGE));
    shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    again = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
    private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, PAGE);
    CHECK(shared != MAP_FAILED && again != MAP_FAILED && private != MAP_FAILED);
    strcpy(shared + PAGE, "shared");
    SAY("%s", again);
    SAY("%s", private);
    strcpy(private, "mine");
    SAY("%s", again);
    SHOW(pread(fd, buf, 6, PAGE));
    SAY("%s", buf);
    SHOW(pwrite(fd, "WRITE", 5, PAGE));
    SAY("%s %s", again, private);
    SHOW(msync(shared, 2 * PAGE, MS_SYNC));
    SHOW(msync(shared + 1, PAGE, MS_SYNC));
    SHOW(msync(shared, PAGE, MS_SYNC | MS_ASYNC));
    close(fd);
    SAY("%s", again);
    SHOW(munmap(shared, 2 * PAGE));
    SAY("%s", again);
    return 0;
}
