#ifndef EPISODED_DISCORD_CLOSING_H
#define EPISODED_DISCORD_CLOSING_H

/* What the end of a gateway connection means for the session on it. Pure. */

enum closing_verdict {
	CLOSING_RESUME, /* the session is still there, as far as anybody knows */
	CLOSING_RENEW,  /* connect again, with a new session */
	CLOSING_STOP,   /* trying again cannot help; a person has to do something */
};

#define CLOSE_OURS 4000 /* what we close with: 1000 and 1001 would end the session */

/* By the close code; 0 where there was none. */
enum closing_verdict closing_verdict(unsigned code);

/* What a code of CLOSING_STOP means and what mends it, for the log; NULL for all others. */
const char *closing_advice(unsigned code);

#endif
