#ifndef EPISODED_IRC_CHANNELS_H
#define EPISODED_IRC_CHANNELS_H

/* The wanted channels and the joined ones; sends the JOIN and PART lines that make them equal. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"

#define IRC_CHANNELS_MAX           200 /* wanted, and not yet left */
#define IRC_CHANNEL_NAME_MAX_BYTES 200

enum irc_channel_state {
	IRC_CHANNEL_OUT,   /* not joined; JOIN is due at next_ms */
	IRC_CHANNEL_ASKED, /* JOIN was sent; sent again at next_ms if the server does not reply */
	IRC_CHANNEL_JOINED,
	IRC_CHANNEL_BARRED, /* kicked too often: not joined again on this connection */
};

struct irc_channel {
	char *name;    /* as configured, also in settings, journal and conversations */
	char *current; /* what the network calls it since it was renamed; NULL: never renamed */
	bool is_known; /* the stored name was looked up */
	enum irc_channel_state state;
	bool is_wanted;
	bool needs_account; /* the last JOIN was refused because it needs an account */
	uint64_t next_ms;
	unsigned failures; /* JOINs refused in a row */
	unsigned kicks;    /* since first_kick_ms */
	uint64_t first_kick_ms;
	bool is_colourless; /* mode +c, or a line was refused for its colours */
	unsigned invites;   /* accepted invitations, each within an hour of the one before */
	uint64_t invite_ms; /* invitations before this time are ignored; 0: not invited yet */
};

struct irc_channels {
	struct irc_channel *list;
	size_t count;
};

void irc_channels_release(struct irc_channels *channels);

/* Set the wanted channels (copied). Joined channels that are not in the list will be left. -ENOMEM, -E2BIG:
 * nothing changed. */
int irc_channels_set(struct irc_channels *channels, char *const *names, size_t count,
		const struct irc_isupport *isupport);
/* A new connection: no channel is joined. */
void irc_channels_reset(struct irc_channels *channels);

/* The server reports that we joined or left a channel. NULL if the channel is not wanted. */
struct irc_channel *irc_channels_joined(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
void irc_channels_parted(struct irc_channels *channels, const char *name, const struct irc_isupport *isupport,
		uint64_t now_ms);
struct irc_channel *irc_channels_kicked(struct irc_channels *channels, const char *name,
		const struct irc_isupport *isupport, uint64_t now_ms);
/* A JOIN was refused. is_slow: for a lasting reason (a ban, a key), so retry later. */
struct irc_channel *irc_channels_refused(struct irc_channels *channels, const char *name, bool is_slow,
		const struct irc_isupport *isupport, uint64_t now_ms);

/* What the network calls the channel. */
static inline const char *irc_channel_current(const struct irc_channel *channel)
{
	return channel->current ? channel->current : channel->name;
}

/* RENAME, or a rename that an earlier process has seen. NULL: the channel is unknown, or out of memory. */
struct irc_channel *irc_channels_renamed(struct irc_channels *channels, const char *from, const char *to,
		const struct irc_isupport *isupport);
/* The configured name of a channel that the network calls name, and the reverse. name itself if it is unknown. */
const char *irc_channels_configured(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
const char *irc_channels_current(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);

void irc_channels_need_account(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
/* We are logged in: JOIN is due for the channels that need an account. */
void irc_channels_logged_in(struct irc_channels *channels, uint64_t now_ms);
/* An INVITE was received. For a wanted channel, JOIN is due now; then further invitations are ignored for a
 * time that grows with each accepted one. */
struct irc_channel *irc_channels_invited(struct irc_channels *channels, const char *name,
		const struct irc_isupport *isupport, uint64_t now_ms);

/* Handle MODE channel modes ..., or 324 (is_all: the complete modes): is the channel +c, or +S where +S
 * strips colours? */
void irc_channels_mode(struct irc_channels *channels, const char *name, const char *modes, bool is_all,
		const struct irc_isupport *isupport);
/* The server has refused a line to the channel for its colours. */
void irc_channels_refused_colour(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
/* May messages to channel, or "@#channel", have colours? */
bool irc_channels_has_colour(
		const struct irc_channels *channels, const char *target, const struct irc_isupport *isupport);

/* A known channel that the bot is not in. */
bool irc_channels_is_outside(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);
bool irc_channels_is_wanted(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport);

/* Send the JOIN and PART lines that are due, with several channels in a line. */
void irc_channels_run(struct irc_channels *channels, struct irc_outbox *outbox,
		const struct irc_isupport *isupport, uint64_t now_ms);
uint64_t irc_channels_next_ms(const struct irc_channels *channels);
unsigned irc_channels_joined_count(const struct irc_channels *channels);

#endif
