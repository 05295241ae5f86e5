#ifndef EPISODED_DISCORD_SAVING_H
#define EPISODED_DISCORD_SAVING_H

/*
 * When a Discord gateway writes down what survives a restart. memory.h knows the values and where they are kept.
 *
 * An old position costs little: Discord repeats events, and the journal knows them. So positions are saved seldom, on a
 * timer; but a session or a channel that was never saved is lost with the process. What is due is written at the end of a
 * turn, in one transaction with the journal's questions.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/discord/memory.h"
#include "bot/gateway/discord/shards.h"

#define DISCORD_POSITION_MAX_BYTES 4096 /* as text */

struct cluster;
struct discord_audit;
struct timer;

struct discord_saving {
	struct discord_memory memory;
	struct cluster *cluster; /* NULL: this process is alone */
	/* what is saved, owned by others */
	const struct discord_shards *shards;
	const struct discord_audit *const *audit; /* set before the first shard is made */
	const struct discord_channels *channels;
	const struct discord_takebacks *takebacks;
	const struct discord_posts *posts;
	const uint64_t *self; /* the bot's user ID; 0: not known */

	/* its own */
	struct timer *timer;
	bool is_timer_set;
	bool is_due; /* at the end of this turn */
	bool are_channels_changed, are_takebacks_changed, are_posts_changed;
};

/* The members above "its own" are set. -ENOMEM. */
int discord_saving_init(struct discord_saving *saving);
void discord_saving_release(struct discord_saving *saving);

/* Something has changed. is_new: a session or channel that is nowhere else. */
void discord_saving_moved(struct discord_saving *saving, struct discord_part *part, bool is_new);
void discord_saving_channels(struct discord_saving *saving, bool is_new);
void discord_saving_takebacks(struct discord_saving *saving);
void discord_saving_posts(struct discord_saving *saving);

/* Save at the end of this turn. */
void discord_saving_soon(struct discord_saving *saving);
/* Nothing changes any more: the same, and no timer. */
void discord_saving_stop(struct discord_saving *saving);
/* The end of a turn, when the journal has its questions: write what is due. */
void discord_saving_turn(struct discord_saving *saving);

/* Among several processes: a part that leaves. Its state is written now, and nothing more is written of it. */
void discord_saving_last(struct discord_saving *saving, struct discord_part *part);
/* A part's position, as discord_memory_read_position() reads it. Empty: without a session. */
void discord_saving_append_position(
		const struct discord_saving *saving, const struct discord_part *part, struct str *str);

#endif
