/* Which part of a history a request asks for. */

#include "bot/gateway/lobby/chat_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"

/* Indexes of a history, first included, end not. */
struct range {
	size_t first, end;
};

/* The indexes around a reference. */
struct history_place {
	size_t before; /* the end of what is before it */
	size_t after;  /* the first of what is after it */
};

struct history_request {
	size_t count; /* entries of the history */
	struct history_place one, other;
	size_t limit;
};

static struct range first_of(size_t first, size_t end, size_t limit)
{
	if (first > end)
		first = end;
	return (struct range){first, end - first > limit ? first + limit : end};
}

static struct range last_of(size_t first, size_t end, size_t limit)
{
	if (first > end)
		first = end;
	return (struct range){end - first > limit ? end - limit : first, end};
}

static struct range latest(const struct history_request *request)
{
	return last_of(request->one.after, request->count, request->limit);
}

static struct range before(const struct history_request *request)
{
	return last_of(0, request->one.before, request->limit);
}

static struct range after(const struct history_request *request)
{
	return first_of(request->one.after, request->count, request->limit);
}

static struct range around(const struct history_request *request)
{
	size_t half = request->limit / 2, first = request->one.before > half ? request->one.before - half : 0;

	return first_of(first, request->count, request->limit);
}

/* From one to the other: those next to the first one are sent if there are too many. */
static struct range between(const struct history_request *request)
{
	if (request->one.before <= request->other.before)
		return first_of(request->one.after, request->other.before, request->limit);
	return last_of(request->other.after, request->one.before, request->limit);
}

static const struct rule {
	const char *name;
	struct range (*pick)(const struct history_request *request);
	size_t references;
	bool takes_star; /* "*" as the reference */
} rules[] = {
		{"LATEST", latest, 1, true},
		{"BEFORE", before, 1, false},
		{"AFTER", after, 1, false},
		{"AROUND", around, 1, false},
		{"BETWEEN", between, 2, false},
};

static const struct rule *find_rule(const char *subcommand)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (str_equal_nocase(subcommand, rules[i].name))
			return &rules[i];
	return NULL;
}

/* context: further words of the answer, with spaces between. */
static void fail(struct chat_client *client, const char *code, const char *context, const char *why)
{
	chat_client_send(client, "", ":" CHAT_SERVER " FAIL CHATHISTORY %s %s :%s", code, context, why);
}

static void fail_with(struct chat_client *client, const char *code, const struct chat_line *line,
		size_t parameter, const char *why)
{
	chat_client_send(client, "", ":" CHAT_SERVER " FAIL CHATHISTORY %s %s %s :%s", code, line->params[0],
			line->params[parameter], why);
}

static bool read_limit(const char *text, size_t *ret)
{
	long limit;

	if (str_to_long(text, 0, 100000, &limit) < 0)
		return false;
	*ret = limit > CHAT_HISTORY_MAX ? CHAT_HISTORY_MAX : (size_t)limit;
	return true;
}

static bool read_reference(const struct history *history, const struct rule *rule, const char *text,
		struct history_place *ret)
{
	if (str_equal(text, "*") && !rule->takes_star)
		return false;
	return history_find_reference(history, text, &ret->before, &ret->after);
}

/* Find the range of a request with the rule's references and a limit, from the third parameter on. False: refused. */
static bool find_range(const struct history *history, struct chat_client *client,
		const struct chat_line *line, const struct rule *rule, struct range *ret)
{
	struct history_request request = {.count = history->count};

	for (size_t i = 0; i < rule->references; i++) {
		if (read_reference(history, rule, line->params[2 + i], i ? &request.other : &request.one))
			continue;
		fail_with(client, "INVALID_MSGREFTYPE", line, 2 + i,
				rule->takes_star ? "Use msgid=, timestamp= or *"
						 : "Use msgid= or timestamp=");
		return false;
	}
	if (!read_limit(line->params[2 + rule->references], &request.limit)) {
		fail_with(client, "INVALID_PARAMS", line, 2 + rule->references, "The limit is not a number");
		return false;
	}
	*ret = rule->pick(&request);
	return true;
}

/* The private messages of the client with the bot; an empty history before the first one. */
static const struct history *private_history(
		const struct chat_directory *directory, const struct chat_client *client)
{
	static const struct history empty;
	const struct chat_guest *guest = chat_directory_find_guest(directory, client->person);

	return guest ? &guest->history : &empty;
}

static void play(const struct chat_directory *directory, struct chat_client *client, struct chat_line *line,
		const struct rule *rule)
{
	const struct chat_channel *channel = chat_directory_find_channel(directory, line->params[1]);
	struct range range;

	if (channel && chat_channel_has(channel, client)) {
		if (find_range(&channel->history, client, line, rule, &range))
			chat_channel_play(channel, client, range.first, range.end);
	} else if (chat_directory_is_bot(directory, line->params[1]) && chat_client_is_guest(client)) {
		const struct history *history = private_history(directory, client);

		if (find_range(history, client, line, rule, &range))
			chat_private_play(history, client, range.first, range.end);
	} else {
		fail_with(client, "INVALID_TARGET", line, 1, "No such channel, or not a member");
	}
}

/* ---------------------------------------------------------------- targets */

/* A channel, or the bot, and the time of the last message. */
struct target {
	const char *name;
	uint64_t wall_ms;
};

static int compare(const void *left, const void *right)
{
	const struct target *a = left, *b = right;

	return (a->wall_ms > b->wall_ms) - (a->wall_ms < b->wall_ms);
}

/* The client's channels, and the bot, whose last message is between the times, both excluded; the oldest first. */
static size_t gather(const struct chat_directory *directory, const struct chat_client *client,
		uint64_t from_ms, uint64_t until_ms, struct target ret[CHAT_CHANNELS_MAX + 1])
{
	const struct history *own = private_history(directory, client);
	uint64_t own_ms = own->count ? history_at(own, own->count - 1)->wall_ms : 0;
	size_t count = 0;

	if (own_ms > from_ms && own_ms < until_ms)
		ret[count++] = (struct target){directory->wire->bot_nick, own_ms};
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		const struct chat_channel *channel = directory->channels[i];
		uint64_t wall_ms;

		if (!channel || !channel->history.count || !chat_channel_has(channel, client))
			continue;
		wall_ms = history_at(&channel->history, channel->history.count - 1)->wall_ms;
		if (wall_ms > from_ms && wall_ms < until_ms)
			ret[count++] = (struct target){channel->name, wall_ms};
	}
	qsort(ret, count, sizeof(*ret), compare);
	return count;
}

static void send_targets(struct chat_client *client, const struct target *targets, size_t count)
{
	char batch[HISTORY_MSGID_BYTES] = "", tags[HISTORY_MSGID_BYTES + 8] = "", time[CLOCK_ISO_BYTES];

	if (client->caps & CHAT_CAP_BATCH) {
		chat_wire_next_id(client->wire, batch);
		snprintf(tags, sizeof(tags), ";batch=%s", batch);
		chat_client_send(client, "", ":" CHAT_SERVER " BATCH +%s draft/chathistory-targets", batch);
	}
	for (size_t i = 0; i < count; i++) {
		clock_iso(targets[i].wall_ms, time);
		chat_client_send(client, tags, ":" CHAT_SERVER " CHATHISTORY TARGETS %s %s", targets[i].name,
				time);
	}
	if (batch[0])
		chat_client_send(client, "", ":" CHAT_SERVER " BATCH -%s", batch);
}

static bool read_time(const char *text, uint64_t *ret_wall_ms)
{
	return str_starts(text, "timestamp=") &&
	       clock_from_iso(text + strlen("timestamp="), ret_wall_ms) == 0;
}

static void list_targets(const struct chat_directory *directory, struct chat_client *client,
		const struct chat_line *line)
{
	struct target targets[CHAT_CHANNELS_MAX + 1];
	uint64_t one_ms, other_ms;
	struct range range;
	size_t limit, count;

	if (!read_time(line->params[1], &one_ms) || !read_time(line->params[2], &other_ms)) {
		fail(client, "INVALID_PARAMS", "TARGETS", "Use timestamp=");
		return;
	}
	if (!read_limit(line->params[3], &limit)) {
		fail(client, "INVALID_PARAMS", "TARGETS", "The limit is not a number");
		return;
	}
	count = gather(directory, client, one_ms < other_ms ? one_ms : other_ms,
			one_ms < other_ms ? other_ms : one_ms, targets);
	range = one_ms <= other_ms ? first_of(0, count, limit) : last_of(0, count, limit);
	send_targets(client, targets + range.first, range.end - range.first);
}

void chat_history(const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	bool is_targets = str_equal_nocase(line->params[0], "TARGETS");
	const struct rule *rule = find_rule(line->params[0]);

	if (!rule && !is_targets)
		fail(client, "INVALID_PARAMS", line->params[0],
				"Use LATEST, BEFORE, AFTER, AROUND, BETWEEN or TARGETS");
	else if (line->param_count < (is_targets ? 4 : 3 + rule->references))
		fail(client, "INVALID_PARAMS", line->params[0], "Not enough parameters");
	else if (is_targets)
		list_targets(directory, client, line);
	else
		play(directory, client, line, rule);
}
