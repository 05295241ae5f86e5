/* SASL between the capabilities and the registration. */

#include "bot/gateway/irc/auth.h"

void irc_auth_init(struct irc_auth *auth, struct irc_caps *caps, struct irc_outbox *outbox,
		const struct irc_auth_events *events, void *user)
{
	*auth = (struct irc_auth){.caps = caps, .outbox = outbox, .events = *events, .user = user};
	irc_sasl_reset(&auth->sasl);
}

void irc_auth_reset(struct irc_auth *auth)
{
	irc_sasl_reset(&auth->sasl);
}

bool irc_auth_is_done(const struct irc_auth *auth)
{
	return auth->sasl.state == IRC_SASL_DONE;
}

uint64_t irc_auth_next_ms(const struct irc_auth *auth)
{
	return auth->sasl.deadline_ms;
}

/* From now on the password is never sent in PLAIN to this network, whatever mechanisms it offers. */
static void keep_scram(struct irc_auth *auth)
{
	if (!auth->sasl.has_scram || auth->is_scram_kept)
		return;
	auth->is_scram_kept = true;
	if (auth->events.on_scram)
		auth->events.on_scram(auth->user);
}

/* A server that failed SCRAM's server verification is not trusted: disconnect even if a login is not
 * required. */
static enum irc_auth_result finish(
		struct irc_auth *auth, const struct irc_login *login, bool is_registered, uint64_t now_ms)
{
	const struct irc_sasl *sasl = &auth->sasl;

	keep_scram(auth);
	if (irc_sasl_is_working(sasl) || sasl->state == IRC_SASL_IDLE)
		return IRC_AUTH_GOES_ON;
	auth->why = sasl->why;
	if (sasl->state == IRC_SASL_FAILED && (sasl->is_lying || (login->is_required && !is_registered)))
		return IRC_AUTH_USELESS;
	irc_caps_resume(auth->caps, auth->outbox, now_ms);
	return sasl->state == IRC_SASL_FAILED ? IRC_AUTH_FAILED : IRC_AUTH_GOES_ON;
}

enum irc_auth_result irc_auth_cap(struct irc_auth *auth, const struct irc_login *login,
		const struct irc_line *line, bool is_registered, uint64_t now_ms)
{
	const struct irc_auth_events *events = &auth->events;
	struct irc_sasl *sasl = &auth->sasl;
	unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES];

	if (irc_sasl_is_working(sasl))
		return IRC_AUTH_GOES_ON;
	if (!auth->caps->is_held) {
		auth->why = "the server offers no SASL; its services may be down";
		return login->is_required && auth->caps->is_ended && !is_registered && !irc_auth_is_done(auth)
				       ? IRC_AUTH_USELESS
				       : IRC_AUTH_GOES_ON;
	}
	if (!str_equal_nocase(irc_line_param(line, 1), "ACK") || irc_auth_is_done(auth)) {
		if (irc_auth_is_done(auth))
			irc_caps_resume(auth->caps, auth->outbox, now_ms);
		return IRC_AUTH_GOES_ON;
	}
	events->on_random(auth->user, random, sizeof(random));
	if (!sasl->has_scram && events->knows_scram && events->knows_scram(auth->user))
		sasl->has_scram = auth->is_scram_kept = true;
	irc_sasl_set_offered(sasl, auth->caps->mechanisms);
	irc_sasl_begin(sasl, login, events->is_private(auth->user), random, auth->outbox, now_ms);
	return finish(auth, login, is_registered, now_ms);
}

enum irc_auth_result irc_auth_line(struct irc_auth *auth, const struct irc_login *login,
		const struct irc_line *line, bool is_registered, uint64_t now_ms)
{
	if (!irc_sasl_is_working(&auth->sasl))
		return IRC_AUTH_GOES_ON;
	irc_sasl_read(&auth->sasl, login, line, auth->outbox, now_ms);
	return finish(auth, login, is_registered, now_ms);
}

enum irc_auth_result irc_auth_tick(
		struct irc_auth *auth, const struct irc_login *login, bool is_registered, uint64_t now_ms)
{
	if (now_ms < auth->sasl.deadline_ms)
		return IRC_AUTH_GOES_ON;
	irc_sasl_run(&auth->sasl, login, auth->outbox, now_ms);
	return finish(auth, login, is_registered, now_ms);
}
