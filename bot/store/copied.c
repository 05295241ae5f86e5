/* Rows of a copy, their batches and sums. */

#include "bot/store/copied.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/span.h"
#include "bot/base/str.h"

#define TEXTS 10 /* of a row */

/* ---------------------------------------------------------------- batches */

/* The texts of a row, in a fixed order. */
static void texts_of(struct copied_row *row, const char **ret[TEXTS])
{
	const char **texts[TEXTS] = {&row->first, &row->second, &row->value, &row->self, &row->channel,
			&row->author_id, &row->author_name, &row->account, &row->text, &row->extra};

	memcpy(ret, texts, sizeof(texts));
}

bool copied_batch_add(struct copied_batch *batch, const struct copied_row *row, int *ret_error)
{
	struct copied_row *copy = &batch->rows[batch->count];
	const char **texts[TEXTS];
	size_t bytes = 0;
	char *memory;

	*copy = *row;
	texts_of(copy, texts);
	for (size_t i = 0; i < TEXTS; i++)
		bytes += *texts[i] ? strlen(*texts[i]) + 1 : 1;
	memory = malloc(bytes);
	if (!memory) {
		*ret_error = -ENOMEM;
		return false;
	}
	batch->memory[batch->count++] = memory;
	batch->bytes += bytes;
	for (size_t i = 0; i < TEXTS; i++) {
		size_t length = *texts[i] ? strlen(*texts[i]) : 0;

		memcpy(memory, length ? *texts[i] : "", length + 1);
		*texts[i] = memory;
		memory += length + 1;
	}
	return batch->count < COPIED_BATCH_ROWS && batch->bytes < COPIED_BATCH_MAX_BYTES;
}

void copied_batch_clear(struct copied_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->memory[i]);
	batch->count = batch->bytes = 0;
	batch->is_last = false;
}

/* ---------------------------------------------------------------- places */

int copied_place_set(struct copied_place *place, enum copied_kind kind, const char *first, const char *second)
{
	char *one = str_copy(first), *two = str_copy(second);

	if (!one || !two) {
		free(one);
		free(two);
		return -ENOMEM;
	}
	copied_place_release(place);
	*place = (struct copied_place){kind, one, two};
	return 0;
}

int copied_place_move(struct copied_place *place, const struct copied_batch *batch)
{
	const struct copied_row *last = batch->count ? &batch->rows[batch->count - 1] : NULL;

	if (batch->is_last)
		return copied_place_set(place, place->kind + 1, "", "");
	return last ? copied_place_set(place, place->kind, last->first, last->second) : 0;
}

void copied_place_release(struct copied_place *place)
{
	free(place->first);
	free(place->second);
	*place = (struct copied_place){0};
}

/* ---------------------------------------------------------------- sums */

static bool add_field(EVP_MD_CTX *hash, const char *text, size_t length)
{
	uint64_t size = length;
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(size >> (56 - 8 * i));
	return EVP_DigestUpdate(hash, bytes, sizeof(bytes)) && EVP_DigestUpdate(hash, text, length);
}

static uint64_t number_at(const unsigned char *bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static int add_row(struct copied_sum *sum, const struct span *fields, size_t count)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool is_good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
	uint64_t low;

	for (size_t i = 0; is_good && i < count; i++)
		is_good = add_field(hash, fields[i].at, fields[i].length);
	is_good = is_good && EVP_DigestFinal_ex(hash, digest, NULL);
	EVP_MD_CTX_free(hash);
	if (!is_good)
		return -ENOMEM;
	low = sum->low + number_at(digest + 8);
	sum->high += number_at(digest) + (low < sum->low);
	sum->low = low;
	sum->count++;
	return 0;
}

static struct span whole(const char *text)
{
	return text ? (struct span){text, strlen(text)} : (struct span){"", 0};
}

/* [["channel","guild","last"], ...]: each item is a row. */
static int add_channels(struct copied_sum *sum, const struct copied_row *row)
{
	struct span_walk walk;
	struct span fields[] = {whole(row->first), whole(row->second), {0}};
	int r = 0;

	if (span_open(whole(row->value), '[', &walk) < 0)
		return 0; /* as the gateway reads it: no channel */
	while (r == 0 && span_item(&walk, &fields[2]) > 0)
		r = add_row(sum, fields, 3);
	return r;
}

int copied_sums_add(struct copied_sums *sums, const struct copied_row *row)
{
	struct str numbers = STR(64);
	struct copied_sum *sum = &sums->of[row->kind];
	int r;

	if (row->kind == COPIED_VALUE && str_starts(row->first, "discord/") &&
			str_equal(row->second, "rooms"))
		return add_channels(sum, row);
	str_printf(&numbers, "%d %d %llu", row->is_private, row->is_addressed,
			(unsigned long long)row->time_ms);
	if (row->kind == COPIED_OPEN) {
		const struct span fields[] = {whole(row->first), whole(row->second), whole(row->channel),
				whole(row->author_id), whole(row->author_name), whole(row->account),
				whole(row->text), whole(row->extra), whole(str_text(&numbers))};

		r = add_row(sum, fields, sizeof(fields) / sizeof(fields[0]));
	} else {
		const struct span fields[] = {whole(row->first), whole(row->second), whole(row->value)};

		r = add_row(sum, fields, row->kind == COPIED_VALUE ? 3 : 2);
	}
	r = numbers.error ? numbers.error : r;
	str_release(&numbers);
	return r;
}

bool copied_sum_equal(const struct copied_sum *a, const struct copied_sum *b)
{
	return a->count == b->count && a->high == b->high && a->low == b->low;
}
