/* SASL between the capabilities and the registration: when it begins, and what its end means. */

#include <stdio.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/session_state.h"

/* A login that the configuration says is needed did not come about. */
static void give_up(struct irc_session *session, const char *why)
{
	char reason[IRC_NOTE_MAX_BYTES];

	utf8_print(reason, sizeof(reason), "not logged in: %s", why);
	irc_session_lose(session, reason, true);
}

/* The password is not sent in PLAIN to this network from now on, whatever it offers then. */
static void keep_scram(struct irc_session *session)
{
	if (!session->sasl.has_scram || session->is_scram_kept)
		return;
	session->is_scram_kept = true;
	if (session->events.on_scram)
		session->events.on_scram(session->user);
}

/* What the end of a login leads to. The server that lied is left in any case. */
static void finish(struct irc_session *session)
{
	const struct irc_sasl *sasl = &session->sasl;
	const struct irc_login *login = session->config.login;
	bool is_again = session->state == IRC_SESSION_READY || session->state == IRC_SESSION_WELCOMED;

	keep_scram(session);

	if (irc_sasl_is_working(sasl) || sasl->state == IRC_SASL_IDLE)
		return;
	if (sasl->state == IRC_SASL_FAILED && (sasl->is_lying || (login->is_required && !is_again))) {
		give_up(session, sasl->why);
		return;
	}
	if (sasl->state == IRC_SASL_FAILED)
		irc_session_note(session, "not logged in: %s", sasl->why);
	irc_caps_resume(&session->caps, &session->outbox, session->now.ms);
}

static bool is_open(const struct irc_session *session)
{
	return session->state != IRC_SESSION_CLOSED && session->state != IRC_SESSION_QUITTING;
}

void irc_session_login_cap(struct irc_session *session, const struct irc_line *line)
{
	const struct irc_session_events *events = &session->events;
	unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES];

	if (!is_open(session) || !session->config.login || irc_sasl_is_working(&session->sasl))
		return;
	if (!session->caps.is_held) {
		/* CAP END went out with no login: there is none to be had. */
		if (session->config.login->is_required && session->caps.is_ended &&
				session->state == IRC_SESSION_REGISTERING &&
				session->sasl.state != IRC_SASL_DONE)
			give_up(session, "the server offers no SASL; its services may be down");
		return;
	}
	if (!str_equal_nocase(irc_line_param(line, 1), "ACK") || session->sasl.state == IRC_SASL_DONE) {
		if (session->sasl.state == IRC_SASL_DONE)
			irc_caps_resume(&session->caps, &session->outbox, session->now.ms);
		return;
	}
	events->on_random(session->user, random, sizeof(random));
	if (!session->sasl.has_scram && events->knows_scram && events->knows_scram(session->user))
		session->sasl.has_scram = session->is_scram_kept = true;
	irc_sasl_set_offered(&session->sasl, session->caps.mechanisms);
	irc_sasl_begin(&session->sasl, session->config.login, events->is_private(session->user), random,
			&session->outbox, session->now.ms);
	finish(session);
}

void irc_session_login_line(struct irc_session *session, const struct irc_line *line)
{
	if (!is_open(session) || !session->config.login || !irc_sasl_is_working(&session->sasl))
		return;
	irc_sasl_read(&session->sasl, session->config.login, line, &session->outbox, session->now.ms);
	finish(session);
}

void irc_session_login_run(struct irc_session *session)
{
	if (!is_open(session) || !session->config.login || session->now.ms < session->sasl.deadline_ms)
		return;
	irc_sasl_run(&session->sasl, session->config.login, &session->outbox, session->now.ms);
	finish(session);
}

bool irc_session_login_welcome(struct irc_session *session)
{
	const struct irc_login *login = session->config.login;

	if (!login || !login->is_required || session->sasl.state == IRC_SASL_DONE)
		return true;
	give_up(session, "the server knows no SASL, or let us in before it was done");
	return false;
}

void irc_session_logged_in(struct irc_session *session, const struct irc_line *line)
{
	const char *mask = irc_line_param(line, 1);

	irc_session_keep_mask(session, mask);
	irc_channels_logged_in(&session->channels, session->now.ms);
	if (session->state == IRC_SESSION_READY && session->config.services)
		irc_nick_ask_services(
				&session->nick, session->config.services, &session->outbox, session->now.ms);
}
