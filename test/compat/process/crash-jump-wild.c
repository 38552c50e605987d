/*
 * A jump to nowhere ends the program by SIGSEGV.
 *
 * exit: 139
 * report: SIGSEGV
 */
#include "compat.h"

int main(void)
{
    void (*volatile wild)(void) = (void (*)(void))0x1234567;

    SAY("jumping");
    wild();
    return 0;
}
