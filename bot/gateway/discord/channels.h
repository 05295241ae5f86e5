#ifndef EPISODED_DISCORD_CHANNELS_H
#define EPISODED_DISCORD_CHANNELS_H

/*
 * The channels in which the bot was used lately: what it may do there, and where a back-fill has to look. The
 * least recently used one is replaced. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"

#define DISCORD_CHANNELS_MAX     512
#define DISCORD_CHANNELS_LATE_MS (24 * 60 * 60 * 1000ull) /* without a question for this long: no back-fill */

#define DISCORD_CHANNELS_PLAIN_MS        (60 * 60 * 1000ull) /* from a refused card until the next is tried */
#define DISCORD_CHANNELS_MUTE_MS         (60 * 1000ull) /* from a refused message until the next is tried, */
#define DISCORD_CHANNELS_MUTE_LONGEST_MS (60 * 60 * 1000ull) /* doubled with each refusal up to this */

struct discord_channel {
	uint64_t id, guild;      /* guild 0: a direct message; id 0: a free place */
	uint64_t last;           /* id of the newest known message */
	bool takes_cards;        /* a card was accepted */
	uint64_t plain_until_ms; /* monotonic: no Embed Links permission; 0: not known to be missing */
	uint64_t loose_until_ms; /* monotonic: no Read Message History, so answers are not sent as replies */
	unsigned refusals;       /* in a row: no permission to send messages */
	uint64_t mute_until_ms;  /* monotonic: nothing is sent before */
	uint64_t unread;         /* a back-fill reads what comes after this id; 0: everything is read */
	bool is_due;             /* it is to begin as soon as others have ended */
	unsigned readers;        /* its requests that are under way here */
	bool is_cut;             /* one of them was not answered, so the id stays for the next back-fill */
};

struct discord_channels {
	struct discord_channel channel[DISCORD_CHANNELS_MAX];
	unsigned count; /* places that were ever in use, from the first on */
};

/* A question was asked in this channel. Never NULL. */
struct discord_channel *discord_channels_note(
		struct discord_channels *channels, uint64_t id, uint64_t guild, uint64_t message);
/* NULL: not known. */
struct discord_channel *discord_channels_find(struct discord_channels *channels, uint64_t id);

/* The channel is deleted or not readable: no more back-fill there. */
void discord_channels_forget(struct discord_channels *channels, uint64_t id);

/*
 * The channel is to be read by a back-fill, after this message (not 0). The id is kept across a restart until the last request
 * has ended: else a stop in a back-fill would lose what it had not read.
 */
void discord_channel_set_unread(struct discord_channel *channel, uint64_t after);
/* A request for what is unread there begins. */
void discord_channels_begin_reading(struct discord_channels *channels, uint64_t id);
/* A request has ended, answered or not. True: everything is read, which is to be saved. */
bool discord_channels_end_reading(struct discord_channels *channels, uint64_t id, bool is_answered);

/* Another process has this shard of total now. */
void discord_channels_forget_of(struct discord_channels *channels, unsigned total, unsigned shard);

/* Discord refused a message. Returns for how long nothing is sent now; 0: the channel was mute already. */
uint64_t discord_channel_mute(struct discord_channel *channel, uint64_t now_ms);
bool discord_channel_is_mute(const struct discord_channel *channel, uint64_t now_ms);
/* A message was accepted. True if messages had been refused before. */
bool discord_channel_unmute(struct discord_channel *channel);

/* Write and read JSON: [["channel","guild","last","unread"], ...]; 0 is left out. Malformed entries are skipped. */
void discord_channels_append(const struct discord_channels *channels, struct str *str);
/* The same, only those of one shard of total. */
void discord_channels_append_of(
		const struct discord_channels *channels, unsigned total, unsigned shard, struct str *str);
void discord_channels_read(struct discord_channels *channels, struct span text);

#endif
