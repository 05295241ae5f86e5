#ifndef EPISODED_TWITCH_PRIVATE_H
#define EPISODED_TWITCH_PRIVATE_H

/* The inside of the Twitch gateway, for twitch.c and twitch_lines.c only. */

#include "bot/gateway/gateway.h"
#include "bot/gateway/twitch/session.h"
#include "bot/irc/link.h"

#define TWITCH_REASON_MAX_BYTES 120

struct twitch_gateway;

/* One of the connections. */
struct twitch_line {
	struct twitch_gateway *gateway;
	struct irc_link *link; /* NULL: not needed */
	size_t number;
	bool is_over;    /* let go of: it need not come back */
	bool is_retired; /* to be freed, outside of its own callbacks */
};

struct twitch_gateway {
	struct gateway_head head;
	struct gateway_config config;
	struct twitch_line lines[TWITCH_LINKS];
	struct twitch_session *session;
	struct timer *timer;   /* what the session waits for */
	uint64_t timer_ms;     /* when it fires; UINT64_MAX: not set */
	struct timer *sweep;   /* frees links */
	struct timer *goodbye; /* stop() waits no longer */
	enum gateway_state state;
	bool is_stopping, is_reconnecting;
	char reason[TWITCH_REASON_MAX_BYTES]; /* why the last connection ended, or why there is none */
	uint64_t retry_ms;
	uint64_t heard, answered, dropped, reconnects;
};

/* twitch.c */
/* Both clocks, now. */
struct irc_now twitch_now(const struct twitch_gateway *twitch);
void twitch_arm(struct twitch_gateway *twitch); /* the timer, for what the session waits for now */
/* Tell the host. */
void twitch_set_state(struct twitch_gateway *twitch, enum gateway_state state);
/* Tell the host that all is over, once. */
void twitch_finish_stopping(struct twitch_gateway *twitch);

/* twitch_lines.c: the connections */
/* Begin one, number below TWITCH_LINKS, where there is none. -ENOMEM. */
int twitch_line_open(struct twitch_gateway *twitch, size_t number);
/* It is not needed any more. */
void twitch_line_let_go(struct twitch_gateway *twitch, size_t number);
/* The sweep timer's: free those that are not needed, outside of their own callbacks. */
void twitch_line_sweep(void *user);

#endif
