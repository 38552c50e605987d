#include "base/log.h"
#include "base/host.h"

#include <sys/syscall.h>

const char *bp_log_name = "bypassgen";

struct out {
    char *buf;
    size_t size, len;
};

struct spec {
    bool left, zero;
    int width, precision;
    int longs;
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void put_padded(struct out *o, const struct spec *s, const char *text, int len)
{
    int pad = s->width - len;
    char fill = s->zero && !s->left ? '0' : ' ';

    for (; !s->left && pad > 0; pad--)
        put(o, fill);
    for (int i = 0; i < len; i++)
        put(o, text[i]);
    for (; pad > 0; pad--)
        put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, u64 value, bool negative, u32 base)
{
    char digits[24];
    int len = sizeof(digits);

    do
        digits[--len] = "0123456789abcdef"[value % base];
    while (value /= base);
    if (negative)
        digits[--len] = '-';
    put_padded(o, s, digits + len, (int)sizeof(digits) - len);
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
    int len = 0;

    if (!text)
        text = "(null)";
    while ((s->precision < 0 || len < s->precision) && text[len])
        len++;
    put_padded(o, s, text, len);
}

static const char *parse_spec(const char *fmt, struct spec *s, va_list *args)
{
    *s = (struct spec){.precision = -1};
    for (;; fmt++) {
        if (*fmt == '-')
            s->left = true;
        else if (*fmt == '0')
            s->zero = true;
        else
            break;
    }
    for (; *fmt >= '0' && *fmt <= '9'; fmt++)
        s->width = s->width * 10 + (*fmt - '0');
    if (*fmt == '.') {
        s->precision = 0;
        if (*++fmt == '*') {
            s->precision = va_arg(*args, int);
            fmt++;
        }
        for (; *fmt >= '0' && *fmt <= '9'; fmt++)
            s->precision = s->precision * 10 + (*fmt - '0');
    }
    for (; *fmt == 'l' || *fmt == 'z'; fmt++)
        s->longs++;
    return fmt;
}

static void put_conversion(struct out *o, char conversion, const struct spec *s, va_list *args)
{
    switch (conversion) {
    case 'd': {
        s64 v = s->longs ? va_arg(*args, s64) : va_arg(*args, int);
        put_number(o, s, v < 0 ? -(u64)v : (u64)v, v < 0, 10);
        break;
    }
    case 'u':
        put_number(o, s, s->longs ? va_arg(*args, u64) : va_arg(*args, u32), false, 10);
        break;
    case 'x':
        put_number(o, s, s->longs ? va_arg(*args, u64) : va_arg(*args, u32), false, 16);
        break;
    case 'p':
        put(o, '0');
        put(o, 'x');
        put_number(o, s, (u64)va_arg(*args, void *), false, 16);
        break;
    case 's':
        put_string(o, s, va_arg(*args, const char *));
        break;
    case 'c':
        put(o, (char)va_arg(*args, int));
        break;
    default:
        put(o, conversion);
    }
}

int bp_vsnprintf(char *buf, size_t size, const char *fmt, va_list list)
{
    struct out o = {.buf = buf, .size = size};
    va_list args;

    va_copy(args, list);
    while (*fmt) {
        struct spec s;

        if (*fmt != '%') {
            put(&o, *fmt++);
            continue;
        }
        fmt = parse_spec(fmt + 1, &s, &args);
        if (!*fmt)
            break;
        put_conversion(&o, *fmt++, &s, &args);
    }
    va_end(args);
    if (size)
        buf[o.len < size ? o.len : size - 1] = '\0';
    return (int)o.len;
}

int bp_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = bp_vsnprintf(buf, size, fmt, args);
    va_end(args);
    return len;
}

static void log_line(const char *fmt, va_list args)
{
    char line[1024];
    size_t len = (size_t)bp_snprintf(line, sizeof(line), "%s: ", bp_log_name);

    len += (size_t)bp_vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
    if (len > sizeof(line) - 2)
        len = sizeof(line) - 2;
    line[len++] = '\n';
    bp_host(SYS_write, 2, line, len);
}

void bp_log(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    log_line(fmt, args);
    va_end(args);
}

void bp_fatal(enum bp_exit_status status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    log_line(fmt, args);
    va_end(args);
    for (;;)
        bp_host(SYS_exit_group, status);
}

void bp_bug(const char *cond, const char *file, int line)
{
    bp_fatal(BP_EXIT_BUG, "internal error: %s at %s:%d; please report it with this line", cond,
             file, line);
}
