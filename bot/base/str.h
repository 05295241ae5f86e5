#ifndef EPISODED_BASE_STR_H
#define EPISODED_BASE_STR_H

/*
 * A growing string with a hard cap and a sticky error: append as often as
 * you like, look at the error once, at the end. Always NUL-terminated.
 *
 *	struct str line = STR(512);
 *
 *	str_printf(&line, "%s: %u", name, count);
 *	r = str_take(&line, ret_line); // 0, -ENOMEM or -EMSGSIZE
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	char *bytes;        /* NULL until the first append; read through str_text() */
	size_t length;      /* bytes, without the NUL */
	size_t capacity;    /* bytes allocated, with the NUL */
	size_t limit_bytes; /* longest length allowed */
	int error;          /* 0, or the first -ENOMEM / -EMSGSIZE; later appends do nothing */
};

#define STR(limit) ((struct str){.limit_bytes = (limit)})

void str_append(struct str *str, const char *text);
void str_append_bytes(struct str *str, const void *bytes, size_t length);
void str_append_char(struct str *str, char byte);
/* Percent-encode all but the unreserved characters of RFC 3986: for a URL or a form. */
void str_append_encoded(struct str *str, const char *text);
void str_printf(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *str, const char *format, va_list arguments)
		__attribute__((format(printf, 2, 0)));

/* The capacity after an append of length bytes; the present capacity when the append would fail. */
size_t str_capacity_for(const struct str *str, size_t length);

/* Cut back to length bytes; keeps the memory and the error, because later appends were lost. */
void str_truncate(struct str *str, size_t length);
/* Empty the buffer and clear its error: it is as good as new. Keeps the memory. */
void str_clear(struct str *str);

/* The text so far; "" before the first append. Borrowed until the next append. */
const char *str_text(const struct str *str);

/* Hand the text over (the caller frees *ret) and leave str empty. -ENOMEM, -EMSGSIZE: *ret untouched, str
 * released. */
int str_take(struct str *str, char **ret);

void str_release(struct str *str);
/* The same for a secret: overwrite it first. */
void str_wipe(struct str *str);

/* strdup and friends that accept NULL (and give NULL); the caller frees. */
char *str_copy(const char *text);
char *str_copy_bytes(const char *bytes, size_t length); /* up to the first NUL */
/* All bytes, which may contain NUL, and one NUL more. */
char *bytes_copy(const char *bytes, size_t length);

bool str_equal(const char *a, const char *b);        /* NULL equals NULL only */
bool str_equal_nocase(const char *a, const char *b); /* ASCII letters only */
/* What a function that returns a problem as a text returns if memory ran out; compared by address. */
extern const char str_no_memory[];
bool str_starts(const char *text, const char *prefix);

/* The whole text as a decimal number between low and high. -EINVAL not a number, -ERANGE out of range; *ret
 * untouched. */
int str_to_long(const char *text, long low, long high, long *ret);

/* 64-bit FNV-1a of length bytes; seed is 0 or the hash of the bytes before them. */
uint64_t str_hash(uint64_t seed, const void *bytes, size_t length);

#endif
