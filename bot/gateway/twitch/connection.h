#ifndef EPISODED_TWITCH_CONNECTION_H
#define EPISODED_TWITCH_CONNECTION_H

/* The connections to Twitch's chat: their states and times. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TWITCH_LINKS 2 /* the current connection, and the next one */

enum twitch_connection_state {
	TWITCH_CLOSED,
	TWITCH_LOGIN,
	TWITCH_WELCOMED, /* 001 received; waiting for the end of the MOTD */
	TWITCH_READY,
};

struct twitch_connection {
	enum twitch_connection_state state;
	uint64_t opened_ms, welcomed_ms;
	uint64_t heard_ms;   /* the last input */
	uint64_t heard;      /* number of inputs */
	uint64_t pinged_ms;  /* when the unanswered PING was sent; 0: no PING */
	bool has_tags;       /* twitch.tv/tags is acknowledged: tags come from Twitch itself */
	bool has_nonces;     /* USERSTATE has the client-nonce */
	uint64_t leaving_ms; /* when the other connection took over; 0: it has not */
	bool is_short;       /* out of memory for a line to it */
};

struct twitch_connections {
	struct twitch_connection list[TWITCH_LINKS];
	size_t current; /* the one that sends */
};

#endif
