/* The send queue to the server, within the server's flood limit. */

#include "bot/gateway/irc/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/isupport.h"

/* How far the server's count may run ahead: servers allow ten seconds; two are a margin for differences
 * between our count and the server's. */
#define BURST_MS        8000
#define COMMAND_COST_MS 1000
#define RFC1459_COST_MS 2000
#define FAST_COST_MS    667
#define FAST_BURST_MS   (3 * FAST_COST_MS) /* four lines: the throttle allows one more */
#define USUAL_BYTES     200 /* typical length of a line, to estimate the cost of queued lines */
#define LABEL_BYTES     32

struct irc_outbox_asker {
	struct irc_outbox_asker *next;
	struct irc_outbox_target *target;
	struct irc_sent *first, **last;
	size_t line_count;
	bool is_refused; /* and was sent a notice about it */
	char name[];
};

struct irc_outbox_target {
	struct irc_outbox_target *next;
	struct irc_outbox_asker *askers; /* in the order of their turns; never empty */
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

bool irc_flood_of(const char *version, enum irc_flood *ret)
{
	static const struct {
		const char *begins;
		enum irc_flood flood;
	} kinds[] = {
			{"InspIRCd", IRC_FLOOD_PER_COMMAND},
			{"episoded", IRC_FLOOD_PER_COMMAND}, /* our own lobby, whose limit is far higher */
			{"solanum", IRC_FLOOD_FAST}, {"ergo", IRC_FLOOD_FAST}, {"oragono", IRC_FLOOD_FAST},
			{"ircd-hybrid", IRC_FLOOD_FAST},
			{"hybrid", IRC_FLOOD_FAST}, /* the parent of Solanum */
			{"charybdis", IRC_FLOOD_FAST}, {"ngircd", IRC_FLOOD_RFC1459},
			{"2.11", IRC_FLOOD_RFC1459},                             /* irc2 */
			{"UnrealIRCd", IRC_FLOOD_SAFE}, {"u2.", IRC_FLOOD_SAFE}, /* ircu2 */
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncasecmp(version, kinds[i].begins, strlen(kinds[i].begins)) != 0)
			continue;
		*ret = kinds[i].flood;
		return true;
	}
	return false;
}

/* ---------------------------------------------------------------- the queues */

static bool is_person(const char *target)
{
	return *target && !irc_target_is_channel(target);
}

static void count_target(struct irc_outbox *outbox, const char *name, int change)
{
	outbox->target_count += (size_t)change;
	outbox->people_count += is_person(name) ? (size_t)change : 0;
}

/* Is a new target allowed? Always for the server itself. */
static bool has_place(const struct irc_outbox *outbox, const char *name)
{
	if (*name == '\0')
		return true;
	return outbox->target_count < IRC_OUTBOX_TARGETS_MAX &&
	       (!is_person(name) || outbox->people_count < IRC_OUTBOX_PEOPLE_MAX);
}

/* The queue of a target; "": the server itself. */
static struct irc_outbox_target *find_target(const struct irc_outbox *outbox, const char *name)
{
	struct irc_outbox_target *target;

	for (target = outbox->targets; target; target = target->next) {
		if (strcmp(target->name, name) == 0)
			return target;
	}
	return NULL;
}

static struct irc_outbox_asker *find_asker(const struct irc_outbox_target *target, const char *name)
{
	struct irc_outbox_asker *asker = target ? target->askers : NULL;

	while (asker && strcmp(asker->name, name) != 0)
		asker = asker->next;
	return asker;
}

static void count(struct irc_outbox *outbox, struct irc_sent *sent, int change)
{
	size_t lines = sent->line_count * (size_t)change;

	sent->asker->line_count += lines;
	sent->asker->target->line_count += lines;
	outbox->line_count += lines;
	outbox->followed_count += sent->answer->is_followed ? (size_t)change : 0;
	sent->answer->queued_count += (size_t)change;
}

static void put(struct irc_outbox *outbox, struct irc_outbox_asker *asker, struct irc_sent *sent,
		uint64_t now_ms, bool is_first)
{
	sent->state = IRC_SENT_QUEUED;
	sent->queued_ms = now_ms;
	sent->is_first = is_first;
	sent->next = NULL;
	sent->asker = asker;
	*asker->last = sent;
	asker->last = &sent->next;
	count(outbox, sent, 1);
}

/* Remove a record from its queue. The queue may be empty afterwards. */
static void unlink_sent(struct irc_outbox *outbox, struct irc_sent *sent)
{
	struct irc_outbox_asker *asker = sent->asker;
	struct irc_sent **at = &asker->first;

	while (*at != sent)
		at = &(*at)->next;
	*at = sent->next;
	if (!*at)
		asker->last = at;
	count(outbox, sent, -1);
	sent->next = NULL;
	sent->asker = NULL;
}

/* Free an answer that is not tracked, once all its records have left the queue. */
static void let_go(struct irc_answer *answer)
{
	if (!answer->is_followed && answer->queued_count == 0)
		irc_answer_free(answer);
}

/* Move the first asker to the end, or remove one with an empty queue. */
static void end_asker_turn(struct irc_outbox_target *target)
{
	struct irc_outbox_asker *asker = target->askers, **end;

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

/* Move the first target to the end, or remove it when nothing is queued for it. */
static void end_turn(struct irc_outbox *outbox)
{
	struct irc_outbox_target *target = outbox->targets, **end;

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
		struct irc_outbox_asker *asker = outbox->targets->askers;

		while (asker->first) {
			struct irc_sent *sent = asker->first;

			unlink_sent(outbox, sent);
			sent->state = IRC_SENT_LOST;
			let_go(sent->answer);
		}
		end_asker_turn(outbox->targets);
		if (!outbox->targets->askers)
			end_turn(outbox);
	}
}

/* The first queued record that is not part of a tracked answer, or NULL. */
static struct irc_sent *first_untracked(const struct irc_outbox *outbox)
{
	for (struct irc_outbox_target *target = outbox->targets; target; target = target->next) {
		for (struct irc_outbox_asker *asker = target->askers; asker; asker = asker->next) {
			struct irc_sent *sent = asker->first;

			while (sent && sent->answer->is_followed)
				sent = sent->next;
			if (sent)
				return sent;
		}
	}
	return NULL;
}

void irc_outbox_drop_untracked(struct irc_outbox *outbox)
{
	struct irc_sent *sent;

	while ((sent = first_untracked(outbox)) != NULL) {
		struct irc_answer *answer = sent->answer;

		irc_outbox_withdraw(outbox, sent);
		let_go(answer);
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

/* Check the limit of an asker. An asker without queued lines may queue an answer of any length. */
static int check_room(
		const struct irc_outbox *outbox, const char *target, const char *asker_name, size_t lines)
{
	struct irc_outbox_asker *asker = find_asker(find_target(outbox, target), asker_name);

	if (*asker_name && asker && asker->line_count + lines > IRC_OUTBOX_ASKER_LINES_MAX) {
		if (asker->is_refused)
			return -ENOBUFS;
		asker->is_refused = true;
		return -EDQUOT;
	}
	return irc_outbox_has_room(outbox, target, lines) ? 0 : -ENOBUFS;
}

/* ---------------------------------------------------------------- push */

static struct irc_outbox_asker *add_asker(struct irc_outbox_target *target, const char *name)
{
	struct irc_outbox_asker *asker = find_asker(target, name), **end;
	size_t size = strlen(name) + 1;

	if (asker)
		return asker;
	asker = calloc(1, sizeof(*asker) + size);
	if (!asker)
		return NULL;
	memcpy(asker->name, name, size);
	asker->target = target;
	asker->last = &asker->first;
	for (end = &target->askers; *end; end = &(*end)->next)
		;
	*end = asker;
	return asker;
}

/* Find or create the asker's queue for target; new ones are last in turn. NULL: out of memory. */
static struct irc_outbox_asker *add_queue(struct irc_outbox *outbox, const char *name, const char *asker_name)
{
	struct irc_outbox_target *target = find_target(outbox, name), *fresh = NULL, **end;
	size_t size = strlen(name) + 1;
	struct irc_outbox_asker *asker;

	if (!target) {
		target = fresh = calloc(1, sizeof(*target) + size);
		if (!target)
			return NULL;
		memcpy(target->name, name, size);
	}
	asker = add_asker(target, asker_name);
	if (!asker) {
		free(fresh); /* only a new target has no askers yet */
		return NULL;
	}
	if (fresh) {
		for (end = &outbox->targets; *end; end = &(*end)->next)
			;
		*end = fresh;
		count_target(outbox, fresh->name, 1);
	}
	return asker;
}

int irc_outbox_push_answer(struct irc_outbox *outbox, const struct irc_outgoing *outgoing, uint64_t now_ms,
		struct irc_answer **ret)
{
	struct irc_answer *answer = NULL;
	struct irc_outbox_asker *asker;
	int r = check_room(outbox, outgoing->target, outgoing->asker, outgoing->line_count);

	if (r == 0)
		r = irc_answer_new(outgoing, ret != NULL, now_ms, &answer);
	if (r < 0)
		return r;
	asker = add_queue(outbox, outgoing->target, outgoing->asker);
	if (!asker) {
		irc_answer_free(answer);
		return -ENOMEM;
	}
	for (size_t i = 0; i < answer->sent_count; i++)
		put(outbox, asker, &answer->sent[i], now_ms, i == 0);
	if (ret)
		*ret = answer;
	return 0;
}

int irc_outbox_push_again(struct irc_outbox *outbox, struct irc_sent *sent, bool is_first, uint64_t now_ms)
{
	struct irc_outbox_asker *asker;
	int r = check_room(outbox, sent->answer->target, "", sent->line_count);

	if (r < 0)
		return r;
	asker = add_queue(outbox, sent->answer->target, "");
	if (!asker)
		return -ENOMEM;
	put(outbox, asker, sent, now_ms, is_first);
	return 0;
}

int irc_outbox_push_marked(struct irc_outbox *outbox, const char *name, const struct irc_line *line,
		uint64_t mark, uint64_t now_ms)
{
	struct irc_outgoing outgoing = {
			.target = name, .asker = "", .lines = line, .line_count = 1, .mark = mark};

	return irc_outbox_push_answer(outbox, &outgoing, now_ms, NULL);
}

int irc_outbox_push(struct irc_outbox *outbox, const char *name, const struct irc_line *line, uint64_t now_ms)
{
	int r = irc_outbox_push_marked(outbox, name, line, 0, now_ms);

	outbox->is_short |= r == -ENOMEM;
	return r;
}

void irc_outbox_withdraw(struct irc_outbox *outbox, struct irc_sent *sent)
{
	outbox->dropped += sent->asker ? sent->line_count : 0;
	irc_outbox_take_back(outbox, sent);
}

void irc_outbox_take_back(struct irc_outbox *outbox, struct irc_sent *sent)
{
	struct irc_outbox_asker *asker = sent->asker, **asker_at;
	struct irc_outbox_target *target, **target_at = &outbox->targets;

	if (!asker)
		return;
	unlink_sent(outbox, sent);
	if (asker->first)
		return;
	target = asker->target;
	for (asker_at = &target->askers; *asker_at != asker; asker_at = &(*asker_at)->next)
		;
	*asker_at = asker->next;
	free(asker);
	if (target->askers)
		return;
	while (*target_at != target)
		target_at = &(*target_at)->next;
	*target_at = target->next;
	count_target(outbox, target->name, -1);
	free(target);
}

/* ---------------------------------------------------------------- flush */

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
	struct str text = STR(IRC_SENT_LINE_MAX_BYTES);
	/* After a lost line, send no other line: a NICK without its PASS would be refused for good. */
	int r = outbox->is_short ? -ENOMEM : irc_line_format(line, &text);

	outbox->is_short |= r == -ENOMEM;
	if (r == 0)
		send_line(outbox, text.bytes, text.length, now_ms);
	if (text.bytes)
		explicit_bzero(text.bytes, text.length); /* it may contain a password */
	str_release(&text);
	return r;
}

/* Format "@label=e1f;" for the first line of a record; "": no label. */
static size_t write_label(const struct irc_outbox *outbox, const struct irc_sent *sent, uint64_t label,
		char ret[LABEL_BYTES])
{
	ret[0] = '\0';
	if (!outbox->has_labels || !sent->answer->is_followed)
		return 0;
	return (size_t)snprintf(ret, LABEL_BYTES, "@label=e%llx%c", (unsigned long long)label,
			*sent->lines == '@' ? ';' : ' ');
}

/* How long the first record of target must wait until all its lines may be sent. */
static uint64_t first_wait_ms(
		const struct irc_outbox *outbox, const struct irc_outbox_target *target, uint64_t now_ms)
{
	const struct irc_sent *sent = target->askers->first;
	const char *line = sent->lines;
	uint64_t rest_ms = 0;
	char label[LABEL_BYTES];

	if (sent->line_count > 1)
		rest_ms = line_cost_ms(outbox, line,
				strlen(line) + write_label(outbox, sent, outbox->last_label + 1, label));
	for (size_t i = 2; i < sent->line_count; i++) {
		line += strlen(line) + 1;
		rest_ms += line_cost_ms(outbox, line, strlen(line));
	}
	return throttle_wait_all(&outbox->throttle, rest_ms, now_ms);
}

/* The label begins with '@', so skip the '@' of the line's own tags. */
static void send_labelled(struct irc_outbox *outbox, const char *label, const char *line, uint64_t now_ms)
{
	char labelled[LABEL_BYTES + IRC_SENT_LINE_MAX_BYTES + 1];
	int length = snprintf(labelled, sizeof(labelled), "%s%s", label, line + (*line == '@'));

	send_line(outbox, labelled, (size_t)length, now_ms);
}

/* Send one line. False: on_send() has cleared the outbox, because the connection has ended. */
static bool send_lines(struct irc_outbox *outbox, const struct irc_sent *sent, uint64_t now_ms)
{
	const char *line = sent->lines;
	unsigned clears = outbox->clears;
	char label[LABEL_BYTES];

	write_label(outbox, sent, sent->label, label);
	for (size_t i = 0; i < sent->line_count; i++) {
		size_t length = strlen(line);

		if (i == 0 && *label)
			send_labelled(outbox, label, line, now_ms);
		else
			send_line(outbox, line, length, now_ms);
		if (outbox->clears != clears) {
			outbox->dropped += sent->line_count - i - 1;
			return false;
		}
		line += length + 1;
	}
	return true;
}

static void report_left(const struct irc_outbox *outbox, struct irc_sent *sent, enum irc_sent_state state)
{
	sent->state = state;
	if (outbox->on_left && (sent->answer->is_followed || sent->answer->mark))
		outbox->on_left(outbox->owner, sent);
}

/* Can the turn pass to the next asker? Not while lines of the same answer are queued. */
static bool is_turn_over(const struct irc_outbox_asker *asker)
{
	return !asker->first || asker->first->is_first;
}

/* Send the first record of target, and pass the turn on. False: on_send() has cleared the outbox. */
static bool send_first(struct irc_outbox *outbox, struct irc_outbox_target *target, uint64_t now_ms)
{
	struct irc_outbox_asker *asker = target->askers;
	struct irc_sent *sent = asker->first;
	struct irc_answer *answer = sent->answer;
	bool is_whole;

	unlink_sent(outbox, sent);
	answer->queued_count++; /* hold a reference while sending, because a clear would free the answer */
	if (answer->is_followed)
		sent->label = ++outbox->last_label;
	is_whole = send_lines(outbox, sent, now_ms);
	if (outbox->paces.count)
		irc_paces_sent(&outbox->paces, answer->target, sent->line_count, now_ms);
	answer->queued_count--;
	if (is_whole) {
		if (is_turn_over(asker))
			end_asker_turn(target);
		end_turn(outbox);
		sent->sent_ms = now_ms;
		report_left(outbox, sent, IRC_SENT_SENT);
	}
	let_go(answer);
	return is_whole;
}

/* Only before the first line of an answer: half an answer is worse than a late one. */
static bool is_too_late(const struct irc_sent *sent, uint64_t now_ms)
{
	return sent->is_first && now_ms > sent->queued_ms + IRC_OUTBOX_AGE_MAX_MS;
}

/* Drop the first record of target, and the other records of the same answer. */
static void drop_first(struct irc_outbox *outbox, struct irc_outbox_target *target)
{
	struct irc_outbox_asker *asker = target->askers;
	struct irc_sent *first = asker->first, *sent;
	struct irc_answer *answer = first->answer;

	do {
		sent = asker->first;
		unlink_sent(outbox, sent);
		outbox->dropped += sent->line_count;
	} while (!is_turn_over(asker) && asker->first->answer == answer);
	end_asker_turn(target);
	if (!target->askers)
		end_turn(outbox);
	for (; first <= sent; first++) {
		if (first->state == IRC_SENT_QUEUED) /* not one between them that was confirmed before */
			report_left(outbox, first, IRC_SENT_LOST);
	}
	let_go(answer);
}

void irc_outbox_hold(struct irc_outbox *outbox, const char *target, uint64_t hold_ms, uint64_t now_ms)
{
	irc_paces_refused(&outbox->paces, target, hold_ms, now_ms);
}

static bool is_paused(const struct irc_outbox *outbox, const char *target, uint64_t now_ms)
{
	if (outbox->is_mute && *target)
		return true;
	return outbox->paces.count && irc_paces_ready_ms(&outbox->paces, target) > now_ms;
}

bool irc_outbox_is_held(const struct irc_outbox *outbox, uint64_t now_ms)
{
	const struct irc_outbox_target *target = outbox->targets;

	while (target && is_paused(outbox, target->name, now_ms))
		target = target->next;
	return outbox->targets && !target;
}

/* Move the first target that is not paused to the front. NULL: no target has its turn. */
static struct irc_outbox_target *next_target(struct irc_outbox *outbox, uint64_t now_ms)
{
	struct irc_outbox_target **at = &outbox->targets, *target;

	while (*at && is_paused(outbox, (*at)->name, now_ms))
		at = &(*at)->next;
	target = *at;
	if (target && target != outbox->targets) {
		*at = target->next;
		target->next = outbox->targets;
		outbox->targets = target;
	}
	return target;
}

void irc_outbox_flush(struct irc_outbox *outbox, uint64_t now_ms)
{
	struct irc_outbox_target *target;

	while ((target = next_target(outbox, now_ms)) != NULL) {
		if (is_too_late(target->askers->first, now_ms)) {
			drop_first(outbox, target);
			continue;
		}
		if (first_wait_ms(outbox, target, now_ms) > 0 || !send_first(outbox, target, now_ms))
			return;
	}
}

uint64_t irc_outbox_wait_ms(const struct irc_outbox *outbox, const char *name, uint64_t now_ms)
{
	const struct irc_outbox_target *target = find_target(outbox, name), *other;
	size_t before = 0;

	if (!target || is_paused(outbox, name, now_ms))
		return 0;
	/* Targets take turns, so each other target sends a line for each of ours. */
	for (other = outbox->targets; other; other = other->next)
		before += other == target ? target->line_count - 1 : 1;
	return throttle_wait(&outbox->throttle, now_ms) + before * irc_outbox_cost_ms(outbox, USUAL_BYTES);
}

uint64_t irc_outbox_next_ms(const struct irc_outbox *outbox, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (const struct irc_outbox_target *target = outbox->targets; target; target = target->next) {
		uint64_t ready_ms =
				outbox->paces.count ? irc_paces_ready_ms(&outbox->paces, target->name) : 0;

		if (outbox->is_mute && *target->name)
			continue; /* the one who gives the permit flushes */
		if (ready_ms <= now_ms)
			return now_ms + first_wait_ms(outbox, target, now_ms);
		if (ready_ms < next_ms)
			next_ms = ready_ms;
	}
	return next_ms;
}
