/* Temporary files: mkstemp's is new, tmpfile's has no name. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    char one[] = "t-XXXXXX", two[] = "t-XXXXXX", bad[] = "t-XXX";
    struct stat st;
    FILE *f;

    CHECK(mkstemp(one) >= 0 && mkstemp(two) >= 0);
    SHOW(strcmp(one, two) != 0);
    MUST(stat(one, &st));
    SAY("%o", st.st_mode & 0777);
    SHOW(mkstemp(bad));
    f = tmpfile();
    CHECK(f);
    SHOW(fprintf(f, "hello %d", 42));
    MUST(fstat(fileno(f), &st));
    rewind(f);
    MUST(fstat(fileno(f), &st));
    SAY("links %lu size %ld", (unsigned long)st.st_nlink, (long)st.st_size);
    return 0;
}
