/* The IRC gateway: connects a link, the session on it, and the bot. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/log_gate.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/irc/answer.h"
#include "bot/gateway/irc/config.h"
#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/sasl.h"
#include "bot/gateway/irc/sasl_store.h"
#include "bot/gateway/irc/seen_store.h"
#include "bot/gateway/irc/session.h"
#include "bot/irc/link.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"

#define GOODBYE_MS         1800 /* wait for the server to close the connection after QUIT */
#define LAST_WORD_MS       900  /* the same, after answers had to be confirmed first */
#define TIMER_SLACK_MS     (10 * 1000)
#define REASON_MAX_BYTES   120
#define FULL_TOLD_EVERY_MS (60 * 1000)
#define BACKLOG_MAX        3 /* old questions answered in one channel in one turn */

struct irc_gateway {
	struct gateway_head head;
	const struct irc_config *config; /* a reference */
	struct irc_link *link;
	struct irc_session *session;
	struct irc_login login;
	struct timer *timer;   /* calls irc_session_tick() */
	uint64_t timer_ms;     /* when it fires; UINT64_MAX: not set */
	struct timer *goodbye; /* deadline of stop() */
	enum gateway_state state;
	bool is_stopping, is_reconnecting;
	const struct permit *permit;   /* NULL: always */
	bool is_mute;                  /* the permit has ended */
	struct log_gate full_gate;     /* of dropped answers */
	char reason[REASON_MAX_BYTES]; /* why the last connection ended */
	uint64_t retry_ms;
	uint64_t heard, answered, dropped, reconnects;
};

static struct irc_now now(const struct irc_gateway *irc)
{
	return (struct irc_now){loop_now_ms(irc->head.host->loop), clock_wall_ms()};
}

static struct gateway *as_gateway(struct irc_gateway *irc)
{
	return (struct gateway *)(void *)irc;
}

static void set_state(struct irc_gateway *irc, enum gateway_state state)
{
	irc->state = state;
	irc->head.host->on_state(irc->head.host->bot, as_gateway(irc));
}

/* A timer that fires early only checks again, so it is not moved with every line. It is moved often enough
 * that an idle server's PINGs keep it from firing. */
static void arm(struct irc_gateway *irc)
{
	uint64_t now_ms = loop_now_ms(irc->head.host->loop);
	uint64_t next_ms = irc_session_next_ms(irc->session, now_ms);

	if (next_ms == UINT64_MAX || (next_ms >= irc->timer_ms && next_ms - irc->timer_ms < TIMER_SLACK_MS))
		return;
	irc->timer_ms = next_ms;
	timer_set(irc->timer, next_ms > now_ms ? next_ms - now_ms : 0);
}

/* Fall silent when the permit has ended, and go on when it is renewed. */
static void look_at_permit(struct irc_gateway *irc)
{
	if (!irc->permit || permit_is_valid(irc->permit) != irc->is_mute)
		return;
	irc->is_mute = !irc->is_mute;
	irc_session_set_mute(irc->session, irc->is_mute);
	if (!irc->is_mute)
		irc_link_look_at_permit(irc->link);
}

static void on_timer(void *user)
{
	struct irc_gateway *irc = user;
	struct irc_now time = now(irc);

	look_at_permit(irc);
	irc->timer_ms = UINT64_MAX;
	irc_session_tick(irc->session, &time);
	arm(irc);
}

static void finish_stopping(struct irc_gateway *irc)
{
	if (irc->state == GATEWAY_STOPPED)
		return;
	timer_cancel(irc->goodbye);
	timer_cancel(irc->timer);
	irc->state = GATEWAY_STOPPED;
	irc->head.host->on_stopped(irc->head.host->bot, as_gateway(irc));
}

static void on_goodbye_over(void *user)
{
	finish_stopping(user);
}

/* ---------------------------------------------------------------- from the link */

static void on_open(void *user)
{
	struct irc_gateway *irc = user;
	struct irc_now time = now(irc);

	if (irc->is_stopping)
		return;
	irc_session_open(irc->session, &time);
	arm(irc);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	struct irc_gateway *irc = user;
	struct irc_now time = now(irc);

	look_at_permit(irc);
	irc_session_receive(irc->session, bytes, length, &time);
	arm(irc);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	struct irc_gateway *irc = user;
	bool was_ready = irc->state == GATEWAY_READY;

	irc_session_close(irc->session);
	if (irc->is_stopping) {
		finish_stopping(irc);
		return;
	}
	utf8_print(irc->reason, sizeof(irc->reason), "%s", reason);
	irc->retry_ms = loop_now_ms(irc->head.host->loop) + delay_ms;
	irc->is_reconnecting = true;
	irc->reconnects += was_ready;
	if (!was_ready)
		log_gateway(LOG_LEVEL_WARNING, irc->head.name, "not connected: %s; next try in %.1f s",
				reason, (double)delay_ms / 1000);
	set_state(irc, GATEWAY_CONNECTING);
}

/* ---------------------------------------------------------------- from the session */

static void on_send(void *user, const char *line, size_t length)
{
	struct irc_gateway *irc = user;
	int r = irc_link_send(irc->link, line, length);

	/* Answers that were not sent are sent on the next connection, if there is a permit again. */
	if (r < 0 && irc_link_is_open(irc->link))
		irc_link_drop(irc->link,
				r == -EKEYEXPIRED ? PERMIT_REASON : "the server does not read any more",
				false);
}

static void on_ready(void *user)
{
	struct irc_gateway *irc = user;

	irc_link_is_good(irc->link);
	set_state(irc, GATEWAY_READY);
}

static void on_channels(void *user)
{
	struct irc_gateway *irc = user;

	irc->head.host->on_state(irc->head.host->bot, as_gateway(irc));
}

static void on_message(void *user, const struct message *message)
{
	struct irc_gateway *irc = user;

	irc->heard++;
	irc->head.host->on_message(irc->head.host->bot, as_gateway(irc), message);
}

static void on_note(void *user, const char *text)
{
	struct irc_gateway *irc = user;

	log_gateway(LOG_LEVEL_WARNING, irc->head.name, "%s", text);
}

static void on_lost(void *user, const char *reason, bool stay_away)
{
	struct irc_gateway *irc = user;

	irc_link_drop(irc->link, reason, stay_away);
}

static void on_sts(void *user, const char *value)
{
	struct irc_gateway *irc = user;

	if (!irc_link_hear_sts(irc->link, value))
		return;
	log_gateway(LOG_LEVEL_INFO, irc->head.name, "the server requires TLS (sts): reconnecting");
	irc_session_close(irc->session);
}

static void on_random(void *user, void *ret, size_t length)
{
	(void)user;
	random_bytes(ret, length);
}

static bool is_private(void *user)
{
	const struct irc_gateway *irc = user;

	return irc_link_is_tls(irc->link) || irc_link_config_is_local(&irc->config->link);
}

/* A person whom the bot looked for is there. */
static void on_here(void *user, const char *author_id)
{
	struct irc_gateway *irc = user;
	const struct message person = {.id = "", .author_id = author_id};

	if (irc->head.host->on_reached)
		irc->head.host->on_reached(irc->head.host->bot, as_gateway(irc), &person);
}

/* The open occasion that is to be put back. */
struct unreached {
	struct irc_gateway *irc;
	const char *id;
	bool is_put_back;
};

static void put_back(void *user, const struct message *message)
{
	struct unreached *unreached = user;
	struct irc_gateway *irc = unreached->irc;

	if (message->is_for_author && strcmp(message->id, unreached->id) == 0)
		unreached->is_put_back =
				irc->head.host->on_unreached(irc->head.host->bot, as_gateway(irc), message);
}

/* What the bot said of itself to a person who is not there waits until the person comes. */
static bool is_put_back(struct irc_gateway *irc, const struct irc_completed *completed)
{
	const struct gateway_host *host = irc->head.host;
	struct unreached unreached = {.irc = irc, .id = completed->id};
	bool is_unread = completed->is_absent || completed->outcome == IRC_OUTCOME_EXPIRED;

	if (is_unread && host->on_unreached && !irc_target_is_channel(completed->target))
		host->each_open(host->bot, as_gateway(irc), put_back, &unreached);
	return unreached.is_put_back;
}

static void on_completed(void *user, const struct irc_completed *completed)
{
	struct irc_gateway *irc = user;
	const struct gateway_host *host = irc->head.host;

	if (is_put_back(irc, completed))
		return;

	if (completed->outcome == IRC_OUTCOME_REFUSED || completed->outcome == IRC_OUTCOME_EXPIRED)
		irc->dropped++;
	if (completed->outcome != IRC_OUTCOME_CONFIRMED && completed->outcome != IRC_OUTCOME_WITHDRAWN)
		log_gateway(LOG_LEVEL_WARNING, irc->head.name, "giving up an answer to %s: %s%s%s",
				irc_target_is_channel(completed->target) ? completed->target : "a person",
				completed->reason, completed->fix ? "; " : "",
				completed->fix ? completed->fix : "");
	host->on_completed(host->bot, as_gateway(irc), completed->id);
}

static void on_redacted(void *user, const char *id)
{
	struct irc_gateway *irc = user;
	const struct gateway_host *host = irc->head.host;

	if (host->on_withdrawn)
		host->on_withdrawn(host->bot, as_gateway(irc), id);
}

/* The state of going through the open questions for one place. */
struct open_place {
	struct irc_gateway *irc;
	const struct irc_place *place;
	unsigned count;
};

static void on_open_question(void *user, const struct message *message)
{
	struct open_place *open = user;
	struct irc_gateway *irc = open->irc;

	if (!irc_session_is_due(irc->session, open->place, message))
		return;
	open->count++;
	irc->head.host->on_message(irc->head.host->bot, as_gateway(irc), message);
}

static void on_can_answer(void *user, const struct irc_place *place)
{
	struct irc_gateway *irc = user;
	struct open_place open = {.irc = irc, .place = place};

	irc->head.host->each_open(irc->head.host->bot, as_gateway(irc), on_open_question, &open);
	if (open.count)
		log_gateway(LOG_LEVEL_INFO, irc->head.name, "answering %u question(s) left open in %s",
				open.count, place->channel ? place->channel : "private");
}

static struct store *on_store(void *user)
{
	struct irc_gateway *irc = user;
	const struct gateway_host *host = irc->head.host;

	return host->store ? host->store(host->bot) : NULL;
}

static bool on_load_seen(void *user, const char *channel, char *ret, size_t size)
{
	const struct irc_gateway *irc = user;

	return irc_seen_load(on_store(user), irc->head.name, channel, ret, size);
}

static void on_save_seen(void *user, const char *channel, const char *text)
{
	const struct irc_gateway *irc = user;

	irc_seen_save(on_store(user), irc->head.name, channel, text);
}

static bool on_load_renamed(void *user, const char *channel, char *ret, size_t size)
{
	const struct irc_gateway *irc = user;

	return irc_renamed_load(on_store(user), irc->head.name, channel, ret, size);
}

static void on_save_renamed(void *user, const char *channel, const char *current)
{
	const struct irc_gateway *irc = user;

	irc_renamed_save(on_store(user), irc->head.name, channel, current);
}

static bool knows_scram(void *user)
{
	const struct irc_gateway *irc = user;

	return irc_sasl_load_scram(on_store(user), irc->head.name);
}

static void on_scram(void *user)
{
	const struct irc_gateway *irc = user;

	irc_sasl_save_scram(on_store(user), irc->head.name);
}

/* ---------------------------------------------------------------- for the bot */

static bool has_owner(const struct config_owners *owners, enum owner_kind kind)
{
	for (size_t i = 0; i < owners->count; i++) {
		if (owners->list[i].kind == kind)
			return true;
	}
	return false;
}

static struct irc_session_config session_config(
		struct irc_gateway *irc, const struct config_channels *channels)
{
	const struct irc_config *config = irc->config;
	bool has_login = config->sasl.mechanism != SASL_NONE;

	irc->login = (struct irc_login){
			.mechanism = config->sasl.mechanism,
			.account = config->sasl.account,
			.password = config->sasl.password,
			.key = config->sasl.key,
			.has_certificate = config->link.certificate != NULL,
			.is_required = config->sasl.is_required,
	};
	return (struct irc_session_config){
			.nick = config->nick,
			.username = config->username ? config->username : config->nick,
			.realname = config->realname ? config->realname : config->nick,
			.password = config->password,
			.channels = channels->names,
			.channel_count = channels->count,
			.login = has_login ? &irc->login : NULL,
			.flood = config->flood,
			.bridges = config->bridges.names,
			.bridge_count = config->bridges.count,
			.services = has_login ? config->services : NULL,
			.asks_account = has_owner(&config->head.owners, OWNER_ACCOUNT),
			.asks_fingerprint = has_owner(&config->head.owners, OWNER_FINGERPRINT),
	};
}

static void irc_free(struct gateway *gateway)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;

	if (!irc)
		return;
	irc_link_free(irc->link);
	irc_session_free(irc->session);
	timer_free(irc->timer);
	timer_free(irc->goodbye);
	gateway_config_unref(&irc->config->head);
	free(irc);
}

static int irc_create(
		const struct gateway_wanted *wanted, const struct gateway_host *host, struct gateway **ret)
{
	static const struct irc_session_events session_events = {
			.on_send = on_send,
			.on_ready = on_ready,
			.on_channels = on_channels,
			.on_message = on_message,
			.on_note = on_note,
			.on_lost = on_lost,
			.on_sts = on_sts,
			.on_random = on_random,
			.is_private = is_private,
			.on_completed = on_completed,
			.on_redacted = on_redacted,
			.on_here = on_here,
			.on_can_answer = on_can_answer,
			.on_load_seen = on_load_seen,
			.on_save_seen = on_save_seen,
			.on_load_renamed = on_load_renamed,
			.on_save_renamed = on_save_renamed,
			.knows_scram = knows_scram,
			.on_scram = on_scram,
	};
	static const struct irc_link_events link_events = {on_open, on_bytes, on_down, on_store};
	struct irc_gateway *irc = calloc(1, sizeof(*irc));
	struct irc_session_config session;
	int r;

	if (!irc)
		return -ENOMEM;
	irc->timer_ms = UINT64_MAX;
	irc->config = irc_config(gateway_config_ref(wanted->config));
	irc->head = (struct gateway_head){&irc_gateway, host, irc->config->head.name};
	session = session_config(irc, &wanted->channels);
	r = irc_session_new(&session, &session_events, irc, &irc->session);
	if (r < 0)
		goto out;
	r = irc_link_new(host->loop, &irc->config->link, &link_events, irc, &irc->link);
	if (r < 0)
		goto out;
	r = -ENOMEM;
	irc->timer = timer_new(host->loop, on_timer, irc);
	irc->goodbye = timer_new(host->loop, on_goodbye_over, irc);
	if (!irc->timer || !irc->goodbye)
		goto out;
	*ret = as_gateway(irc);
	irc = NULL;
	r = 0;
out:
	irc_free(irc ? as_gateway(irc) : NULL);
	return r;
}

static int irc_start(struct gateway *gateway)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;

	irc->state = GATEWAY_CONNECTING;
	if (irc->head.host->permit)
		irc->permit = irc->head.host->permit(irc->head.host->bot, gateway);
	irc_link_set_permit(irc->link, irc->permit);
	look_at_permit(irc);
	irc_link_start(irc->link);
	return 0;
}

/* Another process may have this gateway now: its connection regains the nick when this one is gone. */
static void irc_abandon(struct gateway *gateway)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;

	irc->is_stopping = true;
	irc_link_abandon(irc->link);
	irc_session_close(irc->session);
	timer_cancel(irc->goodbye);
	timer_cancel(irc->timer);
	irc->state = GATEWAY_STOPPED;
}

static void irc_stop(struct gateway *gateway, const char *reason)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;
	struct irc_now time = now(irc);

	irc->is_stopping = true;
	if (!irc_link_is_open(irc->link)) {
		finish_stopping(irc);
		return;
	}
	irc_session_quit(irc->session, reason, &time);
	timer_set(irc->goodbye, irc_session_is_leaving(irc->session) ? IRC_SESSION_LEAVE_MS + LAST_WORD_MS
								     : GOODBYE_MS);
	arm(irc);
}

static int irc_reconfigure(struct gateway *gateway, const struct gateway_wanted *wanted)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;
	const struct irc_config *before = irc->config;
	struct irc_now time = now(irc);
	struct irc_session_config session;
	int r;

	/* Set the new configuration first, because irc_session_configure() may call back at once. */
	irc->config = irc_config(wanted->config);
	session = session_config(irc, &wanted->channels);
	r = irc_session_configure(irc->session, &session, &time);
	if (r < 0) {
		irc->config = before;
		session_config(irc, &wanted->channels); /* the login points into the configuration in use */
		return r;
	}
	gateway_config_ref(wanted->config);
	irc->head.name = irc->config->head.name;
	irc_link_configure(irc->link, &irc->config->link);
	gateway_config_unref(&before->head);
	arm(irc);
	return 0;
}

/* Log dropped answers at most once a minute: a flood in a channel must not fill the log. */
static void tell_full(struct irc_gateway *irc, uint64_t now_ms)
{
	if (log_gate_every(&irc->full_gate, now_ms, FULL_TOLD_EVERY_MS))
		log_gateway(LOG_LEVEL_WARNING, irc->head.name,
				"send queue full (server flood limit): dropping answers");
}

static void irc_restore(struct gateway *gateway, struct message *message)
{
	const struct irc_gateway *irc = (const struct irc_gateway *)(const void *)gateway;
	const char *nick =
			message->is_for_author ? irc_session_nick_of(irc->session, message->author_id) : NULL;

	message->has_private = true;
	if (!nick)
		return;
	message->author_name = nick;
	if (message->is_private)
		message->channel = nick;
}

static int reach(struct irc_gateway *irc, const struct message *message)
{
	struct irc_now time = now(irc);
	int r = irc_session_reach(irc->session, message, &time);

	arm(irc);
	return r;
}

static int irc_say(struct gateway *gateway, struct delivery *delivery)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;
	struct irc_now time = now(irc);
	const char *prefix =
			delivery->prefix ? delivery->prefix : irc->head.host->prefix(irc->head.host->bot);
	const struct gateway_host *host = irc->head.host;
	const struct message *message = delivery->message;
	int r;

	/* Left open by an earlier process, or the database took its time: is it still the same person? */
	if (message->is_for_author && host->on_unreached && reach(irc, message) == -EHOSTDOWN &&
			host->on_unreached(host->bot, gateway, message))
		return -EAGAIN;
	r = irc_answer(irc->session, delivery, prefix, &time);
	if (r == 0)
		irc->answered++;
	else
		irc->dropped++;
	if (r == -ENOBUFS) {
		tell_full(irc, time.ms);
		irc->head.host->on_completed(irc->head.host->bot, gateway, delivery->message->id);
	}
	return r == -ENOBUFS ? -EAGAIN : r;
}

static void irc_flush(struct gateway *gateway)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;
	struct irc_now time;

	look_at_permit(irc);
	if (!irc_session_is_flush_due(irc->session))
		return;
	time = now(irc);
	irc_session_flush(irc->session, &time);
	arm(irc);
}

static bool irc_holds(const struct gateway *gateway, const char *message_id)
{
	const struct irc_gateway *irc = (const struct irc_gateway *)(const void *)gateway;

	return irc_session_holds(irc->session, message_id);
}

static int irc_identify(struct gateway *gateway, const struct message *message)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;
	struct irc_now time = now(irc);

	return irc_session_identify(irc->session, message, &time);
}

static void irc_status(const struct gateway *gateway, struct gateway_status *ret)
{
	const struct irc_gateway *irc = (const struct irc_gateway *)(const void *)gateway;
	unsigned channels = irc_session_joined_count(irc->session);
	uint64_t now_ms = loop_now_ms(irc->head.host->loop);

	*ret = (struct gateway_status){
			.state = irc->state,
			.channels = channels,
			.heard = irc->heard,
			.answered = irc->answered,
			.dropped = irc->dropped,
			.reconnects = irc->reconnects,
	};
	if (irc->is_mute && irc->state != GATEWAY_STOPPED)
		utf8_print(ret->detail, sizeof(ret->detail), "%u channel%s; silent: " PERMIT_REASON, channels,
				channels == 1 ? "" : "s");
	else if (irc->state == GATEWAY_READY)
		utf8_print(ret->detail, sizeof(ret->detail), "%u channel%s", channels,
				channels == 1 ? "" : "s");
	else if (irc->state == GATEWAY_STOPPED)
		utf8_print(ret->detail, sizeof(ret->detail), "stopped");
	else if (!irc->is_reconnecting)
		utf8_print(ret->detail, sizeof(ret->detail), "connecting");
	else
		utf8_print(ret->detail, sizeof(ret->detail), "reconnecting in %llu s: %s",
				(unsigned long long)(irc->retry_ms > now_ms ? irc->retry_ms - now_ms + 999
									    : 0) /
						1000,
				irc->reason);
}

static int irc_can_speak(struct gateway *gateway, const struct message *message, const char **ret_why)
{
	struct irc_gateway *irc = (struct irc_gateway *)(void *)gateway;
	int r = irc->is_mute             ? -EAGAIN
		: message->is_for_author ? reach(irc, message)
					 : irc_session_can_speak(irc->session, message);

	if (ret_why)
		*ret_why = r == -EAGAIN   ? "I'm not in that channel yet"
			   : r == -ENOENT ? "I'm not in that channel; an owner can bring me back with "
					    "\"join\""
					  : NULL;
	return r;
}

static uint64_t irc_network_ms(const struct gateway *gateway)
{
	const struct irc_gateway *irc = (const struct irc_gateway *)(const void *)gateway;

	return irc_session_network_ms(irc->session, loop_now_ms(irc->head.host->loop));
}

const struct gateway_class irc_gateway = {
		.is_confirmed = true,
		.looks_at_open = true,
		.backlog_max = BACKLOG_MAX,
		.is_leased = true,
		.create = irc_create,
		.free = irc_free,
		.start = irc_start,
		.stop = irc_stop,
		.abandon = irc_abandon,
		.reconfigure = irc_reconfigure,
		.can_speak = irc_can_speak,
		.restore = irc_restore,
		.say = irc_say,
		.flush = irc_flush,
		.holds = irc_holds,
		.identify = irc_identify,
		.network_ms = irc_network_ms,
		.status = irc_status,
};
