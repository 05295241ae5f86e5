#ifndef EPISODED_IRC_PACE_H
#define EPISODED_IRC_PACE_H

/*
 * The pace of targets that the server throttles. Servers count the lines to a channel, from all its people, and tell
 * neither their limit nor the count; so after each refusal the bot pauses and then keeps a longer gap between its lines
 * to this target. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#define IRC_PACES_MAX         32   /* throttled targets; the one refused longest ago is replaced */
#define IRC_PACE_NAME_BYTES   256  /* a longer name is not remembered */
#define IRC_PACE_GAP_MS       2000 /* between lines, after the first refusal; doubled with each */
#define IRC_PACE_GAP_MAX_MS   (16 * 1000)
#define IRC_PACE_REMEMBERS_MS (30 * 60 * 1000) /* then a target without a refusal has no gap again */

struct irc_pace {
	char name[IRC_PACE_NAME_BYTES];
	uint64_t ready_ms; /* the next line may be sent at this time */
	uint64_t gap_ms;
	uint64_t refused_ms; /* the last refusal */
};

struct irc_paces {
	struct irc_pace list[IRC_PACES_MAX];
	size_t count;
};

/* The server has refused a line to target: pause for hold_ms. "@#tv" has the pace of "#tv". */
void irc_paces_refused(struct irc_paces *paces, const char *target, uint64_t hold_ms, uint64_t now_ms);
/* Lines were sent to target. */
void irc_paces_sent(struct irc_paces *paces, const char *target, size_t lines, uint64_t now_ms);
/* When the next line to target may be sent; 0: at once. */
uint64_t irc_paces_ready_ms(const struct irc_paces *paces, const char *target);

#endif
