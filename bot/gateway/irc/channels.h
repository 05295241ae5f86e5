#ifndef EPISODED_IRC_CHANNELS_H
#define EPISODED_IRC_CHANNELS_H

/* The channels we want to be in and those we are in, brought together. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"

#define IRC_CHANNELS_MAX           200 /* wanted, and not yet left */
#define IRC_CHANNEL_NAME_MAX_BYTES 200

enum irc_channel_state {
	IRC_CHANNEL_OUT,   /* to be joined at next_ms */
	IRC_CHANNEL_ASKED, /* JOIN is sent; asked again at next_ms where nothing comes */
	IRC_CHANNEL_JOINED,
	IRC_CHANNEL_BARRED, /* kicked too often: left alone until the next connection */
};

struct irc_channel {
	char *name;
	enum irc_channel_state state;
	bool is_wanted;
	bool needs_account; /* why the last JOIN was refused */
	uint64_t next_ms;
	unsigned failures; /* JOINs refused in a row */
	unsigned kicks;    /* since first_kick_ms */
	uint64_t first_kick_ms;
	bool is_colourless; /* +c, or it has refused colours */
	unsigned invites;   /* heeded, each sooner than an hour after the one before */
	uint64_t invite_ms; /* earlier invitations are not heard; 0: none was */
};

struct irc_channels {
	struct irc_channel *list;
	size_t count;
};

void irc_channels_release(struct irc_channels *channels);

/* The configuration wants these (copied); those joined and not in it are to be left. -ENOMEM, -E2BIG: as it
 * was. */
int irc_channels_set(struct irc_channels *channels, char *const *names, size_t count,
		const struct irc_isupport *isupport);
/* A new connection: we are nowhere. */
void irc_channels_reset(struct irc_channels *channels);

/* What the server said of us. NULL where it is none of the wanted. */
struct irc_channel *irc_channels_joined(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
void irc_channels_parted(struct irc_channels *channels, const char *name, const struct irc_isupport *isupport,
		uint64_t now_ms);
struct irc_channel *irc_channels_kicked(struct irc_channels *channels, const char *name,
		const struct irc_isupport *isupport, uint64_t now_ms);
/* is_slow: a ban, a key: nothing that a minute changes. */
struct irc_channel *irc_channels_refused(struct irc_channels *channels, const char *name, bool is_slow,
		const struct irc_isupport *isupport, uint64_t now_ms);

/* NULL where it is none of those we want or are in. */
struct irc_channel *irc_channels_find(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);

void irc_channels_need_account(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
/* We have an account now: those that asked for one are due. */
void irc_channels_logged_in(struct irc_channels *channels, uint64_t now_ms);
/* Somebody invites us: due now, but for one wanted only, and the more invitations there were lately, the
 * longer none is heard after. */
struct irc_channel *irc_channels_invited(struct irc_channels *channels, const char *name,
		const struct irc_isupport *isupport, uint64_t now_ms);

/* MODE channel modes ..., or 324, which says all of them: is it +c or +S, where that is a mode about colours? */
void irc_channels_mode(struct irc_channels *channels, const char *name, const char *modes, bool is_all,
		const struct irc_isupport *isupport);
/* The channel has refused a line for its colours. */
void irc_channels_refused_colour(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
/* May messages to channel, or "@#channel", have colours? */
bool irc_channels_has_colour(
		const struct irc_channels *channels, const char *target, const struct irc_isupport *isupport);

bool irc_channels_is_wanted(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);

/* JOIN and PART what is due, several channels a line. */
void irc_channels_run(struct irc_channels *channels, struct irc_outbox *outbox,
		const struct irc_isupport *isupport, uint64_t now_ms);
uint64_t irc_channels_next_ms(const struct irc_channels *channels);
unsigned irc_channels_joined_count(const struct irc_channels *channels);

#endif
