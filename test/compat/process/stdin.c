/*
 * Standard input is read to its end.
 *
 * stdin: the quick brown fox jumps over the lazy dog
 * variants: glibc musl
 */
#include "compat.h"

int main(void)
{
    char word[32];
    int words = 0;

    while (scanf("%31s", word) == 1)
        words++;
    SAY("%d words, last %s", words, word);
    SHOW(read(0, word, 1));
    return 0;
}
