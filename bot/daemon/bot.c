/* From questions to answers: hear, answer, say. */

#include "bot/daemon/bot.h"

#include <errno.h>

#include "bot/base/log.h"
#include "bot/core/dispatch.h"
#include "bot/daemon/effects.h"
#include "bot/daemon/gateways.h"
#include "bot/daemon/idle_trim.h"
#include "bot/daemon/journal.h"
#include "bot/daemon/keeping.h"
#include "bot/daemon/speaking.h"
#include "bot/daemon/turns.h"
#include "bot/gateway/gateway.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

#define HURRY_MS 2000 /* then an urgent question is answered although a reload is in progress */

/* As many questions wait for the database as may wait. */
static bool is_full(const struct bot *bot)
{
	return bot->turns && bot->inbox.count + turns_count(bot->turns) + effects_count(bot->effects) >=
					     TURNS_QUESTIONS_MAX;
}

void bot_hear(struct bot *bot, struct gateway *gateway, const struct message *message)
{
	const struct gateway_head *head = gateway_head(gateway);
	int r = -ENOBUFS;

	if (!dispatch_concerns(bot->dispatch, head->name, message))
		return;
	journal_gather(bot->journal);
	if (!is_full(bot))
		r = inbox_push(&bot->inbox, gateway, message);
	if (r < 0) {
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.gateway = head->name, .error = r},
				"a question is dropped");
		if (head->class->decline)
			head->class->decline(gateway, message);
	}
}

int bot_hear_occasion(struct bot *bot, struct gateway *gateway, const struct message *message)
{
	journal_gather(bot->journal);
	return is_full(bot) ? -ENOBUFS : inbox_push(&bot->inbox, gateway, message);
}

/* ---------------------------------------------------------------- recognise */

/* No answer now: it was or will be given by another delivery of the message. */
static void skip(struct inbox_entry *entry, const char *reason)
{
	const struct message *message = entry->message;

	entry->question.kind = QUESTION_NONE;
	log_gateway(LOG_LEVEL_DEBUG, gateway_head(entry->gateway)->name, "a message %s%s is ignored: %s",
			message->is_private ? "in private" : "in ",
			message->is_private ? "" : message->channel, reason);
}

/* No answer at all, which the author of an interaction is told. */
static void ignore(struct inbox_entry *entry, const char *reason)
{
	const struct gateway_class *class = gateway_head(entry->gateway)->class;

	skip(entry, reason);
	if (class->decline && !entry->message->is_occasion)
		class->decline(entry->gateway, entry->message);
}

/* Ask the network for the sender's account or certificate; the gateway then delivers the message again.
 * False: the network cannot tell, so the message is answered now. */
static bool is_identified_first(struct inbox_entry *entry)
{
	const struct gateway_class *class = gateway_head(entry->gateway)->class;

	if (class->identify && class->identify(entry->gateway, entry->message) == 0)
		return true;
	entry->question.kind = QUESTION_COMMAND;
	return false;
}

/* The number of questions from the backlog of one channel. */
struct backlog {
	const struct inbox_entry *last; /* the last one counted; NULL: not begun */
	unsigned count;
};

/* Are there enough of them already, before this one? */
static bool is_backlog_full(struct backlog *backlog, const struct inbox_entry *entry)
{
	const struct inbox_entry *last = backlog->last;
	unsigned max = gateway_head(entry->gateway)->class->backlog_max;

	if (!max || entry->message->origin != MESSAGE_BACKLOG)
		return false;
	if (!last || last->gateway != entry->gateway ||
			!str_equal(last->message->channel, entry->message->channel))
		backlog->count = 0;
	backlog->last = entry;
	return backlog->count >= max;
}

/* A question from the command's name on: the prefix may be another one when the question is asked again. */
static struct message from_command(const struct inbox_entry *entry)
{
	struct message message = *entry->message;

	message.text += entry->question.at;
	message.is_addressed = true;
	return message;
}

/* Write the question to the journal. */
static void record(struct bot *bot, struct inbox_entry *entry, struct backlog *backlog)
{
	const struct message message = from_command(entry);

	enum journal_found found = journal_begin(bot->journal, gateway_head(entry->gateway)->name, &message);

	if (message.is_occasion && (found == JOURNAL_KNOWN || found == JOURNAL_NEW))
		speaking_begun(bot->speaking, &message);
	switch (found) {
	case JOURNAL_KNOWN: skip(entry, "it is already in the journal"); return;
	case JOURNAL_FULL: ignore(entry, "too many questions wait for the database"); return;
	case JOURNAL_ASKED: entry->state = INBOX_ASKED; break;
	case JOURNAL_NEW: break;
	}
	backlog->count++; /* one that the journal has already takes no place */
}

/* The question belongs to the next owner of its gateway's lease. */
static void hand_in(void *user, const struct inbox_entry *entry)
{
	struct bot *bot = user;
	const struct message message = from_command(entry);

	/* An occasion is still to come for the next owner. */
	if (!message.is_occasion && (entry->state == INBOX_ASKED || entry->state == INBOX_FOREIGN))
		journal_hand_in(bot->journal, gateway_head(entry->gateway)->name, &message);
}

/* Recognise the question in a message. When this returns, the question is in the journal, or on its way there. */
static void recognise(struct bot *bot, struct inbox_entry *entry, struct backlog *backlog)
{
	const struct message *message = entry->message;
	const char *gateway = gateway_head(entry->gateway)->name;
	struct question *question = &entry->question;

	if (entry->is_withdrawn) {
		skip(entry, "its author has taken it back");
		return;
	}
	*question = dispatch_recognise(bot->dispatch, gateway, message, loop_now_ms(bot->loop));
	if (question->kind == QUESTION_NONE && question->is_known) {
		skip(entry, question->reason);
	} else if (question->kind == QUESTION_NONE) {
		ignore(entry, question->reason);
	} else if (question->kind == QUESTION_IDENTIFY && is_identified_first(entry)) {
		skip(entry, "waiting for the network to identify the author");
	} else if (question->kind == QUESTION_COMMAND && is_backlog_full(backlog, entry)) {
		ignore(entry, "the limit of answers to this channel's backlog is reached");
	} else if (question->kind == QUESTION_COMMAND && message->origin != MESSAGE_JOURNAL &&
			message->origin != MESSAGE_AFTER_RELOAD && *message->id) {
		record(bot, entry, backlog);
		keeping_hasten(bot->keeping);
	}
}

/* ---------------------------------------------------------------- answer */

static void log_answer(const struct gateway_head *head, const struct message *message,
		const struct answer *answer, int error)
{
	struct log_about about = {.gateway = head->name, .command = answer->entry->name, .error = error};

	/* A full outbox: the gateway has dropped and counted the answer, and logged it once. */
	if (error == -EAGAIN)
		log_write(LOG_LEVEL_DEBUG, &about, "%s not answered", about.command);
	else if (error)
		log_write(LOG_LEVEL_ERROR, &about, "%s failed", about.command);
	else
		log_write(LOG_LEVEL_INFO, &about, "%s %s %s%s%s%s%s", about.command,
				answer->is_refused ? "refused" : "answered",
				message->is_private ? "in private" : "in ",
				message->is_private ? "" : message->channel, answer->is_order ? " to " : "",
				answer->is_order ? message->author_id : "",
				answer->is_late ? ": owner commands are carried out only when received live"
						: "");
}

/* A question from the journal whose answer the gateway still waits to confirm, or that came twice in this turn. */
static bool is_under_way(const struct inbox_entry *entry)
{
	const struct gateway_class *class = gateway_head(entry->gateway)->class;

	return entry->message->origin == MESSAGE_JOURNAL && class->holds &&
	       class->holds(entry->gateway, entry->message->id);
}

/* A gateway that was told to stop sends no new answers. Its questions stay in the journal, and the gateway
 * asks for them on its next connection. */
static bool is_left_open(const struct bot *bot, const struct inbox_entry *entry)
{
	return entry->question.kind == QUESTION_COMMAND &&
	       gateway_head(entry->gateway)->class->looks_at_open &&
	       gateways_is_stopping(bot->gateways, entry->gateway);
}

/* Answer it when the reload has ended. False: it is answered now. */
static bool is_put_aside(struct bot *bot, struct inbox_entry *entry)
{
	const struct message asked = from_command(entry);

	if (askers_add(&bot->askers, entry->gateway, &asked) < 0) {
		entry->message->origin = MESSAGE_AFTER_RELOAD;
		return false;
	}
	if (entry->message->is_urgent)
		timer_set(bot->hurry, HURRY_MS);
	return true;
}

/* The journal does not have it as a question of this process. */
static bool is_elsewhere(struct bot *bot, struct inbox_entry *entry)
{
	if (entry->message->is_occasion && entry->state == INBOX_FOREIGN)
		speaking_foreign(bot->speaking, entry->message);
	else if (entry->message->is_occasion && entry->state != INBOX_REFUSED)
		speaking_begun(bot->speaking, entry->message);
	if (entry->state == INBOX_FOREIGN) {
		hand_in(bot, entry);
		skip(entry, "another process answers it");
	} else if (entry->state == INBOX_REFUSED) {
		ignore(entry, "the database does not take it");
	}
	return entry->state == INBOX_FOREIGN || entry->state == INBOX_REFUSED;
}

/* Its answer is made, or will be. */
static bool is_waiting(const struct bot *bot, const struct inbox_entry *entry)
{
	const char *id = entry->message->id;

	return is_under_way(entry) || askers_has(&bot->askers, entry->gateway, id) ||
	       (bot->effects && *id && effects_has(bot->effects, entry->gateway, id));
}

/* Run the command. False: there is no answer, now or at all. */
static bool make_answer(struct bot *bot, struct inbox_entry *entry, uint64_t now_ms, struct answer *ret)
{
	const char *gateway = gateway_head(entry->gateway)->name;

	if (entry->question.kind == QUESTION_NONE || is_elsewhere(bot, entry))
		return false;
	if (is_waiting(bot, entry)) {
		skip(entry, "its answer is under way");
		return false;
	}
	if (is_left_open(bot, entry)) {
		skip(entry, "the gateway is stopping; the next connection answers it");
		return false;
	}
	dispatch_answer(bot->dispatch, gateway, entry->message, &entry->question, now_ms, ret);
	if (ret->is_pending) {
		if (is_put_aside(bot, entry))
			return false;
		dispatch_answer(bot->dispatch, gateway, entry->message, &entry->question, now_ms, ret);
	}
	if (ret->entry && (ret->is_order || ret->entry->command->has_effect))
		bot->has_new_topics = true;
	return true;
}

/* The connection was lost while the question waited for the database, and the gateway does not look for open questions
 * when it is back. */
static bool is_held(struct bot *bot, struct inbox_entry *entry, const struct answer *answer, int sent)
{
	const struct gateway_class *class = gateway_head(entry->gateway)->class;
	struct gateway_status now;

	if (!bot->effects || sent != -ENOTCONN || class->looks_at_open)
		return false;
	class->status(entry->gateway, &now);
	return now.state == GATEWAY_CONNECTING && effects_hold(bot->effects, entry, answer) == 0;
}

/* A wish that the network cannot fulfil, and nothing besides: nothing is said. */
static bool is_beyond(const struct gateway_class *class, const struct reply *reply)
{
	return (reply->wishes.kind == WISH_EDIT_ONLY && !class->has_edits) ||
	       (reply->wishes.is_silent && !class->has_events);
}

/* Send an answer that is made, and free the question. */
static void finish_answer(struct bot *bot, struct inbox_entry *entry, struct answer *answer, uint64_t now_ms)
{
	const struct gateway_head *head = gateway_head(entry->gateway);
	int r = -ECANCELED;

	if (entry->is_withdrawn) {
		dispatch_keep(bot->dispatch, answer, r, now_ms);
		inbox_entries_free(entry);
		return;
	}
	if (answer->reply && is_beyond(head->class, answer->reply))
		answer->is_void = true;
	if (answer->reply && !answer->is_void) {
		struct delivery delivery = {entry->message, answer->reply, answer->position, answer->prefix};

		r = head->class->say(entry->gateway, &delivery);
		if (is_held(bot, entry, answer, r))
			return;
		answer->position = delivery.position;
	}
	if (r >= 0) {
		bot->answered++;
		idle_trim_after_answer(bot->trim);
	}
	if (r < 0 && answer->reply && !answer->is_void && entry->message->is_occasion)
		speaking_failed(bot->speaking);
	if (answer->is_void)
		skip(entry, "there is nothing to say any more");
	else if (!answer->reply && !answer->error)
		ignore(entry, "its author may no longer use this command, or was answered often enough");
	else if (answer->entry)
		log_answer(head, entry->message, answer, answer->error ? answer->error : r < 0 ? r : 0);
	if (answer->entry && (r == -ECANCELED ? !answer->error : r >= 0 && !head->class->is_confirmed))
		journal_complete(bot->journal, head->name, entry->message->id);
	dispatch_keep(bot->dispatch, answer, r, now_ms);
	inbox_entries_free(entry);
}

/* Answer the question, and free it. */
static void answer(struct bot *bot, struct inbox_entry *entry)
{
	const uint64_t now_ms = loop_now_ms(bot->loop), kept = store_kept(keeping_store(bot->keeping));
	struct answer answer;

	if (entry->is_withdrawn) {
		inbox_entries_free(entry);
		return;
	}
	if (bot->effects && entry->question.kind != QUESTION_NONE && entry->state != INBOX_FOREIGN &&
			effects_wait_behind(bot->effects, entry))
		return;
	if (make_answer(bot, entry, now_ms, &answer)) {
		/* What a command has changed is confirmed when it is stored; in a local store it is. */
		if (bot->effects && store_kept(keeping_store(bot->keeping)) != kept &&
				!keeping_trouble(bot->keeping) &&
				effects_add(bot->effects, entry, &answer) == 0)
			return;
		finish_answer(bot, entry, &answer, now_ms);
	} else {
		inbox_entries_free(entry);
	}
}

static void answer_all(struct bot *bot, struct inbox_entry *questions)
{
	while (questions) {
		struct inbox_entry *entry = questions;

		questions = entry->next;
		entry->next = NULL;
		answer(bot, entry);
	}
}

static void await_database(struct bot *bot, uint64_t now_ms)
{
	uint64_t turn_ms = turns_next_ms(bot->turns), effect_ms = effects_next_ms(bot->effects);
	uint64_t next_ms = turn_ms < effect_ms ? turn_ms : effect_ms;

	if (next_ms != UINT64_MAX)
		timer_set(bot->away, next_ms > now_ms ? next_ms - now_ms : 0);
}

/* Answer what the database has said by now, in order, and ask it about this turn's questions. */
static void answer_later(struct bot *bot, struct inbox_entry *questions)
{
	const uint64_t now_ms = loop_now_ms(bot->loop);
	struct inbox_entry *entry;
	struct effect effect;

	if (turns_add(bot->turns, questions, now_ms) < 0) {
		for (entry = questions; entry; entry = entry->next)
			ignore(entry, "out of memory");
		inbox_entries_free(questions);
	}
	while (effects_take(bot->effects, now_ms, &effect)) {
		finish_answer(bot, effect.entry, &effect.answer, now_ms);
		answer_all(bot, effect.behind);
	}
	while ((entry = turns_take(bot->turns, now_ms)) != NULL)
		answer(bot, entry);
	effects_settle(bot->effects, now_ms);
	await_database(bot, now_ms);
}

static void tell_topics_of(void *user, struct gateway *gateway)
{
	const struct gateway_class *class = gateway_head(gateway)->class;

	(void)user;
	if (class->on_topics)
		class->on_topics(gateway);
}

static void tell_topics(struct bot *bot)
{
	bot->has_new_topics = false;
	gateways_each_ready(bot->gateways, tell_topics_of, NULL);
}

/*
 * The end of a turn: answer the questions in the inbox. All new questions are in the journal before the first
 * is answered, and the journal is committed before any answer is sent. If the journal is in a database that answers
 * later, these are the questions of earlier turns.
 */
static void on_turn(void *user)
{
	struct bot *bot = user;
	struct inbox_entry *questions = inbox_take(&bot->inbox);
	struct backlog backlog = {0};

	for (struct inbox_entry *entry = questions; entry; entry = entry->next)
		recognise(bot, entry, &backlog);
	if (bot->turns)
		answer_later(bot, questions);
	else
		answer_all(bot, questions);
	journal_commit(bot->journal);
	if (bot->has_new_topics)
		tell_topics(bot);
	gateways_flush(bot->gateways);
	gateways_sweep(bot->gateways);
	journal_commit(bot->journal); /* questions that were completed because their answers were refused */
}

/* ---------------------------------------------------------------- afterwards */

void bot_confirmed(struct bot *bot, struct gateway *gateway, const char *message_id)
{
	journal_complete(bot->journal, gateway_head(gateway)->name, message_id);
	idle_trim_after_answer(bot->trim);
}

/* A question that is not answered yet, wherever it waits. */
void bot_withdraw(struct bot *bot, struct gateway *gateway, const char *message_id)
{
	inbox_withdraw(bot->inbox.first, gateway, message_id);
	if (bot->turns) {
		turns_withdraw(bot->turns, gateway, message_id);
		effects_withdraw(bot->effects, gateway, message_id);
	}
	askers_withdraw(&bot->askers, gateway, message_id);
	journal_complete(bot->journal, gateway_head(gateway)->name, message_id);
}

void bot_ready(struct bot *bot, struct gateway *gateway)
{
	if (bot->effects)
		effects_ready(bot->effects, gateway);
}

/* An answer whose gateway is gone: its question is open in the journal. */
static void drop(void *user, struct answer *answer)
{
	struct bot *bot = user;

	dispatch_keep(bot->dispatch, answer, -ENOTCONN, loop_now_ms(bot->loop));
}

void bot_forget(struct bot *bot, struct gateway *gateway)
{
	askers_forget(&bot->askers, gateway);
	if (!bot->turns)
		return;
	turns_forget(bot->turns, gateway, hand_in, bot);
	effects_forget(bot->effects, gateway, drop, bot);
	/* Before the lease is given: its next owner must know what is answered. */
	journal_commit(bot->journal);
}

static void on_asker(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot *bot = user;

	/* What cannot be answered now is in the journal. */
	if (inbox_push(&bot->inbox, gateway, message) < 0)
		log_gateway(LOG_LEVEL_ERROR, gateway_head(gateway)->name,
				"out of memory: a reload is not answered");
}

void bot_answer_askers(struct bot *bot)
{
	askers_take(&bot->askers, false, on_asker, bot);
}

static void on_hurry(void *user)
{
	struct bot *bot = user;

	askers_take(&bot->askers, true, on_asker, bot);
}

size_t bot_late(struct bot *bot)
{
	if (!bot->turns)
		return 0;
	return turns_late(bot->turns) + turns_count(bot->turns) + effects_count(bot->effects);
}

/* The result of a turn's questions is late. */
static void on_away(void *user)
{
	(void)user; /* on_turn() follows */
}

int bot_init(struct bot *bot)
{
	inbox_init(&bot->inbox);
	bot->hurry = timer_new(bot->loop, on_hurry, bot);
	return bot->hurry ? 0 : -ENOMEM;
}

int bot_open(struct bot *bot, bool is_shared)
{
	struct store *store = keeping_store(bot->keeping);
	int r = journal_new(store, &bot->journal);

	if (!r && is_shared)
		r = turns_new(store, &bot->turns);
	if (!r && is_shared)
		r = effects_new(store, &bot->effects);
	if (!r && is_shared) {
		bot->away = timer_new(bot->loop, on_away, bot);
		r = bot->away ? 0 : -ENOMEM;
	}
	if (!r)
		loop_each_turn(bot->loop, on_turn, bot);
	return r;
}

void bot_release(struct bot *bot)
{
	inbox_release(&bot->inbox);
	turns_free(bot->turns);
	if (bot->effects)
		effects_free(bot->effects, drop, bot);
	timer_free(bot->away);
	timer_free(bot->hurry);
	askers_release(&bot->askers);
	journal_free(bot->journal);
}
