/* IMDb's data sets: TSV, refused or a draft; the same draft if the rows of other shows are dropped while the file is read. */

#include "bot/import/imdb_episodes.h"
#include "tests/fuzz/fuzzed_import.h"

#define SHOW  "tt9900001"
#define PIECE 37 /* bytes that are read at once */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file in memory, read in pieces; returns its length. */
static size_t read_in_pieces(
		const uint8_t *data, size_t size, const struct import_options *options, char *bytes)
{
	size_t length = 0, done = 0;

	for (size_t at = 0; at < size; at += PIECE) {
		size_t piece = size - at < PIECE ? size - at : PIECE, added = 0;

		memcpy(bytes + length, data + at, piece);
		length = done + import_imdb.shrink(bytes + done, length + piece - done, options, &added);
		done += added;
		assert(done <= length && length <= at + piece);
	}
	bytes[length] = '\0';
	return length;
}

/* How many episodes a file has, read behind one that has two; -1: it is refused. */
static long count_episodes(const char *bytes, size_t length, struct import_options *options)
{
	struct import_input input = {.name = "f", .bytes = bytes, .length = length};
	struct show_draft *draft = NULL;
	struct notes *notes = NULL;
	long count = -1;

	options->imdb->count = 2;
	assert(draft_new(&draft) == 0 && notes_new(&notes) == 0);
	if (import_imdb.looks_like(&input) && import_imdb.read(&input, options, draft, notes) == 0)
		count = (long)draft->episode_count;
	draft_free(draft);
	notes_free(notes);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imdb_episodes episodes = {.show = SHOW};
	struct import_options options = {.show = SHOW, .imdb = &episodes};
	char *whole = malloc(size + 1), *shrunk = malloc(size + 1);
	size_t length;
	long count;

	assert(whole && shrunk);
	assert(imdb_episodes_add(&episodes, 9900101, 1, 2) == 0);
	assert(imdb_episodes_add(&episodes, 9900103, 1, 1) == 0);
	fuzzed_import(&import_imdb, data, size);
	if (size > 0)
		memcpy(whole, data, size);
	whole[size] = '\0';
	length = read_in_pieces(data, size, &options, shrunk);
	count = count_episodes(whole, size, &options);
	/* A row that is dropped is not looked at, and a line end of old Macs is one for the reader only. */
	if (count >= 0 && !memchr(data, '\r', size))
		assert(count_episodes(shrunk, length, &options) == count);
	imdb_episodes_release(&episodes);
	free(whole);
	free(shrunk);
	return 0;
}
