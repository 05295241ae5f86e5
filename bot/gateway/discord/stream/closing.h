#ifndef EPISODED_DISCORD_CLOSING_H
#define EPISODED_DISCORD_CLOSING_H

/* What a close code of the gateway means for the session. Pure. */

enum discord_closing_verdict {
	DISCORD_CLOSING_RESUME, /* the session may still exist */
	DISCORD_CLOSING_RENEW,  /* connect again, with a new session */
	DISCORD_CLOSING_STOP,   /* reconnecting is of no use: the operator has to act */
};

/* What to do about an invalid token. */
#define DISCORD_TOKEN_REMEDY                                                                                 \
	"reset it under Bot in the developer portal, put the new one where \"token\" of this gateway "       \
	"says (episoded secret set NAME), then restart"

#define DISCORD_CLOSE_OURS  4000 /* our own close code: 1000 and 1001 would end the session */
#define DISCORD_CLOSE_TOKEN 4004

/* code 0: the connection ended without one. */
enum discord_closing_verdict discord_closing_verdict(unsigned code);

/* For DISCORD_CLOSING_STOP: the meaning of the code and the remedy, for the log. NULL for other codes. */
const char *discord_closing_advice(unsigned code);

#endif
