/*
 * Buffered streams: sizes across the buffer, seeking, both directions, a byte at a time.
 *
 * variants: all
 */
#include "compat.h"

int main(void)
{
    char word[32];
    unsigned sum = 0;
    long lines = 0;
    FILE *f = fopen("f", "w+");
    int c;

    CHECK(f);
    for (int i = 0; i < 20000; i++)
        fprintf(f, "line %d\n", i);
    SHOW(ftell(f));
    rewind(f);
    while ((c = getc(f)) != EOF) {
        sum = sum * 31 + c;
        lines += c == '\n';
    }
    SAY("%ld lines, sum %u", lines, sum);
    SHOW(fseek(f, -7, SEEK_END));
    SHOW(fscanf(f, "%31s", word));
    SAY("%s", word);
    fseek(f, 5, SEEK_SET);
    fputc('X', f);
    fflush(f);
    rewind(f);
    CHECK(fgets(word, sizeof(word), f));
    SAY("%.6s", word);
    fclose(f);
    SHOW_PTR(fopen("missing", "r"));
    SHOW_PTR(fopen("f", "wx"));
    return 0;
}
