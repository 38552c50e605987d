/*
 * Two programs linked to the same fixed addresses cannot be in one process: the second is not
 * started, and the message names both.
 *
 * roles: first second
 * variants: static musl-static no-pie
 * refused: same-addresses-2: same-addresses is there; link one of them with -pie or -static-pie
 */
#include "echo.h"

int main(int argc, char **argv)
{
    if (is_role(argc, argv, "first"))
        sleep_ms(200);
    else
        SAY("is alone");
    return 0;
}
