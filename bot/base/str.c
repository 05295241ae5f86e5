/* A growing string with a hard cap and a sticky error. */

#include "bot/base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char str_no_memory[] = "out of memory";

#define FIRST_BYTES 64

size_t str_capacity_for(const struct str *str, size_t length)
{
	size_t capacity = str->capacity ? str->capacity : FIRST_BYTES;

	if (str->error || !length || length > str->limit_bytes - str->length)
		return str->capacity;
	while (capacity <= str->length + length)
		capacity *= 2;
	return capacity;
}

/* Make room for length more bytes; on failure the error sticks. */
static bool grow(struct str *str, size_t length)
{
	size_t capacity;
	char *bytes;

	if (str->error)
		return false;
	if (length > str->limit_bytes - str->length) {
		str->error = -EMSGSIZE;
		return false;
	}
	if (str->length + length < str->capacity)
		return true;
	capacity = str_capacity_for(str, length);
	bytes = realloc(str->bytes, capacity);
	if (!bytes) {
		str->error = -ENOMEM;
		return false;
	}
	str->bytes = bytes;
	str->capacity = capacity;
	return true;
}

void str_append_bytes(struct str *str, const void *bytes, size_t length)
{
	if (!length || !grow(str, length))
		return;
	memcpy(str->bytes + str->length, bytes, length);
	str->length += length;
	str->bytes[str->length] = '\0';
}

void str_append(struct str *str, const char *text)
{
	str_append_bytes(str, text, strlen(text));
}

void str_append_char(struct str *str, char byte)
{
	str_append_bytes(str, &byte, 1);
}

void str_append_encoded(struct str *str, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			str_append_char(str, *text);
		else
			str_printf(str, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

void str_printf(struct str *str, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	str_vprintf(str, format, arguments);
	va_end(arguments);
}

void str_vprintf(struct str *str, const char *format, va_list arguments)
{
	size_t room;
	va_list again;
	int length;

	/* Most texts are short and fit into the capacity there is, or into the first allocation. */
	if (!str->error && !str->bytes && str->limit_bytes)
		(void)grow(str, 1);
	room = !str->error && str->bytes ? str->capacity - str->length : 0;
	va_copy(again, arguments);
	length = vsnprintf(room ? str->bytes + str->length : NULL, room, format, again);
	va_end(again);
	if (length >= 0 && (size_t)length < room && (size_t)length <= str->limit_bytes - str->length) {
		str->length += (size_t)length;
		return;
	}
	if (room)
		str->bytes[str->length] =
				'\0'; /* drop the part that was written before the end of the buffer */
	if (length < 0) {
		str->error = str->error ? str->error : -EINVAL;
		return;
	}
	if (!grow(str, (size_t)length))
		return;
	vsnprintf(str->bytes + str->length, (size_t)length + 1, format, arguments);
	str->length += (size_t)length;
}

void str_truncate(struct str *str, size_t length)
{
	if (length >= str->length)
		return;
	str->length = length;
	str->bytes[length] = '\0';
}

void str_clear(struct str *str)
{
	str->error = 0;
	str_truncate(str, 0);
}

const char *str_text(const struct str *str)
{
	return str->bytes ? str->bytes : "";
}

int str_take(struct str *str, char **ret)
{
	int r = str->error;
	char *text = str->bytes;

	if (!r && !text) {
		text = strdup("");
		r = text ? 0 : -ENOMEM;
	}
	if (r) {
		str_release(str);
		return r;
	}
	*str = STR(str->limit_bytes);
	*ret = text;
	return 0;
}

void str_release(struct str *str)
{
	free(str->bytes);
	*str = STR(str->limit_bytes);
}

void str_wipe(struct str *str)
{
	if (str->bytes)
		explicit_bzero(str->bytes, str->capacity);
	str_release(str);
}

char *str_copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

char *str_copy_bytes(const char *bytes, size_t length)
{
	return bytes ? strndup(bytes, length) : NULL;
}

char *bytes_copy(const char *bytes, size_t length)
{
	char *copy = bytes ? malloc(length + 1) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

bool str_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

/* ASCII only, whatever the locale of the process: protocol text has no locale. */
static unsigned char lower(char byte)
{
	return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

bool str_equal_nocase(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

int str_to_long(const char *text, long low, long high, long *ret)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char *end;
	long value;

	if (*digits < '0' || *digits > '9')
		return -EINVAL;
	errno = 0;
	value = strtol(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || value < low || value > high)
		return -ERANGE;
	*ret = value;
	return 0;
}

uint64_t str_hash(uint64_t seed, const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;
	uint64_t hash = seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3u;
	return hash;
}
