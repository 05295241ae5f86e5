#ifndef EPISODED_TWITCH_NOTICE_H
#define EPISODED_TWITCH_NOTICE_H

/* Why Twitch did not send what we said: the ids of its NOTICEs, and what each asks of us. */

#include <stdint.h>

enum twitch_verdict {
	TWITCH_DUPLICATE, /* the same words within 30 s: say it a little differently */
	TWITCH_TOO_FAST,  /* the whole account is: rest, then again */
	TWITCH_SLOW,      /* the channel's slow mode: again when it is over */
	TWITCH_TEXT,      /* this text will never pass; others may */
	TWITCH_MODE,      /* not in this channel, until its modes change */
	TWITCH_TIMEOUT,   /* not in this channel for some time */
	TWITCH_OUT,       /* not in this channel, perhaps never */
	TWITCH_ACCOUNT,   /* nowhere, until somebody mends the account */
};

struct twitch_notice {
	const char *id;
	enum twitch_verdict verdict;
	const char *words; /* for a person, after "#channel: " */
};

/* NULL: it is about something else. */
const struct twitch_notice *twitch_notice_find(const char *msg_id);

/* The first number in the text of a NOTICE ("You are timed out for 12 more seconds."), as milliseconds;
 * fallback_ms when there is none. */
uint64_t twitch_notice_wait_ms(const char *text, uint64_t fallback_ms);

#endif
