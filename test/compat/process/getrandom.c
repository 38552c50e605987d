/* getrandom gives as much as asked, never the same, and checks its flags. */
#include "compat.h"
#include <sys/random.h>

int main(void)
{
    unsigned char a[64] = {0}, b[64] = {0};

    SHOW(getrandom(a, sizeof(a), 0));
    SHOW(getrandom(b, sizeof(b), GRND_NONBLOCK));
    CHECK(memcmp(a, b, sizeof(a)) != 0);
    SHOW(getrandom(a, 0, 0));
    SHOW(getrandom(a, 1, 0x100));
    SHOW(getrandom((void *)8, 1, 0));
    SHOW(getentropy(a, 64));
    SHOW(getentropy(a, 257));
    return 0;
}
