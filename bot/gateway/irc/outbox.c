/* Lines to the server, no faster than it bears. */

#include "bot/gateway/irc/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How far the server's count may run ahead: of ten seconds, two are left for what we cannot see. */
#define BURST_MS        8000
#define LINE_MAX_BYTES  (4094 + 2 + 4096) /* tags of a client, and the longest LINELEN believed */
#define COMMAND_COST_MS 1000
#define RFC1459_COST_MS 2000
#define FAST_COST_MS    667
#define FAST_BURST_MS   (3 * FAST_COST_MS) /* four lines: the throttle lets one more begin */

struct queued_line {
	struct queued_line *next;
	uint64_t pushed_ms;
	char *bytes;
	size_t length;
};

struct irc_outbox_target {
	struct irc_outbox_target *next;
	struct queued_line *first, **last;
	size_t line_count;
	char name[];
};

void irc_outbox_init(
	struct irc_outbox *outbox, void (*on_send)(void *user, const char *line, size_t length), void *user)
{
	*outbox = (struct irc_outbox){.on_send = on_send, .user = user};
	irc_outbox_set_flood(outbox, IRC_FLOOD_SAFE);
}

void irc_outbox_set_flood(struct irc_outbox *outbox, enum irc_flood flood)
{
	outbox->flood = flood;
	throttle_init(&outbox->throttle, flood == IRC_FLOOD_FAST ? FAST_BURST_MS : BURST_MS);
}

/* Take the first line of a target off; the caller frees it. */
static struct queued_line *take_line(struct irc_outbox *outbox, struct irc_outbox_target *target)
{
	struct queued_line *line = target->first;

	target->first = line->next;
	if (!target->first)
		target->last = &target->first;
	target->line_count--;
	outbox->line_count--;
	return line;
}

static void free_line(struct queued_line *line)
{
	free(line->bytes);
	free(line);
}

static void free_first_target(struct irc_outbox *outbox)
{
	struct irc_outbox_target *target = outbox->targets;

	outbox->targets = target->next;
	outbox->target_count--;
	while (target->first)
		free_line(take_line(outbox, target));
	free(target);
}

void irc_outbox_clear(struct irc_outbox *outbox)
{
	outbox->dropped += outbox->line_count;
	while (outbox->targets)
		free_first_target(outbox);
}

static struct irc_outbox_target *find_target(const struct irc_outbox *outbox, const char *name)
{
	struct irc_outbox_target *target;

	for (target = outbox->targets; target; target = target->next) {
		if (strcmp(target->name, name) == 0)
			return target;
	}
	return NULL;
}

bool irc_outbox_has_room(const struct irc_outbox *outbox, const char *name, size_t lines)
{
	const struct irc_outbox_target *target = find_target(outbox, name);

	if (outbox->line_count + lines > IRC_OUTBOX_LINES_MAX)
		return false;
	if (!target)
		return outbox->target_count < IRC_OUTBOX_TARGETS_MAX && lines <= IRC_OUTBOX_TARGET_LINES_MAX;
	return target->line_count + lines <= IRC_OUTBOX_TARGET_LINES_MAX;
}

/* The target's queue, made and set last in turn where there is none. NULL when out of memory. */
static struct irc_outbox_target *get_target(struct irc_outbox *outbox, const char *name)
{
	struct irc_outbox_target *target = find_target(outbox, name), **end;
	size_t size = strlen(name) + 1;

	if (target)
		return target;
	target = calloc(1, sizeof(*target) + size);
	if (!target)
		return NULL;
	memcpy(target->name, name, size);
	target->last = &target->first;
	for (end = &outbox->targets; *end; end = &(*end)->next)
		;
	*end = target;
	outbox->target_count++;
	return target;
}

/* What the server will count for a line. */
static uint64_t line_cost_ms(enum irc_flood flood, const char *line, size_t length)
{
	uint64_t by_message, by_length;

	if (flood == IRC_FLOOD_NONE)
		return 0;
	if (flood == IRC_FLOOD_FAST)
		return FAST_COST_MS;
	if (flood == IRC_FLOOD_RFC1459)
		return RFC1459_COST_MS;
	if (flood == IRC_FLOOD_PER_COMMAND)
		return strncmp(line, "JOIN ", 5) == 0 ? 2 * COMMAND_COST_MS : COMMAND_COST_MS;
	by_message = 2000 + (uint64_t)length * 1000 / 120;
	by_length = 1000 + (uint64_t)length * 1000 / 90;
	return by_message > by_length ? by_message : by_length;
}

static void send_line(struct irc_outbox *outbox, const char *bytes, size_t length, uint64_t now_ms)
{
	throttle_spend(&outbox->throttle, line_cost_ms(outbox->flood, bytes, length), now_ms);
	outbox->on_send(outbox->user, bytes, length);
}

int irc_outbox_urgent(struct irc_outbox *outbox, const struct irc_line *line, uint64_t now_ms)
{
	struct str text = STR(LINE_MAX_BYTES);
	int r = irc_line_format(line, &text);

	if (r == 0)
		send_line(outbox, text.bytes, text.length, now_ms);
	str_release(&text);
	return r;
}

int irc_outbox_push(struct irc_outbox *outbox, const char *name, const struct irc_line *line, uint64_t now_ms)
{
	struct str text = STR(LINE_MAX_BYTES);
	struct irc_outbox_target *target;
	struct queued_line *queued = NULL;
	int r;

	if (!irc_outbox_has_room(outbox, name, 1))
		return -ENOBUFS;
	r = irc_line_format(line, &text);
	if (r < 0)
		goto out;
	r = -ENOMEM;
	queued = calloc(1, sizeof(*queued));
	if (!queued)
		goto out;
	queued->pushed_ms = now_ms;
	queued->length = text.length;
	target = get_target(outbox, name);
	if (!target)
		goto out;
	r = str_take(&text, &queued->bytes);
	if (r < 0) /* cannot be: the text is whole by now, and a target without lines is skipped */
		goto out;

	*target->last = queued;
	target->last = &queued->next;
	target->line_count++;
	outbox->line_count++;
	queued = NULL;
	r = 0;
out:
	free(queued);
	str_release(&text);
	return r;
}

/* The first target goes to the end of the line, or away when it has said all. */
static void end_turn(struct irc_outbox *outbox)
{
	struct irc_outbox_target *target = outbox->targets, **end;

	if (!target->first) {
		free_first_target(outbox);
		return;
	}
	if (!target->next)
		return;
	outbox->targets = target->next;
	target->next = NULL;
	for (end = &outbox->targets; *end; end = &(*end)->next)
		;
	*end = target;
}

void irc_outbox_flush(struct irc_outbox *outbox, uint64_t now_ms)
{
	while (outbox->targets) {
		struct irc_outbox_target *target = outbox->targets;
		struct queued_line *line = target->first;

		if (line && now_ms - line->pushed_ms > IRC_OUTBOX_AGE_MAX_MS) {
			free_line(take_line(outbox, target));
			outbox->dropped++;
			continue;
		}
		if (line && throttle_wait(&outbox->throttle, now_ms) > 0)
			return;
		if (line) {
			take_line(outbox, target);
			send_line(outbox, line->bytes, line->length, now_ms);
			free_line(line);
		}
		end_turn(outbox);
	}
}

uint64_t irc_outbox_next_ms(const struct irc_outbox *outbox, uint64_t now_ms)
{
	if (!outbox->targets)
		return UINT64_MAX;
	return now_ms + throttle_wait(&outbox->throttle, now_ms);
}
