/* Lines to the server, no faster than it bears. */

#include "bot/gateway/irc/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/isupport.h"

/* How far the server's count may run ahead: of ten seconds, two are left for what we cannot see. */
#define BURST_MS        8000
#define LINE_MAX_BYTES  (4094 + 2 + 4096) /* tags of a client, and the longest LINELEN believed */
#define COMMAND_COST_MS 1000
#define RFC1459_COST_MS 2000
#define FAST_COST_MS    667
#define FAST_BURST_MS   (3 * FAST_COST_MS) /* four lines: the throttle lets one more begin */
#define USUAL_BYTES     200                /* of a line, for a guess at what those that wait will cost */

struct queued_answer {
	struct queued_answer *next;
	uint64_t pushed_ms;
	char *lines;      /* each with a NUL at its end */
	const char *rest; /* those not yet sent */
	size_t rest_count;
	uint64_t mark; /* of the next line, or of the whole batch; 0: none */
	bool is_batch, is_begun;
};

struct queued_asker {
	struct queued_asker *next;
	struct queued_answer *first, **last;
	size_t line_count;
	bool is_refused; /* and has heard of it */
	char name[];
};

struct irc_outbox_target {
	struct irc_outbox_target *next;
	struct queued_asker *askers; /* in the order of their turns; never none */
	size_t line_count;
	char name[];
};

void irc_outbox_init(struct irc_outbox *outbox, void (*on_send)(void *user, const char *line, size_t length),
		void *user)
{
	*outbox = (struct irc_outbox){.on_send = on_send, .user = user};
	irc_outbox_set_flood(outbox, IRC_FLOOD_SAFE);
}

void irc_outbox_set_flood(struct irc_outbox *outbox, enum irc_flood flood)
{
	outbox->flood = flood;
	throttle_init(&outbox->throttle, flood == IRC_FLOOD_FAST ? FAST_BURST_MS : BURST_MS);
}

/* ---------------------------------------------------------------- what waits */

/* "" is the server. */
static bool is_person(const char *target)
{
	return *target && !irc_target_is_channel(target);
}

static void count_target(struct irc_outbox *outbox, const char *name, int change)
{
	outbox->target_count += (size_t)change;
	outbox->people_count += is_person(name) ? (size_t)change : 0;
}

/* Room for one more target; the server's own always has it. */
static bool has_place(const struct irc_outbox *outbox, const char *name)
{
	if (*name == '\0')
		return true;
	return outbox->target_count < IRC_OUTBOX_TARGETS_MAX &&
	       (!is_person(name) || outbox->people_count < IRC_OUTBOX_PEOPLE_MAX);
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

static struct queued_asker *find_asker(const struct irc_outbox_target *target, const char *name)
{
	struct queued_asker *asker = target ? target->askers : NULL;

	while (asker && strcmp(asker->name, name) != 0)
		asker = asker->next;
	return asker;
}

/* One answer of the asker whose turn it is goes: said, or given up. The turn passes on in any case. */
static void free_first_answer(struct irc_outbox *outbox, struct irc_outbox_target *target)
{
	struct queued_asker *asker = target->askers, **end;
	struct queued_answer *answer = asker->first;

	asker->first = answer->next;
	asker->line_count -= answer->rest_count;
	target->line_count -= answer->rest_count;
	outbox->line_count -= answer->rest_count;
	free(answer->lines);
	free(answer);

	target->askers = asker->next;
	if (!asker->first) {
		free(asker);
		return;
	}
	asker->next = NULL;
	for (end = &target->askers; *end; end = &(*end)->next)
		;
	*end = asker;
}

/* The first target goes to the end of the line, or away when it has said all. */
static void end_turn(struct irc_outbox *outbox)
{
	struct irc_outbox_target *target = outbox->targets, **end;

	if (!target) /* taken back, from on_left() */
		return;
	outbox->targets = target->next;
	if (!target->askers) {
		count_target(outbox, target->name, -1);
		free(target);
		return;
	}
	target->next = NULL;
	for (end = &outbox->targets; *end; end = &(*end)->next)
		;
	*end = target;
}

void irc_outbox_clear(struct irc_outbox *outbox)
{
	outbox->dropped += outbox->line_count;
	outbox->clears++;
	outbox->is_short = false;
	while (outbox->targets) {
		while (outbox->targets->askers)
			free_first_answer(outbox, outbox->targets);
		end_turn(outbox);
	}
}

bool irc_outbox_is_waiting(const struct irc_outbox *outbox, const char *target)
{
	return find_target(outbox, target) != NULL;
}

bool irc_outbox_has_room(const struct irc_outbox *outbox, const char *name, size_t lines)
{
	const struct irc_outbox_target *target = find_target(outbox, name);

	if (outbox->line_count + lines > IRC_OUTBOX_LINES_MAX)
		return false;
	if (!target)
		return has_place(outbox, name) && lines <= IRC_OUTBOX_TARGET_LINES_MAX;
	return target->line_count + lines <= IRC_OUTBOX_TARGET_LINES_MAX;
}

/* An asker who waits for nothing is let in, however long the answer. */
static int check_room(const struct irc_outbox *outbox, const struct irc_outbox_answer *answer)
{
	struct queued_asker *asker = find_asker(find_target(outbox, answer->target), answer->asker);

	if (*answer->asker && asker && asker->line_count + answer->line_count > IRC_OUTBOX_ASKER_LINES_MAX) {
		if (asker->is_refused)
			return -ENOBUFS;
		asker->is_refused = true;
		return -EDQUOT;
	}
	return irc_outbox_has_room(outbox, answer->target, answer->line_count) ? 0 : -ENOBUFS;
}

/* ---------------------------------------------------------------- coming in */

/* The asker's queue, and the target's, made and set last in turn where there is none. NULL: out of memory. */
static struct queued_asker *add_asker(struct irc_outbox_target *target, const char *name)
{
	struct queued_asker *asker = find_asker(target, name), **end;
	size_t size = strlen(name) + 1;

	if (asker)
		return asker;
	asker = calloc(1, sizeof(*asker) + size);
	if (!asker)
		return NULL;
	memcpy(asker->name, name, size);
	asker->last = &asker->first;
	for (end = &target->askers; *end; end = &(*end)->next)
		;
	*end = asker;
	return asker;
}

static int add_answer(struct irc_outbox *outbox, const struct irc_outbox_answer *answer,
		struct queued_answer *queued)
{
	struct irc_outbox_target *target = find_target(outbox, answer->target), *fresh = NULL, **end;
	size_t size = strlen(answer->target) + 1;
	struct queued_asker *asker;

	if (!target) {
		target = fresh = calloc(1, sizeof(*target) + size);
		if (!target)
			return -ENOMEM;
		memcpy(target->name, answer->target, size);
	}
	asker = add_asker(target, answer->asker);
	if (!asker) {
		free(fresh); /* a target that was there has askers already */
		return -ENOMEM;
	}
	if (fresh) {
		for (end = &outbox->targets; *end; end = &(*end)->next)
			;
		*end = fresh;
		count_target(outbox, fresh->name, 1);
	}
	*asker->last = queued;
	asker->last = &queued->next;
	asker->line_count += queued->rest_count;
	target->line_count += queued->rest_count;
	outbox->line_count += queued->rest_count;
	return 0;
}

int irc_outbox_push_answer(struct irc_outbox *outbox, const struct irc_outbox_answer *answer, uint64_t now_ms)
{
	struct str lines = STR(LINE_MAX_BYTES * answer->line_count);
	struct queued_answer *queued = NULL;
	size_t i;
	int r = check_room(outbox, answer);

	for (i = 0; i < answer->line_count && r == 0; i++) {
		r = irc_line_format(&answer->lines[i], &lines);
		str_append_char(&lines, '\0');
	}
	if (r < 0)
		goto out;
	r = -ENOMEM;
	queued = calloc(1, sizeof(*queued));
	if (!queued)
		goto out;
	queued->pushed_ms = now_ms;
	queued->rest_count = answer->line_count;
	queued->is_batch = answer->is_batch;
	queued->mark = answer->mark;
	r = str_take(&lines, &queued->lines);
	if (r < 0)
		goto out;
	queued->rest = queued->lines;
	r = add_answer(outbox, answer, queued);
	if (r == 0)
		queued = NULL;
out:
	if (queued)
		free(queued->lines);
	free(queued);
	str_release(&lines);
	return r;
}

int irc_outbox_push(struct irc_outbox *outbox, const char *name, const struct irc_line *line, uint64_t now_ms)
{
	struct irc_outbox_answer answer = {.target = name, .asker = "", .lines = line, .line_count = 1};
	int r = irc_outbox_push_answer(outbox, &answer, now_ms);

	outbox->is_short |= r == -ENOMEM;
	return r;
}

int irc_outbox_push_marked(struct irc_outbox *outbox, const char *name, const struct irc_line *line,
		uint64_t mark, uint64_t now_ms)
{
	struct irc_outbox_answer answer = {
			.target = name, .asker = "", .lines = line, .line_count = 1, .mark = mark};

	return irc_outbox_push_answer(outbox, &answer, now_ms);
}

static bool is_marked(const struct queued_answer *answer, uint64_t first, uint64_t last)
{
	uint64_t end = answer->is_batch ? answer->mark : answer->mark + answer->rest_count - 1;

	return answer->mark != 0 && answer->mark >= first && end <= last;
}

static void cancel_of(struct irc_outbox *outbox, struct irc_outbox_target *target, struct queued_asker *asker,
		uint64_t first, uint64_t last)
{
	struct queued_answer **at = &asker->first;

	while (*at) {
		struct queued_answer *answer = *at;

		if (!is_marked(answer, first, last)) {
			at = &answer->next;
			continue;
		}
		*at = answer->next;
		asker->line_count -= answer->rest_count;
		target->line_count -= answer->rest_count;
		outbox->line_count -= answer->rest_count;
		outbox->dropped += answer->rest_count;
		free(answer->lines);
		free(answer);
	}
	asker->last = at;
}

void irc_outbox_cancel(struct irc_outbox *outbox, uint64_t first, uint64_t last)
{
	struct irc_outbox_target **at = &outbox->targets;

	while (*at) {
		struct irc_outbox_target *target = *at;
		struct queued_asker **asker = &target->askers;

		while (*asker) {
			struct queued_asker *one = *asker;

			cancel_of(outbox, target, one, first, last);
			if (one->first) {
				asker = &one->next;
				continue;
			}
			*asker = one->next;
			free(one);
		}
		if (target->askers) {
			at = &target->next;
			continue;
		}
		*at = target->next;
		count_target(outbox, target->name, -1);
		free(target);
	}
}

/* ---------------------------------------------------------------- going out */

static void tell_left(const struct irc_outbox *outbox, uint64_t mark, bool is_sent)
{
	if (mark && outbox->on_left)
		outbox->on_left(outbox->owner, mark, is_sent);
}

uint64_t irc_outbox_cost_ms(const struct irc_outbox *outbox, size_t length)
{
	uint64_t by_message = 2000 + (uint64_t)length * 1000 / 120;
	uint64_t by_length = 1000 + (uint64_t)length * 1000 / 90;

	switch (outbox->flood) {
	case IRC_FLOOD_NONE: return 0;
	case IRC_FLOOD_FAST: return FAST_COST_MS;
	case IRC_FLOOD_RFC1459: return RFC1459_COST_MS;
	case IRC_FLOOD_PER_COMMAND: return COMMAND_COST_MS;
	case IRC_FLOOD_SAFE: break;
	}
	return by_message > by_length ? by_message : by_length;
}

static uint64_t line_cost_ms(const struct irc_outbox *outbox, const char *line, size_t length)
{
	bool is_join = outbox->flood == IRC_FLOOD_PER_COMMAND && strncmp(line, "JOIN ", 5) == 0;

	return irc_outbox_cost_ms(outbox, length) * (is_join ? 2 : 1);
}

static void send_line(struct irc_outbox *outbox, const char *bytes, size_t length, uint64_t now_ms)
{
	throttle_spend(&outbox->throttle, line_cost_ms(outbox, bytes, length), now_ms);
	outbox->on_send(outbox->user, bytes, length);
}

int irc_outbox_urgent(struct irc_outbox *outbox, const struct irc_line *line, uint64_t now_ms)
{
	struct str text = STR(LINE_MAX_BYTES);
	/* After a line that was lost no other: a NICK without its PASS would be refused for good. */
	int r = outbox->is_short ? -ENOMEM : irc_line_format(line, &text);

	outbox->is_short |= r == -ENOMEM;
	if (r == 0)
		send_line(outbox, text.bytes, text.length, now_ms);
	if (text.bytes)
		explicit_bzero(text.bytes, text.length); /* it may have been a password */
	str_release(&text);
	return r;
}

/* How long the first answer of the first target waits for its next line, or for all of them. */
static uint64_t first_wait_ms(const struct irc_outbox *outbox, uint64_t now_ms)
{
	const struct queued_answer *answer = outbox->targets->askers->first;
	const char *line = answer->rest;
	uint64_t rest_ms = 0;
	size_t i;

	for (i = 1; answer->is_batch && i < answer->rest_count; i++) {
		rest_ms += line_cost_ms(outbox, line, strlen(line));
		line += strlen(line) + 1;
	}
	return throttle_wait_all(&outbox->throttle, rest_ms, now_ms);
}

/* The next line of the first answer of target goes out, or all of a batch. False: on_send cleared the outbox,
 * because the connection is no more. */
static bool send_some(struct irc_outbox *outbox, struct irc_outbox_target *target, uint64_t now_ms)
{
	struct queued_answer *answer = target->askers->first;
	unsigned clears = outbox->clears;
	uint64_t mark = answer->mark;

	answer->is_begun = true;
	answer->mark += mark && !answer->is_batch;
	do {
		const char *line = answer->rest;
		size_t length = strlen(line);

		answer->rest += length + 1;
		answer->rest_count--;
		target->askers->line_count--;
		target->line_count--;
		outbox->line_count--;
		send_line(outbox, line, length, now_ms);
		if (outbox->clears != clears)
			return false;
	} while (answer->is_batch && answer->rest_count > 0);
	if (answer->rest_count == 0)
		free_first_answer(outbox, target);
	tell_left(outbox, mark, true);
	return true;
}

/* Never in the middle of one: half an answer is worse than a late one. */
static bool is_too_late(const struct queued_answer *answer, uint64_t now_ms)
{
	return !answer->is_begun && now_ms > answer->pushed_ms + IRC_OUTBOX_AGE_MAX_MS;
}

static void give_up(struct irc_outbox *outbox, struct irc_outbox_target *target)
{
	const struct queued_answer *answer = target->askers->first;
	uint64_t mark = answer->mark, end = mark + (answer->is_batch ? 1 : answer->rest_count);

	outbox->dropped += answer->rest_count;
	free_first_answer(outbox, target);
	if (!target->askers)
		end_turn(outbox);
	for (; mark && mark < end; mark++)
		tell_left(outbox, mark, false);
}

void irc_outbox_flush(struct irc_outbox *outbox, uint64_t now_ms)
{
	while (outbox->targets) {
		struct irc_outbox_target *target = outbox->targets;
		struct queued_answer *answer = target->askers->first;

		if (is_too_late(answer, now_ms)) {
			give_up(outbox, target);
			continue;
		}
		if (first_wait_ms(outbox, now_ms) > 0 || !send_some(outbox, target, now_ms))
			return;
		end_turn(outbox);
	}
}

uint64_t irc_outbox_wait_ms(const struct irc_outbox *outbox, const char *name, uint64_t now_ms)
{
	const struct irc_outbox_target *target = find_target(outbox, name), *other;
	size_t before = 0;

	if (!target)
		return 0;
	/* Whoever waits before us sends a line for each of ours; those of one asker before us go first. */
	for (other = outbox->targets; other; other = other->next)
		before += other == target ? target->line_count - 1 : 1;
	return throttle_wait(&outbox->throttle, now_ms) + before * irc_outbox_cost_ms(outbox, USUAL_BYTES);
}

uint64_t irc_outbox_next_ms(const struct irc_outbox *outbox, uint64_t now_ms)
{
	if (!outbox->targets)
		return UINT64_MAX;
	return now_ms + first_wait_ms(outbox, now_ms);
}
