#ifndef EPISODED_TWITCH_NOTICE_H
#define EPISODED_TWITCH_NOTICE_H

/* The msg-ids of NOTICEs and the codes of drop reasons that refuse a message, and what to do about each. */

#include <stdint.h>

enum twitch_verdict {
	TWITCH_DUPLICATE, /* same text within 30 s: vary it */
	TWITCH_TOO_FAST,  /* rate limit of the account: pause, then retry */
	TWITCH_SLOW,      /* slow mode: retry later */
	TWITCH_TEXT,      /* this text is refused for good; others may pass */
	TWITCH_MODE,      /* refused until the channel's modes change */
	TWITCH_TIMEOUT,   /* refused in the channel for some time */
	TWITCH_OUT,       /* refused in the channel, perhaps for ever */
	TWITCH_ACCOUNT,   /* refused everywhere, until the account is fixed */
};

struct twitch_notice {
	const char *id;
	enum twitch_verdict verdict;
	const char *words; /* for the log, after "#channel: " */
};

/* NULL: not a refusal. */
const struct twitch_notice *twitch_notice_find(const char *msg_id);

/*
 * The code of a drop reason of Send Chat Message ("msg_rejected", "followers_only_mode"). Twitch publishes no
 * list and changes them, so unknown codes are recognised by their words; NULL: not recognised.
 */
const struct twitch_notice *twitch_notice_of_drop(const char *code);

/* The first number in the text of a NOTICE ("You are timed out for 12 more seconds."), in milliseconds;
 * fallback_ms: no number. */
uint64_t twitch_notice_wait_ms(const char *text, uint64_t fallback_ms);

#endif
