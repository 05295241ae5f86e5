#ifndef EPISODED_IRC_REJECTION_H
#define EPISODED_IRC_REJECTION_H

/* Why a server ends the connection, at the registration or later, and what the operator can do. Pure. */

#include <stdbool.h>

#include "bot/irc/line.h"

struct irc_rejection {
	const char *words; /* part of the server's text, in any case */
	const char *fix;   /* for the log */
	bool is_lasting;   /* reconnecting soon would make it worse */
};

/* Find the row of a text: ERROR, a notice, or the code and the text of a FAIL. NULL: an ordinary end. */
const struct irc_rejection *irc_rejection_find(const char *text);
/* Is this line, received before 001, the end of the registration? NULL: no. */
const struct irc_rejection *irc_rejection_read(const struct irc_line *line);
/* Did the server end the connection because of our QUIT, and not before it has read the QUIT? text: of ERROR; goodbye: the
 * reason of the QUIT. */
bool irc_rejection_is_after_quit(const char *text, const char *goodbye);

#endif
