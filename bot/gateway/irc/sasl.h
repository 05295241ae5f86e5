#ifndef EPISODED_IRC_SASL_H
#define EPISODED_IRC_SASL_H

/*
 * SASL login, pure: lines from the server and times come in, lines go to the outbox. One try for each
 * mechanism and connection. After a failed server verification (SCRAM), no other mechanism is tried.
 *
 * PLAIN is the only mechanism that sends the password. SASL_AUTO never uses PLAIN after another mechanism has
 * failed, or if the server has ever offered SCRAM: otherwise a compromised server could get the password by
 * sending 904, or by offering PLAIN only. With SASL_PLAIN the operator accepts that risk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/config.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/irc/line.h"
#include "bot/irc/scram.h"

#define IRC_SASL_PIECE_BYTES      400
#define IRC_SASL_GATHER_MAX_BYTES 4000 /* of base64 in one message from the server */
#define IRC_SASL_LIST_MAX_BYTES   200
#define IRC_SASL_WHY_MAX_BYTES    240
#define IRC_SASL_FAILURES_MAX     3 /* on one connection, even if the server offers sasl again (CAP NEW) */

/* Borrowed from the configuration. */
struct irc_login {
	enum sasl_mechanism mechanism;
	const char *account, *password; /* NULL: not configured; the password also with EXTERNAL */
	bool has_certificate;
	bool is_required; /* disconnect if the login fails */
	const char *key;  /* of ECDSA-NIST256P-CHALLENGE, in PEM; NULL: not configured */
};

enum irc_sasl_state {
	IRC_SASL_IDLE,
	IRC_SASL_ASKED,    /* the mechanism was sent; waiting for "+" */
	IRC_SASL_TALKING,  /* exchanging messages of the mechanism */
	IRC_SASL_ABORTING, /* "AUTHENTICATE *" was sent; waiting for 906 until the deadline */
	IRC_SASL_DONE,
	IRC_SASL_FAILED, /* why: the reason and the fix */
};

struct irc_sasl {
	enum irc_sasl_state state;
	enum sasl_mechanism mechanism; /* the one in use */
	unsigned tried;                /* mechanisms tried since irc_sasl_begin(), one bit each */
	unsigned failures;             /* failed logins on this connection */
	bool is_lying;                 /* the server verification of SCRAM failed */
	bool has_scram;  /* the server offers SCRAM, or did on an earlier connection; kept by irc_sasl_reset()
			  */
	bool has_better; /* a mechanism better than PLAIN was tried; kept by irc_sasl_reset() */
	bool is_private; /* the connection is protected against eavesdropping */
	char offered[IRC_SASL_LIST_MAX_BYTES + 1]; /* "PLAIN,EXTERNAL"; "": the server does not list them */
	char why[IRC_SASL_WHY_MAX_BYTES + 1];
	uint64_t deadline_ms;
	unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES];
	struct irc_scram scram;
	unsigned step; /* messages of the mechanism received from the server */
	struct str gathered;
};

/* Reset for a new connection, and release the state of the last one. has_scram and has_better, which forbid
 * PLAIN, stay. */
void irc_sasl_reset(struct irc_sasl *sasl);

/* Begin, or begin again (CAP NEW). random: unpredictable bytes. is_private: TLS, or loopback. */
void irc_sasl_begin(struct irc_sasl *sasl, const struct irc_login *login, bool is_private,
		const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES], struct irc_outbox *outbox,
		uint64_t now_ms);
/* Set the offered mechanisms: the value of the capability, "PLAIN,SCRAM-SHA-256". */
void irc_sasl_set_offered(struct irc_sasl *sasl, const char *list);

/*
 * irc_sasl_read - AUTHENTICATE, or a numeric 902 to 908.
 *
 * Shape:   AUTHENTICATE <at most 400 bytes of base64, or +>; after exactly 400 bytes more follow.
 * Errors:  no errors; an invalid message ends the mechanism in use.
 * Source:  IRCv3, "SASL authentication" 3.2.
 */
void irc_sasl_read(struct irc_sasl *sasl, const struct irc_login *login, const struct irc_line *line,
		struct irc_outbox *outbox, uint64_t now_ms);

/* Call at deadline_ms (UINT64_MAX: no deadline). */
void irc_sasl_run(struct irc_sasl *sasl, const struct irc_login *login, struct irc_outbox *outbox,
		uint64_t now_ms);

bool irc_sasl_is_working(const struct irc_sasl *sasl);

#endif
