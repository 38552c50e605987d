/* The C library's own tables work as anywhere: conversions, locale, time zones, sorting. */
#include "compat.h"
#include <ctype.h>
#include <locale.h>
#include <wchar.h>

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int main(void)
{
    int numbers[] = {5, 3, 9, 1, 7};
    time_t t = 1000000000;
    struct tm tm;
    char buf[64];

    SAY("%s", setlocale(LC_ALL, "C"));
    SAY("%d %d", !!isalpha('x'), toupper('x'));
    SAY("%.10f %g %a", 1 / 3.0, 1e300, 0.5);
    SAY("%ld %lu %.3f", strtol("-0x10", NULL, 16), strtoul("777", NULL, 8), strtod("2.5e-1", NULL));
    qsort(numbers, 5, sizeof(*numbers), compare);
    SAY("%d %d %d", numbers[0], numbers[2], numbers[4]);
    gmtime_r(&t, &tm);
    strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm);
    SAY("%s", buf);
    SAY("%zu", mbstowcs(NULL, "abc", 0));
    return 0;
}
