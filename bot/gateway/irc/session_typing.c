/*
 * "... is typing", where an answer has to wait for its turn. It costs a command
 * as everything does, so it is shown only where that is little beside the wait,
 * and not at all while many wait. What is said ends it by itself.
 */

#include <stdio.h>
#include <string.h>

#include "bot/gateway/irc/session_state.h"

#define WAIT_LEAST_MS  1000 /* an answer that takes no longer needs no sign */
#define WAIT_LEAST     2    /* and at least so many times what the sign costs */
#define LINES_WAIT_MAX 10   /* with more, every command is needed for the answers */
#define EVERY_MS       3000 /* the specification: not more often, for one target */
#define AGAIN_MS       5000 /* clients believe it for six seconds */
#define USUAL_BYTES    40
#define SPARE_MS       2000 /* what the outbox leaves of the server's count: a line beyond it is flooding */

static struct irc_typing *find(struct irc_session *session, const char *target)
{
	struct irc_typing *found = NULL;
	size_t i;

	for (i = 0; i < IRC_TYPING_MAX; i++) {
		struct irc_typing *typing = &session->typing[i];
		bool is_free = !typing->is_shown && !typing->is_asked &&
			       session->now.ms - typing->shown_ms >= EVERY_MS;

		if (*typing->target && irc_casemap_equal(session->isupport.casemap, typing->target, target))
			return typing;
		if (!found && (is_free || *typing->target == '\0'))
			found = typing;
	}
	if (!found || strlen(target) >= sizeof(found->target))
		return NULL;
	*found = (struct irc_typing){0};
	snprintf(found->target, sizeof(found->target), "%s", target);
	return found;
}

/* TAGMSG has no text; the tag says all. */
static void show(struct irc_session *session, const char *target, bool is_active)
{
	struct irc_line line = *IRC_LINE("TAGMSG", target);

	line.tags = is_active ? "+typing=active" : "+typing=done";
	irc_outbox_urgent(&session->outbox, &line, session->now.ms);
}

static bool is_worth_it(const struct irc_session *session, const char *target)
{
	uint64_t wait_ms = irc_outbox_wait_ms(&session->outbox, target, session->now.ms);

	return irc_session_may_tag(session, IRC_TAG_TYPING) && session->outbox.line_count <= LINES_WAIT_MAX &&
	       throttle_wait(&session->outbox.throttle, session->now.ms) <= SPARE_MS &&
	       wait_ms > WAIT_LEAST_MS &&
	       wait_ms > WAIT_LEAST * irc_outbox_cost_ms(&session->outbox, USUAL_BYTES);
}

static void type(struct irc_session *session, struct irc_typing *typing)
{
	if (!is_worth_it(session, typing->target) ||
			(typing->shown_ms && session->now.ms - typing->shown_ms < EVERY_MS))
		return;
	typing->shown_ms = session->now.ms;
	typing->dropped = session->outbox.dropped;
	typing->is_shown = true;
	show(session, typing->target, true);
}

void irc_session_may_type(struct irc_session *session, const char *target)
{
	struct irc_typing *typing =
			irc_session_may_tag(session, IRC_TAG_TYPING) ? find(session, target) : NULL;

	if (typing)
		typing->is_asked = true;
}

/* Where too much waits for a sign to be affordable, it is looked at again as the queue shrinks. */
static void type_where_asked(struct irc_session *session, struct irc_typing *typing)
{
	typing->is_asked = irc_outbox_is_waiting(&session->outbox, typing->target);
	if (typing->is_asked && !typing->is_shown)
		type(session, typing);
}

void irc_session_type(struct irc_session *session)
{
	for (size_t i = 0; i < IRC_TYPING_MAX; i++)
		if (session->typing[i].is_asked)
			type_where_asked(session, &session->typing[i]);
}

static void run_one(struct irc_session *session, struct irc_typing *typing)
{
	if (irc_outbox_is_waiting(&session->outbox, typing->target)) {
		if (session->now.ms - typing->shown_ms >= AGAIN_MS)
			type(session, typing);
		return;
	}
	typing->is_shown = false;
	/* Nothing was said after all, as far as we can see: it grew too old. */
	if (session->outbox.dropped != typing->dropped && session->now.ms - typing->shown_ms >= EVERY_MS)
		show(session, typing->target, false);
}

void irc_session_typing_run(struct irc_session *session)
{
	for (size_t i = 0; i < IRC_TYPING_MAX; i++) {
		struct irc_typing *typing = &session->typing[i];

		if (typing->is_asked)
			type_where_asked(session, typing);
		if (typing->is_shown)
			run_one(session, typing);
	}
}
