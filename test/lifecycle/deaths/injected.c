/*
 * Under the runtime with injected deaths: a victim dies at the first point of its work, the next
 * time at the second one, and so on, until it gets to its end.
 */
#include "deaths.h"

int main(int argc, char **argv)
{
    unsigned number = argc > 1 ? (unsigned)atoi(argv[1]) : 0, n = 0;
    bool to_the_end = false;

    CHECK(number < works_count);
    while (!to_the_end) {
        char death[40];

        snprintf(death, sizeof(death), "death at %u", ++n);
        to_the_end = play(&works[number], death, n, NULL);
    }
    printf("%s: %u points\n", works[number].name, n);
    return 0;
}
