#ifndef EPISODED_IRC_SASL_H
#define EPISODED_IRC_SASL_H

/*
 * Logging in to an account, pure: lines of the server and times come in, lines
 * go to the outbox. One try for each mechanism and connection; a server that
 * cannot prove itself gets no second one.
 *
 * PLAIN is the only mechanism that shows the server the password. SASL_AUTO
 * never uses it after another mechanism has failed, nor where the server has
 * ever offered SCRAM: a server that was broken into would only have to say 904,
 * or to offer nothing else. Mechanism SASL_PLAIN is the operator's own decision.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/config.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/irc/line.h"
#include "bot/irc/scram.h"

#define IRC_SASL_PIECE_BYTES      400
#define IRC_SASL_GATHER_MAX_BYTES 4000 /* of base64, of the server's */
#define IRC_SASL_LIST_MAX_BYTES   200
#define IRC_SASL_WHY_MAX_BYTES    200
#define IRC_SASL_FAILURES_MAX     3 /* on one connection, however often the server offers it anew */

/* Borrowed from the configuration. */
struct irc_login {
	enum sasl_mechanism mechanism;
	const char *account, *password; /* NULL: none; password also with EXTERNAL */
	bool has_certificate;
	bool is_required; /* without the login the connection is of no use */
};

enum irc_sasl_state {
	IRC_SASL_IDLE,
	IRC_SASL_ASKED,    /* the mechanism is named; "+" is awaited */
	IRC_SASL_TALKING,  /* its messages go to and fro */
	IRC_SASL_ABORTING, /* "AUTHENTICATE *" is said; 906 is awaited, not for long */
	IRC_SASL_DONE,
	IRC_SASL_FAILED, /* why says what to mend */
};

struct irc_sasl {
	enum irc_sasl_state state;
	enum sasl_mechanism mechanism; /* the one in use */
	unsigned tried;                /* mechanisms, a bit each; since it began */
	unsigned failures;             /* logins that came to nothing, on this connection */
	bool is_lying;                 /* the server could not prove that it knows the password */
	bool has_scram;  /* the server offers SCRAM, or did on an earlier connection; kept by irc_sasl_reset()
			  */
	bool has_better; /* a mechanism better than PLAIN was tried; kept by irc_sasl_reset() */
	bool is_private; /* nobody reads what we send */
	char offered[IRC_SASL_LIST_MAX_BYTES + 1]; /* "PLAIN,EXTERNAL"; "": it does not say */
	char why[IRC_SASL_WHY_MAX_BYTES + 1];
	uint64_t deadline_ms;
	unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES];
	struct irc_scram scram;
	unsigned scram_step; /* messages of the server taken in */
	struct str gathered;
};

/* A new connection: nothing tried. Also releases what the last one held. What was learned of the server that
 * bars PLAIN stays. */
void irc_sasl_reset(struct irc_sasl *sasl);

/* Begin, or begin again (CAP NEW). random: unforeseeable. is_private: TLS, or this machine. */
void irc_sasl_begin(struct irc_sasl *sasl, const struct irc_login *login, bool is_private,
		const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES], struct irc_outbox *outbox,
		uint64_t now_ms);
/* "PLAIN,SCRAM-SHA-256": the value of the capability. */
void irc_sasl_set_offered(struct irc_sasl *sasl, const char *list);

/*
 * irc_sasl_read - AUTHENTICATE, or a numeric 902 to 908.
 *
 * Shape:   AUTHENTICATE <at most 400 bytes of base64, or +>; 400 mean that more follows.
 * Errors:  none; what makes no sense ends the mechanism in use.
 * Source:  IRCv3, "SASL authentication" 3.2.
 */
void irc_sasl_read(struct irc_sasl *sasl, const struct irc_login *login, const struct irc_line *line,
		struct irc_outbox *outbox, uint64_t now_ms);

/* At deadline_ms (UINT64_MAX: none). */
void irc_sasl_run(struct irc_sasl *sasl, const struct irc_login *login, struct irc_outbox *outbox,
		uint64_t now_ms);

bool irc_sasl_is_working(const struct irc_sasl *sasl);

#endif
