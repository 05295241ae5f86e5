#ifndef EPISODED_TWITCH_CONNECTION_H
#define EPISODED_TWITCH_CONNECTION_H

/* One connection to Twitch's chat, or two: what each has reached, and when it was heard. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TWITCH_LINKS 2 /* connections at the same time: the one in use, and the next */

enum twitch_connection_state {
	TWITCH_CLOSED,
	TWITCH_LOGIN,
	TWITCH_WELCOMED, /* 001 came; the MOTD's end is awaited */
	TWITCH_READY,
};

struct twitch_connection {
	enum twitch_connection_state state;
	uint64_t opened_ms, welcomed_ms;
	uint64_t heard_ms;   /* the last input, */
	uint64_t heard;      /* and how many there were */
	bool has_heard;      /* anything, on this connection */
	uint64_t pinged_ms;  /* our PING that nothing has answered yet; 0: none */
	bool has_tags;       /* twitch.tv/tags is acknowledged: the tags are Twitch's own */
	bool has_nonces;     /* it confirms with the client-nonce, as Twitch does */
	uint64_t leaving_ms; /* the other one has taken over then; 0: no */
	bool is_short;       /* a line to it was lost for want of memory */
};

struct twitch_connections {
	struct twitch_connection list[TWITCH_LINKS];
	size_t current; /* the one that speaks */
};

#endif
