/* What the server said, one line at a time. */

#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/irc/session_state.h"
#include "bot/irc/sts.h"

#define STS_VALUE_BYTES      200
#define REGISTRATION_LINES   5    /* CAP LS, NICK, USER, CAP REQ, CAP END; each nick in use adds one */
#define REGISTRATION_LINE_MS 1000 /* what each of them costs */

bool irc_session_is_self(const struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;

	if (!line->source)
		return false;
	irc_source_split(line->source, &source);
	return irc_casemap_equal_bytes(
			session->isupport.casemap, source.nick, source.nick_length, session->nick.current);
}

/* Keep a part of our mask; one too long is as good as unknown. */
static void keep(char *ret, size_t size, const char *text, size_t length)
{
	if (length >= size)
		length = 0;
	memcpy(ret, text, length);
	ret[length] = '\0';
}

void irc_session_keep_mask(struct irc_session *session, const char *text)
{
	struct irc_source source;

	irc_source_split(text, &source);
	if (source.user_length > 0)
		keep(session->own_user, sizeof(session->own_user), source.user, source.user_length);
	if (source.host_length > 0)
		keep(session->own_host, sizeof(session->own_host), source.host, source.host_length);
}

/* ---------------------------------------------------------------- words */

static void on_ping(struct irc_session *session, const struct irc_line *line)
{
	irc_outbox_urgent(&session->outbox, IRC_LINE("PONG", irc_line_param(line, 0)), session->now.ms);
}

/* First of all: a connection in the clear may have to be left before another word is said on it. */
static void look_for_sts(struct irc_session *session, const struct irc_line *line)
{
	const char *verb = irc_line_param(line, 1);
	char value[STS_VALUE_BYTES];

	if (!session->events.on_sts || line->param_count < 3 ||
			(!str_equal_nocase(verb, "LS") && !str_equal_nocase(verb, "NEW")))
		return;
	if (irc_sts_find(line->params[line->param_count - 1], value, sizeof(value)))
		session->events.on_sts(session->user, value);
}

static void on_cap(struct irc_session *session, const struct irc_line *line)
{
	look_for_sts(session, line);
	if (session->state == IRC_SESSION_CLOSED)
		return;
	irc_caps_read(&session->caps, line, &session->outbox, session->now.ms);
	irc_session_login_cap(session, line);
	if (session->state == IRC_SESSION_READY) {
		irc_session_set_confirmation(session);
		irc_session_history_offer(session);
	}
}

static void on_join(struct irc_session *session, const struct irc_line *line)
{
	if (!irc_session_is_self(session, line))
		return;
	irc_session_keep_mask(session, line->source);
	if (irc_channels_joined(&session->channels, irc_line_param(line, 0), &session->isupport)) {
		irc_session_ask_mode(session, irc_line_param(line, 0));
		session->events.on_channels(session->user);
		irc_session_catch_up(session, irc_line_param(line, 0));
	}
}

/* Out of our sight, a person may change the nick, and another may take it. */
static void lose_sight(struct irc_session *session, const char *source_text)
{
	struct irc_source source;

	irc_source_split(source_text, &source);
	irc_session_who_is_gone(session, source.nick, source.nick_length);
}

static void on_part(struct irc_session *session, const struct irc_line *line)
{
	if (!irc_session_is_self(session, line)) {
		if (line->source)
			lose_sight(session, line->source);
		return;
	}
	irc_channels_parted(&session->channels, irc_line_param(line, 0), &session->isupport, session->now.ms);
	session->events.on_channels(session->user);
}

static void on_kick(struct irc_session *session, const struct irc_line *line)
{
	const struct irc_channel *channel;

	if (!irc_casemap_equal(session->isupport.casemap, irc_line_param(line, 1), session->nick.current)) {
		lose_sight(session, irc_line_param(line, 1));
		return;
	}
	channel = irc_channels_kicked(
			&session->channels, irc_line_param(line, 0), &session->isupport, session->now.ms);
	if (!channel)
		return;
	irc_session_note(session, "kicked from %s (%s)%s", channel->name, irc_line_param(line, 2),
			channel->state == IRC_CHANNEL_BARRED ? " again and again: staying out" : "");
	session->events.on_channels(session->user);
}

/* Only into channels of the configuration: nobody else's invitation moves the bot. */
static void on_invite(struct irc_session *session, const struct irc_line *line)
{
	const char *nick = irc_line_param(line, 0), *channel = irc_line_param(line, 1);

	if (!irc_casemap_equal(session->isupport.casemap, nick, session->nick.current) ||
			session->state != IRC_SESSION_READY)
		return;
	if (irc_channels_invited(&session->channels, channel, &session->isupport, session->now.ms))
		irc_channels_run(&session->channels, &session->outbox, &session->isupport, session->now.ms);
	irc_outbox_flush(&session->outbox, session->now.ms);
}

/* FAIL|WARN|NOTE command|* CODE [context ...] :text */
static void on_standard_reply(struct irc_session *session, const struct irc_line *line)
{
	if (line->param_count < 2)
		return;
	if (irc_reply_read(line) == IRC_REPLY_NO_MULTILINE) {
		session->is_multiline_refused = true;
		session->delivery.has_multiline = false;
	}
	irc_session_note(session, "%s %s %s: %s", line->verb, line->params[0], line->params[1],
			irc_line_param(line, line->param_count - 1));
	if (str_equal_nocase(line->verb, "FAIL") && str_equal_nocase(line->params[0], "JOIN") &&
			line->param_count > 3)
		irc_channels_refused(&session->channels, line->params[2], false, &session->isupport,
				session->now.ms);
}

static void on_nick(struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;

	if (!line->source)
		return;
	if (irc_session_is_self(session, line)) {
		irc_nick_is(&session->nick, irc_line_param(line, 0), &session->isupport, session->now.ms);
		if (session->state == IRC_SESSION_READY)
			irc_nick_watch(&session->nick, &session->isupport, &session->outbox, session->now.ms);
		return;
	}
	irc_source_split(line->source, &source);
	irc_session_who_is_gone(session, source.nick, source.nick_length);
	irc_nick_freed(&session->nick, source.nick, source.nick_length, &session->isupport, session->now.ms);
}

static void on_quit(struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;

	if (!line->source)
		return;
	irc_source_split(line->source, &source);
	irc_session_who_is_gone(session, source.nick, source.nick_length);
	irc_nick_freed(&session->nick, source.nick, source.nick_length, &session->isupport, session->now.ms);
}

static void on_chghost(struct irc_session *session, const struct irc_line *line)
{
	const char *user = irc_line_param(line, 0), *host = irc_line_param(line, 1);

	if (!(session->caps.enabled & IRC_CAP_CHGHOST) || !irc_session_is_self(session, line))
		return;
	keep(session->own_user, sizeof(session->own_user), user, strlen(user));
	keep(session->own_host, sizeof(session->own_host), host, strlen(host));
}

static void on_error(struct irc_session *session, const struct irc_line *line)
{
	/* Too often, or not at all: coming back at once makes either worse. */
	static const char *const stern[] = {"throttl", "too fast", "too many", "connection limit",
			"limit exceeded", "banned", "ban:", "k-line", "g-line", "z-line", "d-line", "k:line",
			"g:line", "z:line", "kline", "gline", "akill", "autokill", "blacklist", "dnsbl",
			"not welcome", "not authorized", "unauthorized", "access denied", "bad password",
			"invalid password", "sasl access only", "require sasl"};
	const char *reason = irc_line_param(line, 0);
	bool stay_away = false;
	size_t i;

	for (i = 0; i < sizeof(stern) / sizeof(stern[0]); i++)
		stay_away = stay_away || strcasestr(reason, stern[i]);
	irc_session_lose(session, *reason ? reason : "closed by the server", stay_away);
}

/* ---------------------------------------------------------------- numerics */

/* Some servers have counted from the first line on: what the registration took is spent. Solanum and Ergo
 * begin when one is in. */
static void set_flood(struct irc_session *session, enum irc_flood flood)
{
	/* In the order of enum config_flood; the first is what the server's version says. */
	const enum irc_flood chosen[] = {flood, IRC_FLOOD_SAFE, IRC_FLOOD_FAST, IRC_FLOOD_NONE};
	uint64_t lines = REGISTRATION_LINES + session->nick.alternates;

	irc_outbox_set_flood(&session->outbox, chosen[session->config.flood]);
	if (chosen[session->config.flood] != IRC_FLOOD_FAST)
		throttle_spend(&session->outbox.throttle, lines * REGISTRATION_LINE_MS, session->now.ms);
}

/* 004 nick server version ...: what is known of how each kind counts (read 2026). */
static void on_version(struct irc_session *session, const char *version)
{
	static const struct {
		const char *begins;
		enum irc_flood flood;
	} kinds[] = {
			{"InspIRCd", IRC_FLOOD_PER_COMMAND},
			{"episoded", IRC_FLOOD_PER_COMMAND}, /* a lobby: it bears far more */
			{"solanum", IRC_FLOOD_FAST}, {"ergo", IRC_FLOOD_FAST}, {"oragono", IRC_FLOOD_FAST},
			{"ngircd", IRC_FLOOD_RFC1459}, {"UnrealIRCd", IRC_FLOOD_SAFE},
			{"u2.", IRC_FLOOD_SAFE}, /* ircu2 */
	};
	size_t i;

	if (session->state != IRC_SESSION_WELCOMED)
		return; /* told again: nothing new, and what was counted stays counted */
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncasecmp(version, kinds[i].begins, strlen(kinds[i].begins)) == 0)
			set_flood(session, kinds[i].flood);
	}
	session->isupport.has_strip_mode = strncasecmp(version, "InspIRCd", 8) == 0 ||
					   strncasecmp(version, "UnrealIRCd", 10) == 0;
}

static void on_welcome(struct irc_session *session, const struct irc_line *line)
{
	char time[64];
	uint64_t server_ms;

	if (session->state != IRC_SESSION_REGISTERING)
		return;
	if (!irc_session_login_welcome(session))
		return;
	session->state = IRC_SESSION_WELCOMED;
	session->welcomed_ms = session->now.ms;
	irc_caps_end(&session->caps);
	irc_nick_is(&session->nick, irc_line_param(line, 0), &session->isupport, session->now.ms);
	set_flood(session, IRC_FLOOD_SAFE);
	/* This line is said now, so its time tells how far the clocks are apart. */
	if (irc_line_tag(line, "time", time, sizeof(time)) == 0 && clock_from_iso(time, &server_ms) == 0)
		session->server_epoch_ms = server_ms - session->now.ms;
	session->welcomed_wall_ms = irc_session_server_ms(session);
}

static void on_nick_refused(struct irc_session *session, const struct irc_line *line, bool is_invalid)
{
	if (session->state != IRC_SESSION_REGISTERING)
		return; /* an attempt to regain it: there is another one later */
	if (irc_nick_refused(&session->nick, is_invalid, &session->outbox, session->now.ms) < 0) {
		irc_session_lose(session, "no nick is free", true);
		return;
	}
	irc_session_note(session, "nick %s: %s; trying %s", irc_line_param(line, 1),
			irc_line_param(line, line->param_count - 1), session->nick.current);
}

static void on_join_refused(struct irc_session *session, const struct irc_line *line, bool is_slow)
{
	const struct irc_channel *channel = irc_channels_refused(&session->channels, irc_line_param(line, 1),
			is_slow, &session->isupport, session->now.ms);

	if (channel)
		irc_session_note(session, "%s refuses us: %s %s; trying again in %llu s", channel->name,
				line->verb, irc_line_param(line, line->param_count - 1),
				(unsigned long long)(channel->next_ms - session->now.ms) / 1000);
}

/* 470 nick #asked #other :Forwarding to another channel. Nobody asked us to be there. */
static void on_forwarded(struct irc_session *session, const struct irc_line *line)
{
	const char *other = irc_line_param(line, 2);

	on_join_refused(session, line, true);
	if (irc_isupport_is_channel(&session->isupport, other) &&
			!irc_channels_is_wanted(&session->channels, other, &session->isupport))
		irc_outbox_push(&session->outbox, "", IRC_LINE("PART", other), session->now.ms);
}

/* Once there is an account, it is tried at once. */
static void on_account_needed(struct irc_session *session, const struct irc_line *line)
{
	on_join_refused(session, line, false);
	irc_channels_need_account(&session->channels, irc_line_param(line, 1), &session->isupport);
}

/* 396 nick [user@]host :is now your visible host */
static void on_visible_host(struct irc_session *session, const struct irc_line *line)
{
	const char *host = irc_line_param(line, 1), *at = strchr(host, '@');

	if (at) {
		keep(session->own_user, sizeof(session->own_user), host, (size_t)(at - host));
		host = at + 1;
	}
	keep(session->own_host, sizeof(session->own_host), host, strlen(host));
}

/* 731 nick :target[!user@host][,...]: nobody has it now. */
static void on_monitor_offline(struct irc_session *session, const struct irc_line *line)
{
	const char *list = irc_line_param(line, 1);

	while (*list) {
		irc_nick_freed(&session->nick, list, strcspn(list, "!,"), &session->isupport,
				session->now.ms);
		list += strcspn(list, ",");
		list += *list == ',';
	}
}

static void on_numeric(struct irc_session *session, const struct irc_line *line, unsigned numeric)
{
	switch (numeric) {
	case 1: on_welcome(session, line); break;
	case 4: on_version(session, irc_line_param(line, 2)); break;
	case 303:
		irc_nick_is_on(&session->nick, irc_line_param(line, 1), &session->isupport, &session->outbox,
				session->now.ms);
		break;
	case 5: irc_isupport_read(&session->isupport, line); break;
	case 276:
	case 311:
	case 318:
	case 330:
	case 401: irc_session_who_line(session, line, numeric); break;
	case 324: irc_session_mode_is(session, line); break;
	case 404:
	case 408: irc_session_cannot_send(session, line); break;
	case 376: /* end of MOTD */
	case 422: /* no MOTD */ irc_session_ready(session); break;
	case 900: irc_session_logged_in(session, line); break;
	case 902:
	case 903:
	case 904:
	case 905:
	case 906:
	case 907:
	case 908: irc_session_login_line(session, line); break;
	case 731: on_monitor_offline(session, line); break;
	case 396: on_visible_host(session, line); break;
	case 432: on_nick_refused(session, line, true); break;
	case 437:
		if (irc_isupport_is_channel(&session->isupport, irc_line_param(line, 1))) {
			on_join_refused(session, line, false);
			break;
		} /* fall through */
	case 433:
	case 436: on_nick_refused(session, line, false); break;
	case 477: on_account_needed(session, line); break;
	case 470: on_forwarded(session, line); break;
	case 405: /* too many channels */
	case 471: /* +l */
	case 473: /* +i */
	case 480: /* joined too often */
	case 489: /* TLS is needed */
	case 520: on_join_refused(session, line, false); break;
	case 403: /* no such channel */
	case 448: /* a name that cannot be */
	case 474: /* +b */
	case 475: /* +k */
	case 476: on_join_refused(session, line, true); break;
	case 464: irc_session_lose(session, "the server refuses the password", true); break;
	case 465: irc_session_lose(session, irc_line_param(line, line->param_count - 1), true); break;
	default: break;
	}
}

/* The most frequent first. */
static const struct {
	const char *verb;
	void (*on_line)(struct irc_session *session, const struct irc_line *line);
} words[] = {
		{"PRIVMSG", irc_session_hear},
		{"JOIN", on_join},
		{"PART", on_part},
		{"QUIT", on_quit},
		{"NICK", on_nick},
		{"PING", on_ping},
		{"BATCH", irc_session_batch},
		{"KICK", on_kick},
		{"MODE", irc_session_mode},
		{"CHGHOST", on_chghost},
		{"CAP", on_cap},
		{"INVITE", on_invite},
		{"FAIL", on_standard_reply},
		{"WARN", on_standard_reply},
		{"NOTE", on_standard_reply},
		{"ERROR", on_error},
		{"AUTHENTICATE", irc_session_login_line},
};

void irc_session_line(struct irc_session *session, const struct irc_line *line)
{
	unsigned numeric = irc_line_numeric(line);
	size_t i;

	if (session->history.is_asked && irc_session_history_line(session, line))
		return;
	if (session->delivery.answers && irc_delivery_line(&session->delivery, line,
							 irc_session_is_self(session, line), session->now.ms))
		return;
	if (numeric) {
		on_numeric(session, line, numeric);
		return;
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_equal_nocase(line->verb, words[i].verb)) {
			words[i].on_line(session, line);
			return;
		}
	}
}
