/* flock and open-file-description locks conflict between two openings of one file. */
#include "compat.h"
#include <sys/file.h>

int main(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10};
    int one = file_with("f", "0123456789");
    int two = MUST(open("f", O_RDWR));

    SHOW(flock(one, LOCK_SH));
    SHOW(flock(two, LOCK_SH | LOCK_NB));
    SHOW(flock(two, LOCK_EX | LOCK_NB));
    SHOW(flock(one, LOCK_UN));
    SHOW(flock(two, LOCK_EX | LOCK_NB));
    SHOW(flock(two, 99));
    SHOW(fcntl(one, F_OFD_SETLK, &lock));
    SHOW(fcntl(two, F_OFD_SETLK, &lock));
    lock.l_start = 20;
    SHOW(fcntl(two, F_OFD_SETLK, &lock));
    lock.l_start = 5;
    SHOW(fcntl(two, F_OFD_GETLK, &lock));
    SAY("type %d start %ld len %ld", lock.l_type == F_WRLCK, (long)lock.l_start, (long)lock.l_len);
    close(one);
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
    SHOW(fcntl(two, F_OFD_SETLK, &lock));
    lock.l_type = 99;
    SHOW(fcntl(two, F_SETLK, &lock));
    return 0;
}
