/* The store as the receiver of what a line brings. */

#include "bot/postgres/line.h"

static void settled(void *user, const struct store_result *result)
{
	remote_settled(user, result);
}

static void heard(void *user, const char *area, const char *key, const char *value, uint64_t version)
{
	remote_heard(user, area, key, value, version);
}

static void caught_up(void *user, uint64_t asked)
{
	remote_caught_up(user, asked);
}

static void opened(void *user, const struct journal_entry *entry, const char *mark)
{
	remote_opened(user, entry, mark);
}

static void loaded(void *user, const struct store_claim *claim, int error)
{
	remote_loaded(user, claim, error);
}

static void set_trouble(void *user, int error)
{
	remote_set_trouble(user, error);
}

static uint64_t version(void *user)
{
	return remote_version(user);
}

void line_serve(struct postgres_line *line, struct store *store)
{
	static const struct line_sink sink = {
			settled, heard, caught_up, opened, loaded, set_trouble, version};

	line_serve_sink(line, &sink, store);
}
