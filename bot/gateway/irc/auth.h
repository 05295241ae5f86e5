#ifndef EPISODED_IRC_AUTH_H
#define EPISODED_IRC_AUTH_H

/* Starts SASL between capability negotiation and registration, and decides how to continue after its end.
 * Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/caps.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/gateway/irc/sasl.h"
#include "bot/irc/line.h"

struct irc_auth_events {
	/* Write unpredictable bytes, and: is the connection protected against eavesdropping (TLS, or
	 * loopback)? */
	void (*on_random)(void *user, void *ret, size_t length);
	bool (*is_private)(void *user);
	/* Has this network ever offered SCRAM on a private connection (knows_scram)? on_scram: it does now.
	 * May be NULL: not stored beyond this session. */
	bool (*knows_scram)(void *user);
	void (*on_scram)(void *user);
};

enum irc_auth_result {
	IRC_AUTH_GOES_ON,
	IRC_AUTH_FAILED,  /* not logged in; the connection continues without an account */
	IRC_AUTH_USELESS, /* not logged in, but the configuration requires it: disconnect */
};

struct irc_auth {
	struct irc_sasl sasl;
	bool is_scram_kept; /* on_scram() was called */
	const char *why;    /* after IRC_AUTH_FAILED and IRC_AUTH_USELESS */
	struct irc_caps *caps;
	struct irc_outbox *outbox;
	struct irc_auth_events events;
	void *user;
};

/* The pointers are borrowed until irc_auth_reset(). */
void irc_auth_init(struct irc_auth *auth, struct irc_caps *caps, struct irc_outbox *outbox,
		const struct irc_auth_events *events, void *user);
/* Reset for a new connection, or at the end: releases the state of the last connection. */
void irc_auth_reset(struct irc_auth *auth);

/* In all functions below, login must not be NULL; is_registered: 001 was received. */
/* After irc_caps_read() of a CAP line. */
enum irc_auth_result irc_auth_cap(struct irc_auth *auth, const struct irc_login *login,
		const struct irc_line *line, bool is_registered, uint64_t now_ms);
/* AUTHENTICATE, or a numeric from 902 to 908. */
enum irc_auth_result irc_auth_line(struct irc_auth *auth, const struct irc_login *login,
		const struct irc_line *line, bool is_registered, uint64_t now_ms);
enum irc_auth_result irc_auth_tick(
		struct irc_auth *auth, const struct irc_login *login, bool is_registered, uint64_t now_ms);
uint64_t irc_auth_next_ms(const struct irc_auth *auth); /* UINT64_MAX: never */

bool irc_auth_is_done(const struct irc_auth *auth);

#endif
