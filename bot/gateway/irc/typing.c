/* Typing notifications while an answer is queued. */

#include "bot/gateway/irc/typing.h"

#include <stdio.h>
#include <string.h>

#define WAIT_LEAST_MS  1000 /* no notification for a shorter wait */
#define WAIT_LEAST     2    /* the wait must be at least this many times the cost of the notification */
#define LINES_WAIT_MAX 10   /* with more queued lines, all commands are used for answers */
#define EVERY_MS       3000 /* the specification's minimum interval for one target */
#define AGAIN_MS       5000 /* repeat: clients show it for six seconds */
#define USUAL_BYTES    40
#define SPARE_MS       2000 /* the outbox's margin, which a notification must not use */

void irc_typing_init(struct irc_typing *typing)
{
	memset(typing, 0, sizeof(*typing));
}

static struct irc_typing_target *find(
		struct irc_typing *typing, const char *name, enum irc_casemap casemap, uint64_t now_ms)
{
	struct irc_typing_target *found = NULL;

	for (size_t i = 0; i < IRC_TYPING_MAX; i++) {
		struct irc_typing_target *target = &typing->targets[i];
		bool is_free = !target->is_shown && !target->is_asked &&
			       now_ms - target->shown_ms >= EVERY_MS;

		if (*target->name && irc_casemap_equal(casemap, target->name, name))
			return target;
		if (!found && (is_free || *target->name == '\0'))
			found = target;
	}
	if (!found || strlen(name) >= sizeof(found->name))
		return NULL;
	*found = (struct irc_typing_target){0};
	snprintf(found->name, sizeof(found->name), "%s", name);
	return found;
}

/* Send the tag in a TAGMSG, a message without text. */
static void send(struct irc_outbox *outbox, const char *target, bool is_active, uint64_t now_ms)
{
	struct irc_line line = *IRC_LINE("TAGMSG", target);

	line.tags = is_active ? "+typing=active" : "+typing=done";
	irc_outbox_urgent(outbox, &line, now_ms);
}

static bool is_worth_it(const struct irc_outbox *outbox, const char *target, uint64_t now_ms)
{
	uint64_t wait_ms = irc_outbox_wait_ms(outbox, target, now_ms);

	return outbox->line_count <= LINES_WAIT_MAX && throttle_wait(&outbox->throttle, now_ms) <= SPARE_MS &&
	       wait_ms > WAIT_LEAST_MS && wait_ms > WAIT_LEAST * irc_outbox_cost_ms(outbox, USUAL_BYTES);
}

static void show(struct irc_typing_target *target, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (!is_worth_it(outbox, target->name, now_ms) ||
			(target->shown_ms && now_ms - target->shown_ms < EVERY_MS))
		return;
	target->shown_ms = now_ms;
	target->dropped = outbox->dropped;
	target->is_shown = true;
	send(outbox, target->name, true, now_ms);
}

void irc_typing_queued(struct irc_typing *typing, const char *name, enum irc_casemap casemap, uint64_t now_ms)
{
	struct irc_typing_target *target = find(typing, name, casemap, now_ms);

	if (target)
		target->is_asked = true;
}

/* Is the queue short enough for a notification? Otherwise it is sent once fewer lines are queued. */
static void show_asked(struct irc_typing_target *target, struct irc_outbox *outbox, uint64_t now_ms)
{
	target->is_asked = irc_outbox_is_waiting(outbox, target->name);
	if (target->is_asked && !target->is_shown)
		show(target, outbox, now_ms);
}

void irc_typing_flushed(struct irc_typing *typing, struct irc_outbox *outbox, uint64_t now_ms)
{
	for (size_t i = 0; i < IRC_TYPING_MAX; i++) {
		if (typing->targets[i].is_asked)
			show_asked(&typing->targets[i], outbox, now_ms);
	}
}

static void tick_target(struct irc_typing_target *target, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (irc_outbox_is_waiting(outbox, target->name)) {
		if (now_ms - target->shown_ms >= AGAIN_MS)
			show(target, outbox, now_ms);
		return;
	}
	target->is_shown = false;
	/* True when the answer was dropped as too old, so that no message has ended the notification. */
	if (outbox->dropped != target->dropped && now_ms - target->shown_ms >= EVERY_MS)
		send(outbox, target->name, false, now_ms);
}

void irc_typing_tick(struct irc_typing *typing, struct irc_outbox *outbox, uint64_t now_ms)
{
	for (size_t i = 0; i < IRC_TYPING_MAX; i++) {
		struct irc_typing_target *target = &typing->targets[i];

		if (target->is_asked)
			show_asked(target, outbox, now_ms);
		if (target->is_shown)
			tick_target(target, outbox, now_ms);
	}
}
