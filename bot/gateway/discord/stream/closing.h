#ifndef EPISODED_DISCORD_CLOSING_H
#define EPISODED_DISCORD_CLOSING_H

/* What the end of a gateway connection means for the session on it. Pure. */

enum discord_closing_verdict {
	DISCORD_CLOSING_RESUME, /* the session is still there, as far as anybody knows */
	DISCORD_CLOSING_RENEW,  /* connect again, with a new session */
	DISCORD_CLOSING_STOP,   /* trying again cannot help; a person has to do something */
};

#define DISCORD_CLOSE_OURS 4000 /* what we close with: 1000 and 1001 would end the session */

/* By the close code; 0 where there was none. */
enum discord_closing_verdict discord_closing_verdict(unsigned code);

/* What a code of DISCORD_CLOSING_STOP means and what mends it, for the log; NULL for all others. */
const char *discord_closing_advice(unsigned code);

#endif
