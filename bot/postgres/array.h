#ifndef EPISODED_POSTGRES_ARRAY_H
#define EPISODED_POSTGRES_ARRAY_H

/*
 * Arrays as PostgreSQL reads them: text[] in its binary format, numbers and booleans as text ("{1,2}"), which suits int[]
 * and bigint[] alike. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"

/* Append text as valid UTF-8, because PostgreSQL refuses a statement with any other: each bad byte becomes U+FFFD. */
void array_clean(struct str *bytes, const char *text);

/*
 * array_texts - append a text[].
 *
 * Shape:   int32 dimensions (0 of an empty array, else 1), int32 has_nulls, uint32 OID of the elements; for the
 *          dimension int32 count, int32 lower bound (1); for each element int32 length (-1: NULL) and its bytes.
 *          All in network order.
 * Source:  array_recv() of PostgreSQL 15.
 */
void array_texts(struct str *bytes, const char *const *texts, size_t count);
void array_numbers(struct str *bytes, const int64_t *numbers, size_t count);
void array_flags(struct str *bytes, const bool *flags, size_t count);

#endif
