/* The running bot: start, receive, answer, reload, stop. */

#include "bot/daemon/bot.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bot/base/clock.h"
#include "bot/base/ids.h"
#include "bot/base/random.h"
#include "bot/base/trace.h"
#include "bot/catalogue/catalogue.h"
#include "bot/cluster/cluster.h"
#include "bot/core/announcements.h"
#include "bot/core/commands.h"
#include "bot/core/dispatch.h"
#include "bot/core/rights.h"
#include "bot/daemon/askers.h"
#include "bot/daemon/effects.h"
#include "bot/daemon/files.h"
#include "bot/daemon/gateways.h"
#include "bot/daemon/idle_trim.h"
#include "bot/daemon/inbox.h"
#include "bot/daemon/journal.h"
#include "bot/daemon/keeping.h"
#include "bot/daemon/members.h"
#include "bot/daemon/networks.h"
#include "bot/daemon/refresh.h"
#include "bot/daemon/reloaded.h"
#include "bot/daemon/service.h"
#include "bot/daemon/shows.h"
#include "bot/daemon/speaking.h"
#include "bot/daemon/tracing.h"
#include "bot/daemon/turns.h"
#include "bot/daemon/web_files.h"
#include "bot/gateway/gateway.h"
#include "bot/net/loop.h"
#include "bot/store/remote.h"

#define SHORT_MS   10000 /* retry this long after a gateway could not be created for lack of memory */
#define HURRY_MS   2000  /* then an urgent question is answered although a reload is in progress */
#define GOODBYE_MS 4000  /* then gateways that are still open are freed; within systemd's TimeoutStopSec=5 */

/* The status line (gateways, dataset, number of answers) must fit into one sd_notify() message. */
#define GATEWAYS_MAX_BYTES 3072
#define DATASET_MAX_BYTES  256
#define TOPIC_MAX_BYTES    (16 * 1024) /* of one channel, as JSON */
#define STATUS_MAX_BYTES                                                                                     \
	(GATEWAYS_MAX_BYTES + DATASET_MAX_BYTES + 320) /* includes the trouble of the store */

/* ---------------------------------------------------------------- the running bot */

struct bot {
	struct files_source source;
	struct loop *loop;
	struct config *config;
	struct catalogue *catalogue;
	struct dispatch *dispatch;
	struct service *service;
	struct gateways *gateways;
	struct inbox inbox;
	struct keeping *keeping;
	struct journal *journal;
	/* Of a store that answers later; NULL with a local one: */
	struct turns *turns;      /* questions that wait for the journal */
	struct effects *effects;  /* answers that wait until their effect is stored */
	struct ids *opened;       /* questions that earlier processes left, and that were asked here */
	struct timer *away;       /* the database is awaited no longer, where that is possible */
	struct config *clustered; /* the configuration whose database is in use, until the end */
	struct cluster *cluster;
	struct members *members;                         /* which gateways run here */
	bool has_left, has_gateways_stopped, is_flushed; /* the end of this process */
	struct idle_trim *trim;
	struct web_files *web_files;
	struct tracing tracing;
	struct timer *goodbye;
	struct orders *orders;
	struct speaking *speaking; /* what the bot says of itself */
	struct timer *carry_out;   /* applies owner commands after the command has returned */
	bool wants_reload;
	struct reloaded reloaded;      /* what the last reload led to */
	struct askers askers;          /* wait for the end of a reload */
	struct timer *hurry;           /* for the urgent ones, which cannot wait so long */
	struct files_reading *reading; /* a reload in progress, or NULL */
	bool reloads_again;            /* another reload was asked for meanwhile */
	struct shows *shows;           /* reads the datasets that change */
	struct refresh *refresh;       /* fetches what has changed on a site */
	struct str commands_json, gateways_text, dataset_text, completions, topic;
	uint64_t started_ms, answered;
	bool is_started, is_stopping, is_over;
	bool has_new_topics; /* a command of this turn changed what gateways tell of their channels */
	bool is_short;       /* a gateway could not be created for lack of memory */
	int code;            /* exit status */
};

static void describe_gateways(struct bot *bot)
{
	str_clear(&bot->gateways_text);
	gateways_describe(bot->gateways, &bot->gateways_text);
	if (bot->members)
		members_describe(bot->members, &bot->gateways_text);
}

static void tell_status(void *user)
{
	struct bot *bot = user;
	struct str text = STR(STATUS_MAX_BYTES);
	const char *trouble = keeping_trouble(bot->keeping);

	if (bot->is_over)
		return;
	describe_gateways(bot);
	if (trouble) /* first, so that a long status is not cut here */
		str_printf(&text, "state not kept: %s; ", trouble);
	str_printf(&text, "%s; %s; %" PRIu64 " answered", str_text(&bot->gateways_text),
			str_text(&bot->dataset_text), bot->answered);
	service_status(bot->service, str_text(&text));
	str_release(&text);
}

static void on_status(void *user, struct request_status *ret)
{
	struct bot *bot = user;

	describe_gateways(bot);
	ret->uptime_ms = loop_now_ms(bot->loop) - bot->started_ms;
	ret->asked = bot->answered;
	ret->gateways = str_text(&bot->gateways_text);
	ret->dataset = str_text(&bot->dataset_text);
	ret->trouble = keeping_trouble(bot->keeping);
	ret->broken = catalogue_broken(bot->catalogue);
}

/* ---------------------------------------------------------------- from questions to answers */

/* As many questions wait for the database as may wait. */
static bool is_full(const struct bot *bot)
{
	return bot->turns && bot->inbox.count + turns_count(bot->turns) + effects_count(bot->effects) >=
					     TURNS_QUESTIONS_MAX;
}

static void on_message(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot *bot = user;
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

static void on_completed(void *user, struct gateway *gateway, const char *message_id)
{
	struct bot *bot = user;

	journal_complete(bot->journal, gateway_head(gateway)->name, message_id);
	idle_trim_after_answer(bot->trim);
}

/* A question that is not answered yet, wherever it waits. */
static void on_withdrawn(void *user, struct gateway *gateway, const char *message_id)
{
	struct bot *bot = user;

	inbox_withdraw(bot->inbox.first, gateway, message_id);
	if (bot->turns) {
		turns_withdraw(bot->turns, gateway, message_id);
		effects_withdraw(bot->effects, gateway, message_id);
	}
	askers_withdraw(&bot->askers, gateway, message_id);
	journal_complete(bot->journal, gateway_head(gateway)->name, message_id);
}

/* Open questions, as their gateway completes them. */
struct reading_open {
	struct gateway *gateway;
	void (*on_open)(void *user, const struct message *message);
	void *user;
};

static void on_open_read(void *user, const struct message *message)
{
	const struct reading_open *reading = user;
	const struct gateway_class *class = gateway_head(reading->gateway)->class;
	struct message restored = *message;

	if (class->restore)
		class->restore(reading->gateway, &restored);
	reading->on_open(reading->user, &restored);
}

static void read_open(struct bot *bot, struct gateway *gateway, bool is_left_only,
		void (*on_open)(void *user, const struct message *message), void *user)
{
	struct reading_open reading = {gateway, on_open, user};
	const struct gateway_head *head = gateway_head(gateway);
	const struct journal_now now = {
			.network_ms = head->class->network_ms ? head->class->network_ms(gateway) : 0,
			.wall_ms = clock_wall_ms(),
	};

	idle_trim_after_start(bot->trim);
	journal_each_open(bot->journal, head->name, is_left_only, &now, on_open_read, &reading);
}

static void each_open(void *user, struct gateway *gateway,
		void (*on_open)(void *user, const struct message *message), void *open_user)
{
	read_open(user, gateway, false, on_open, open_user);
}

/* A gateway is ready: answer its open questions. */
struct asking_again {
	struct bot *bot;
	struct gateway *gateway;
	unsigned count;
	bool is_opening; /* without those that were asked before */
};

/* Was the question passed on before? A gateway that can say which answers are under way need not be protected. */
static bool is_asked_already(const struct asking_again *asking, const struct message *message)
{
	const struct gateway_head *head = gateway_head(asking->gateway);
	uint64_t hash = str_hash(0, head->name, strlen(head->name) + 1);

	return asking->bot->opened && !head->class->holds &&
	       ids_seen(asking->bot->opened, str_hash(hash, message->id, strlen(message->id)));
}

static void ask_again(void *user, const struct message *message)
{
	struct asking_again *asking = user;

	if (is_asked_already(asking, message) && asking->is_opening)
		return;
	on_message(asking->bot, asking->gateway, message);
	asking->count++;
}

static void ask_all_again(struct bot *bot, struct gateway *gateway, bool is_left_only)
{
	struct asking_again asking = {.bot = bot, .gateway = gateway};
	const struct gateway_head *head = gateway_head(gateway);

	if (head->class->looks_at_open)
		return;
	read_open(bot, gateway, is_left_only, ask_again, &asking);
	if (asking.count)
		log_gateway(LOG_LEVEL_INFO, head->name, "answering %u question(s) left open", asking.count);
}

static void on_ready(void *user, struct gateway *gateway)
{
	ask_all_again(user, gateway, false);
}

/* A question of this process is still in progress. */
static void on_ready_before(void *user, struct gateway *gateway)
{
	ask_all_again(user, gateway, true);
}

/* Questions that another process has left are in the store now. */
struct opening {
	struct bot *bot;
	const char *name;
};

static void ask_opened(void *user, struct gateway *gateway)
{
	const struct opening *opening = user;
	struct asking_again asking = {.bot = opening->bot, .gateway = gateway, .is_opening = true};

	if (str_equal(gateway_head(gateway)->name, opening->name))
		read_open(opening->bot, gateway, true, ask_again, &asking);
	if (asking.count)
		log_gateway(LOG_LEVEL_INFO, opening->name, "answering %u question(s) of another process",
				asking.count);
}

static void on_opened(void *user, const char *gateway)
{
	struct bot *bot = user;
	struct opening opening = {bot, gateway};

	gateways_each_ready(bot->gateways, ask_opened, &opening);
}

static void on_state(void *user, struct gateway *gateway)
{
	struct bot *bot = user;
	struct gateway_status now;

	gateways_state(bot->gateways, gateway);
	gateway_head(gateway)->class->status(gateway, &now);
	if (now.state != GATEWAY_READY)
		return;
	keeping_open_at(bot->keeping, now.address);
	speaking_ready(bot->speaking, gateway_head(gateway)->name);
	if (bot->effects)
		effects_ready(bot->effects, gateway);
}

/* An answer whose gateway is gone: its question is open in the journal. */
static void drop(void *user, struct answer *answer)
{
	struct bot *bot = user;

	dispatch_keep(bot->dispatch, answer, -ENOTCONN, loop_now_ms(bot->loop));
}

static void on_stopped(void *user, struct gateway *gateway)
{
	struct bot *bot = user;

	askers_forget(&bot->askers, gateway);
	if (bot->turns) {
		turns_forget(bot->turns, gateway, hand_in, bot);
		effects_forget(bot->effects, gateway, drop, bot);
		/* Before the lease is given: its next owner must know what is answered. */
		journal_commit(bot->journal);
		members_stopped(bot->members, gateway);
	}
	gateways_stopped(bot->gateways, gateway);
}

/* ---------------------------------------------------------------- functions for gateways and commands */

static const char *complete(void *user, struct gateway *gateway, const struct message *asker,
		const char *command, const char *option, const char *partial)
{
	struct bot *bot = user;

	str_clear(&bot->completions);
	dispatch_complete(bot->dispatch, gateway_head(gateway)->name, asker, command, option, partial,
			&bot->completions);
	return str_text(&bot->completions);
}

static const char *topic(
		void *user, struct gateway *gateway, const struct message *asker, const char **ret_name)
{
	struct bot *bot = user;
	struct topic topic;

	dispatch_topic(bot->dispatch, gateway_head(gateway)->name, asker, &topic);
	str_clear(&bot->topic);
	topic_append_json(&topic, &bot->topic);
	*ret_name = topic.line.show->name;
	return str_text(&bot->topic);
}

static struct store *store(void *user)
{
	struct bot *bot = user;

	return keeping_store(bot->keeping);
}

static const char *trouble(void *user)
{
	struct bot *bot = user;

	return keeping_trouble(bot->keeping);
}

/* With a database, the process ends when its leases are given away and its last batch is stored. */
static void end_if_done(struct bot *bot)
{
	if (!bot->members || (bot->has_left && bot->has_gateways_stopped && bot->is_flushed))
		loop_stop(bot->loop);
}

static void on_flushed(void *user, const struct store_result *result)
{
	struct bot *bot = user;

	bot->is_flushed = bot->is_flushed || result->error != -EAGAIN;
	end_if_done(bot);
}

static void on_all_stopped(void *user)
{
	struct bot *bot = user;

	bot->has_gateways_stopped = true;
	bot->is_flushed = !bot->members ||
			  store_settle_later(keeping_store(bot->keeping), true, on_flushed, bot) < 0;
	end_if_done(bot);
}

static void on_left(void *user)
{
	struct bot *bot = user;

	bot->has_left = true;
	end_if_done(bot);
}

static const char *describe_commands(void *user)
{
	struct bot *bot = user;

	return str_text(&bot->commands_json);
}

static int web_file(void *user, const char *path, const char *query, struct web_file *ret)
{
	struct bot *bot = user;

	return web_files_get(bot->web_files, bot->catalogue, store(bot), path, query, clock_wall_ms(), ret);
}

static const char *prefix(void *user)
{
	struct bot *bot = user;

	return bot->config->prefix;
}

static const char *const *prefixes(void *user)
{
	struct bot *bot = user;

	return orders_prefixes(bot->orders);
}

/* Switch to a new configuration and its catalogue. The old ones are freed once nothing points into them. */
static void adopt(struct bot *bot, const struct files *files)
{
	struct config *old_config = bot->config;
	struct catalogue *old_catalogue = bot->catalogue;

	bot->config = files->config;
	bot->catalogue = files->catalogue;
	web_files_configure(bot->web_files, bot->loop, bot->config);
	dispatch_configure(bot->dispatch, bot->config->prefix, bot->catalogue, files->default_show);
	orders_configure(bot->orders, bot->config, bot->catalogue);
	shows_use(bot->shows, bot->config, bot->catalogue);
	if (bot->is_started && bot->refresh)
		refresh_configure(bot->refresh, bot->config, bot->catalogue);
	if (old_config != bot->clustered && old_config != bot->config)
		config_free(old_config);
	files_drop_catalogue(bot->loop, old_catalogue);
	log_setup(bot->config->log_format, bot->config->log_level);
	/* On failure the bot runs without a trace; the failure is logged. */
	tracing_apply(&bot->tracing, bot->config);
	str_clear(&bot->commands_json);
	commands_append_json(&bot->commands_json, bot->config->prefix, catalogue_count(bot->catalogue) > 1);
	str_clear(&bot->dataset_text);
	files_describe_catalogue(bot->catalogue, &bot->dataset_text);
}

static int read_all(struct bot *bot)
{
	struct files files;
	int code = files_read(&bot->source, &files);

	if (code == EX_OK)
		adopt(bot, &files);
	return code;
}

static void on_short(void *user)
{
	struct bot *bot = user;

	bot->is_short = true;
	timer_set(bot->carry_out, SHORT_MS);
}

/* Apply the configured gateways, with the channels that owners joined or left. Returns the number of running
 * gateways. */
static size_t configure_gateways(struct bot *bot)
{
	struct gateway_wanted *gateways;
	size_t count = bot->config->gateway_count, running = 0;

	if (orders_apply(bot->orders, &gateways) == 0) {
		running = bot->members ? members_configure(bot->members, gateways, count)
				       : gateways_configure(bot->gateways, gateways, count);
		orders_release(gateways, count);
	} else {
		log_error("out of memory: the gateways keep their old configuration");
		on_short(bot);
	}
	return running;
}

/* The end of a reload; on failure, the old configuration stays in use. */
static void end_reload(struct bot *bot, int code)
{
	if (code == EX_OK) {
		/* After the answers of this turn: a gateway that is stopped takes no answer. */
		if (bot->is_started && bot->askers.count)
			timer_set(bot->carry_out, 0);
		else if (bot->is_started)
			configure_gateways(bot);
		bot->has_new_topics = true;
		log_info("reloaded: %s", str_text(&bot->dataset_text));
	} else if (code == EX_OSERR) {
		log_error("not reloaded: out of memory; the old configuration stays in use; reload again");
	} else {
		log_error("not reloaded: the old configuration stays in use; correct the file, then reload "
			  "again");
	}
	if (bot->is_started)
		service_ready(bot->service);
	tell_status(bot);
}

/* Datasets have changed. */
static void on_shows(void *user, const struct files *files)
{
	struct bot *bot = user;

	adopt(bot, files);
	bot->has_new_topics = true;
	tell_status(bot);
}

static void on_refreshed(void *user)
{
	struct bot *bot = user;

	shows_read_again(bot->shows);
}

static bool is_reloading(void *user)
{
	const struct bot *bot = user;

	return bot->reading != NULL;
}

static void on_asker(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot *bot = user;

	/* What cannot be answered now is in the journal. */
	if (inbox_push(&bot->inbox, gateway, message) < 0)
		log_gateway(LOG_LEVEL_ERROR, gateway_head(gateway)->name,
				"out of memory: a reload is not answered");
}

static void on_hurry(void *user)
{
	struct bot *bot = user;

	askers_take(&bot->askers, true, on_asker, bot);
}

/* Answer who asked for the reload, on the connection as it is. */
static void answer_askers(struct bot *bot, int code)
{
	reloaded_end(&bot->reloaded, code == EX_OK, str_text(&bot->dataset_text));
	orders_set_reloaded(bot->orders, &bot->reloaded.result);
	askers_take(&bot->askers, false, on_asker, bot);
}

static void reload(struct bot *bot);

static void on_files_read(void *user, int code, const struct files *files)
{
	struct bot *bot = user;

	bot->reading = NULL;
	if (code == EX_OK) {
		reloaded_compare(&bot->reloaded,
				&(struct files){.config = bot->config, .catalogue = bot->catalogue}, files);
		adopt(bot, files);
	}
	end_reload(bot, code);
	/* The files may have changed after they were read. */
	if (bot->reloads_again)
		reload(bot);
	else
		answer_askers(bot, code);
	shows_resume(bot->shows);
}

static void reload(struct bot *bot)
{
	int code;

	if (bot->is_stopping)
		return;
	bot->reloads_again = bot->reading != NULL;
	if (bot->reading)
		return;
	service_reloading(bot->service);
	keeping_retry(bot->keeping);
	orders_set_reloaded(bot->orders, NULL);
	reloaded_begin(&bot->reloaded);
	code = files_read_later(bot->loop, &bot->source, bot->catalogue, on_files_read, bot, &bot->reading);
	if (code == EX_OK)
		return;
	end_reload(bot, code);
	answer_askers(bot, code);
}

static void on_hangup(void *user, int signal)
{
	(void)signal;
	reload(user);
}

static void on_trace(void *user, int signal)
{
	struct bot *bot = user;

	(void)signal;
	tracing_toggle(&bot->tracing, bot->config);
}

static void on_order(void *user, enum order order)
{
	struct bot *bot = user;

	if (order == ORDER_TOPICS) {
		bot->has_new_topics = true;
		return;
	}
	bot->wants_reload = bot->wants_reload || order == ORDER_RELOAD;
	timer_set(bot->carry_out, 0);
}

static void on_carry_out(void *user)
{
	struct bot *bot = user;
	bool wants_reload = bot->wants_reload;

	bot->wants_reload = false;
	if (bot->is_stopping)
		return;
	/* Apply a !join of the same turn now, also if the reload fails. */
	configure_gateways(bot);
	bot->has_new_topics = true;
	if (wants_reload)
		reload(bot);
}

static void on_goodbye_over(void *user)
{
	struct bot *bot = user;

	log_warning("a gateway did not say goodbye in time; it is cut off");
	loop_stop(bot->loop);
}

static void on_end(void *user, int signal)
{
	struct bot *bot = user;

	if (bot->is_stopping) {
		loop_stop(bot->loop);
		return;
	}
	bot->is_stopping = true;
	speaking_set(bot->speaking, false);
	files_cancel(bot->reading);
	bot->reading = NULL;
	shows_stop(bot->shows);
	refresh_free(bot->refresh);
	bot->refresh = NULL;
	log_info("stopping: %s", strsignal(signal));
	service_stopping(bot->service);
	timer_set(bot->goodbye, GOODBYE_MS);
	if (bot->members)
		members_leave(bot->members, on_left, bot);
	gateways_stop(bot->gateways, "The bot is stopping. It will be back.");
}

static int start(struct bot *bot)
{
	size_t running;

	log_info("episoded %s: %s", EPISODED_VERSION, str_text(&bot->dataset_text));
	running = configure_gateways(bot);
	if (bot->is_short) {
		log_error("out of memory: not all gateways could start");
		return EX_OSERR;
	}
	if (!running) {
		log_error("no gateway could start: exiting");
		return EX_UNAVAILABLE;
	}
	bot->is_started = true;
	service_ready(bot->service);
	tell_status(bot);
	log_info("started");
	shows_resume(bot->shows);
	refresh_configure(bot->refresh, bot->config, bot->catalogue);
	return EX_OK;
}

/* The result of a turn's questions is late. */
static void on_away(void *user)
{
	(void)user; /* on_turn() follows */
}

/* The store is open, or the wait for it is over. */
static void on_start(void *user, int error)
{
	struct bot *bot = user;

	if (bot->is_stopping)
		return;
	if (error == -EBUSY) /* two processes would answer everything twice; systemd restarts this one */
		bot->code = EX_TEMPFAIL;
	else if (orders_open(bot->orders, keeping_store(bot->keeping)) < 0)
		bot->code = EX_OSERR;
	else
		bot->code = start(bot);
	speaking_set(bot->speaking, bot->code == EX_OK);
	if (bot->code != EX_OK)
		loop_stop(bot->loop);
}

/* The state of an earlier process can be read only now. */
static void on_read(void *user)
{
	struct bot *bot = user;

	if (bot->is_stopping)
		return;
	if (orders_open(bot->orders, keeping_store(bot->keeping)) < 0)
		log_error("out of memory: the settings of owners are not read");
	speaking_set(bot->speaking, true);
	configure_gateways(bot);
	gateways_each_ready(bot->gateways, on_ready_before, bot);
}

/* ---------------------------------------------------------------- what the bot says of itself */

static void on_reached(void *user, struct gateway *gateway, const struct message *person)
{
	const struct bot *bot = user;

	speaking_reached(bot->speaking, gateway_head(gateway)->name, person);
}

static bool on_unreached(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot *bot = user;
	const char *name = gateway_head(gateway)->name;

	journal_gather(bot->journal);
	if (!speaking_put_back(bot->speaking, name, message))
		return false;
	journal_complete(bot->journal, name, message->id);
	return true;
}

static int on_occasion(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot *bot = user;

	journal_gather(bot->journal);
	return is_full(bot) ? -ENOBUFS : inbox_push(&bot->inbox, gateway, message);
}

static void ask_occasion_again(void *user, const struct message *message)
{
	const struct asking_again *asking = user;

	if (message->is_occasion)
		on_message(asking->bot, asking->gateway, message);
}

static void on_occasions_again(void *user, struct gateway *gateway)
{
	struct asking_again asking = {.bot = user, .gateway = gateway};

	read_open(user, gateway, false, ask_occasion_again, &asking);
}

static const struct config *config_in_use(void *user)
{
	const struct bot *bot = user;

	return bot->config;
}

static const char *host_name(void *user)
{
	const struct bot *bot = user;

	return bot->cluster ? cluster_host(bot->cluster) : "";
}

static void on_unsaid(void *user, struct gateway *gateway, const char *message_id, const char *why)
{
	const struct bot *bot = user;

	(void)gateway;
	announcements_refused(orders_announcements(bot->orders), message_id, why);
}

/* ---------------------------------------------------------------- a database that several processes share */

static const char *reason(void *user)
{
	const struct bot *bot = user;

	return bot->cluster ? cluster_reason(bot->cluster) : NULL;
}

static size_t late(void *user)
{
	const struct bot *bot = user;

	if (!bot->turns)
		return 0;
	return turns_late(bot->turns) + turns_count(bot->turns) + effects_count(bot->effects);
}

static void on_cluster_ready(void *user)
{
	struct bot *bot = user;

	keeping_ready(bot->keeping);
}

static void on_taken(void *user, const struct lease_wanted *lease, const struct lease_row *row,
		const struct permit *permit)
{
	struct bot *bot = user;

	members_taken(bot->members, lease, row, permit);
}

static void on_lost(void *user, const struct lease_wanted *lease, const char *why)
{
	struct bot *bot = user;

	members_lost(bot->members, lease, why);
}

static void on_give(void *user, const struct lease_wanted *lease)
{
	struct bot *bot = user;

	members_give(bot->members, lease);
}

static void on_gateway_started(void *user, struct gateway *gateway)
{
	struct bot *bot = user;

	if (bot->members)
		members_started(bot->members, gateway);
}

static void on_refused(void *user, int error, const char *text)
{
	struct bot *bot = user;

	(void)error;
	log_error("%s", text);
	bot->code = EX_CONFIG;
	loop_stop(bot->loop);
}

static const struct permit *permit(void *user, const struct gateway *gateway)
{
	struct bot *bot = user;

	return bot->members ? members_permit(bot->members, gateway) : NULL;
}

static void on_part_left(
		void *user, struct gateway *gateway, unsigned number, unsigned total, const char *position)
{
	struct bot *bot = user;

	journal_commit(bot->journal);
	members_part_left(bot->members, gateway, number, total, position);
}

static struct cluster *cluster(void *user)
{
	struct bot *bot = user;

	return bot->cluster;
}

/* The store is in the configuration's database: join those that share it. */
static int join_cluster(struct bot *bot)
{
	const struct cluster_events events = {
			.on_ready = on_cluster_ready,
			.on_taken = on_taken,
			.on_lost = on_lost,
			.on_give = on_give,
			.on_refused = on_refused,
			.on_opened = on_opened,
	};
	struct store *store;
	int r;

	bot->clustered = bot->config;
	r = cluster_new(bot->loop, bot->config->database, &events, bot, &bot->cluster);
	if (r < 0)
		return r;
	store = cluster_store(bot->cluster);
	r = keeping_adopt(bot->keeping, store, bot->config->database->url);
	if (!r)
		r = members_new(bot->loop, bot->cluster, bot->gateways, &bot->members);
	if (!r)
		r = turns_new(store, &bot->turns);
	if (!r)
		r = effects_new(store, &bot->effects);
	bot->away = timer_new(bot->loop, on_away, bot);
	bot->opened = ids_new();
	return bot->away && bot->opened ? r : -ENOMEM;
}

/* What is read again, and what the bot says without being asked. */
static int make_own_parts(struct bot *bot)
{
	const struct shows_host shows_host = {.user = bot, .on_read = on_shows, .is_reloading = is_reloading};
	const struct refresh_host refresh_host = {.user = bot, .store = store, .on_changed = on_refreshed};
	const struct speaking_host speaking_host = {.user = bot,
			.on_message = on_occasion,
			.on_again = on_occasions_again,
			.config = config_in_use,
			.host_name = host_name};
	int r = speaking_new(bot->loop, bot->gateways, bot->orders, &speaking_host, &bot->speaking);

	if (!r)
		r = shows_new(bot->loop, &shows_host, &bot->shows);
	if (!r)
		r = refresh_new(bot->loop, &refresh_host, &bot->refresh);
	return r;
}

static int make_timers(struct bot *bot)
{
	bot->goodbye = timer_new(bot->loop, on_goodbye_over, bot);
	bot->carry_out = timer_new(bot->loop, on_carry_out, bot);
	bot->hurry = timer_new(bot->loop, on_hurry, bot);
	return bot->goodbye && bot->carry_out && bot->hurry ? 0 : -ENOMEM;
}

static int make_gateways(struct bot *bot)
{
	const struct gateway_host gateway_host = {
			.loop = bot->loop,
			.bot = bot,
			.on_message = on_message,
			.on_state = on_state,
			.on_stopped = on_stopped,
			.on_completed = on_completed,
			.on_withdrawn = on_withdrawn,
			.on_reached = on_reached,
			.on_unreached = on_unreached,
			.on_refused = on_unsaid,
			.each_open = each_open,
			.describe_commands = describe_commands,
			.web_file = web_file,
			.prefix = prefix,
			.prefixes = prefixes,
			.complete = complete,
			.topic = topic,
			.store = store,
			.permit = permit,
			.on_part_left = on_part_left,
			.cluster = cluster,
	};
	const struct gateways_events gateways_events = {
			.user = bot,
			.on_change = tell_status,
			.on_all_stopped = on_all_stopped,
			.on_short = on_short,
			.on_ready = on_ready,
			.on_started = on_gateway_started,
	};

	return gateways_new(&gateway_host, &gateways_events, &bot->gateways);
}

static int make_parts(struct bot *bot)
{
	const struct keeping_host keeping_host = {.user = bot,
			.on_start = on_start,
			.on_read = on_read,
			.on_change = tell_status,
			.reason = reason,
			.late = late};
	const struct dispatch_host dispatch_host = {
			.user = bot,
			.on_status = on_status,
			.trouble = trouble,
			.orders = orders_for_dispatch(bot->orders),
	};
	uint64_t seed;
	int r;

	random_bytes(&seed, sizeof(seed));
	r = web_files_new(&bot->web_files);
	if (!r)
		r = dispatch_new(&dispatch_host, seed, &bot->dispatch);
	if (!r)
		r = service_new(bot->loop, tell_status, bot, &bot->service);
	if (!r)
		r = make_gateways(bot);
	if (!r)
		r = idle_trim_new(bot->loop, &bot->trim);
	if (!r)
		r = keeping_new(bot->loop, &keeping_host, &bot->keeping);
	if (!r)
		r = make_own_parts(bot);
	if (!r)
		r = make_timers(bot);
	return r;
}

static int catch_signals(struct bot *bot)
{
	int r = loop_catch(bot->loop, SIGTERM, on_end, bot);

	if (!r)
		r = loop_catch(bot->loop, SIGINT, on_end, bot);
	if (!r)
		r = loop_catch(bot->loop, SIGHUP, on_hangup, bot);
	if (!r)
		r = loop_catch(bot->loop, SIGUSR1, on_trace, bot);
	return r;
}

static int open_store(struct bot *bot)
{
	int r = bot->config->database ? join_cluster(bot) : keeping_open(bot->keeping, bot->config->state);

	if (!r)
		r = journal_new(keeping_store(bot->keeping), &bot->journal);
	return r ? EX_OSERR : EX_OK;
}

static void release(struct bot *bot)
{
	bot->is_over = true;
	files_cancel(bot->reading);
	refresh_free(bot->refresh);
	shows_free(bot->shows);
	inbox_release(&bot->inbox);
	turns_free(bot->turns);
	if (bot->dispatch)
		effects_free(bot->effects, drop, bot);
	timer_free(bot->away);
	ids_free(bot->opened);
	askers_release(&bot->askers);
	reloaded_release(&bot->reloaded);
	if (bot->speaking)
		speaking_set(bot->speaking, false);
	gateways_free(bot->gateways);
	members_free(bot->members);
	idle_trim_free(bot->trim);
	web_files_free(bot->web_files);
	service_free(bot->service);
	timer_free(bot->goodbye);
	timer_free(bot->carry_out);
	timer_free(bot->hurry);
	dispatch_free(bot->dispatch);
	journal_free(bot->journal);
	orders_free(bot->orders);
	speaking_free(bot->speaking);
	keeping_free(bot->keeping);
	cluster_free(bot->cluster);
	loop_free(bot->loop);
	catalogue_free(bot->catalogue);
	if (bot->clustered != bot->config)
		config_free(bot->clustered);
	config_free(bot->config);
	str_release(&bot->commands_json);
	str_release(&bot->gateways_text);
	str_release(&bot->dataset_text);
	str_release(&bot->completions);
	str_release(&bot->topic);
	trace_close();
}

int bot_run(const struct bot_options *options)
{
	struct bot bot = {
			.source = {.config_path = options->config_path,
					.data = options->data,
					.shows = options->shows,
					.listen = options->listen,
					.owners = options->owners},
			.tracing = {.gateways = options->trace, .file = options->trace_file},
			.commands_json = STR(1024 * 1024),
			.gateways_text = STR(GATEWAYS_MAX_BYTES),
			.dataset_text = STR(DATASET_MAX_BYTES),
			.completions = STR(64 * 1024),
			.topic = STR(TOPIC_MAX_BYTES),
			.code = EX_OSERR,
	};
	int r = loop_new(&bot.loop);

	inbox_init(&bot.inbox);
	reloaded_init(&bot.reloaded);
	bot.source.problems = &bot.reloaded.problems;
	if (!r) {
		bot.started_ms = loop_now_ms(bot.loop);
		r = catch_signals(&bot);
	}
	if (!r)
		r = orders_new(on_order, &bot, &bot.orders);
	if (!r)
		r = make_parts(&bot);
	if (r) {
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "cannot start");
		goto out;
	}
	bot.code = read_all(&bot);
	if (bot.code == EX_OK && tracing_unknown(&bot.tracing, bot.config)) {
		log_error("--trace: no gateway \"%s\" in the configuration",
				tracing_unknown(&bot.tracing, bot.config));
		bot.code = EX_USAGE;
	}
	if (bot.code == EX_OK)
		bot.code = open_store(&bot);
	if (bot.code == EX_OK) {
		loop_each_turn(bot.loop, on_turn, &bot);
		keeping_start(bot.keeping);
	}
	if (bot.code == EX_OK && loop_run(bot.loop) < 0)
		bot.code = EX_OSERR;
	log_info("stopped");
out:
	release(&bot);
	return bot.code;
}
