#ifndef EPISODED_CONFIG_SECRET_TEXT_H
#define EPISODED_CONFIG_SECRET_TEXT_H

/*
 * The text of a secret: what a file, a variable or a terminal gave, and what copying may have added to it. Line ends
 * around the secret are removed, because they are never part of it. Anything else that does not belong there is a
 * problem, which names what was found and where. No problem quotes the secret.
 */

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_SECRET_MAX_BYTES 1000
/* A secret, a BOM, its line ends, and one more byte to notice that it is too long. */
#define SECRET_BUFFER_BYTES  (CONFIG_SECRET_MAX_BYTES + 16)
#define SECRET_PROBLEM_BYTES 256

enum secret_kind {
	SECRET_PASSWORD, /* may contain spaces and letters of every script, but neither begins nor ends with a space */
	SECRET_TOKEN, /* one word of ASCII, as websites issue it */
};

/* A secret inside the caller's buffer. */
struct secret_span {
	char *bytes;
	size_t length;
};

/*
 * secret_trim - leave out the line ends around a secret.
 *
 * Errors: false and a problem: empty, a wrong encoding, several lines, too long, or a character that cannot be seen
 *         or typed. The problem follows "the secret ".
 */
bool secret_trim(struct secret_span *secret, char ret_problem[SECRET_PROBLEM_BYTES]);

/*
 * secret_check - what a trimmed secret looks like, if it is not the secret alone.
 *
 * Errors: false and a problem that follows "the secret ": quotes around it, "NAME=" or "Bot " before it, and of a token
 *         everything that is not a printable character of ASCII. A password may contain all this: *ret_is_certain is
 *         false if it may be meant.
 */
bool secret_check(const struct secret_span *secret, enum secret_kind kind, bool *ret_is_certain,
		char ret_problem[SECRET_PROBLEM_BYTES]);

#endif
