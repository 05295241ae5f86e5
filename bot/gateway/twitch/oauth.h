#ifndef EPISODED_TWITCH_OAUTH_H
#define EPISODED_TWITCH_OAUTH_H

/*
 * Twitch's authorization server (https://id.twitch.tv/oauth2): the requests and what its responses mean.
 * Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"

struct http_response;

#define TWITCH_TOKEN_MAX_BYTES  512
#define TWITCH_CLIENT_MAX_BYTES 64
#define TWITCH_USER_MAX_BYTES   64
#define TWITCH_SCOPES_MAX_BYTES 1024
#define TWITCH_REASON_MAX_BYTES 240
#define TWITCH_CODE_MAX_BYTES   512
#define TWITCH_URI_MAX_BYTES    512

#define TWITCH_OAUTH_BODY_MAX_BYTES (16u * 1024) /* of a response; Twitch's have less than 1 KB */

/* Tokens, and whose they are. */
struct twitch_tokens {
	char access[TWITCH_TOKEN_MAX_BYTES + 1];
	char refresh[TWITCH_TOKEN_MAX_BYTES + 1]; /* "": cannot be refreshed */
	char client_id[TWITCH_CLIENT_MAX_BYTES + 1];
	char user_id[TWITCH_USER_MAX_BYTES + 1];
	char login[TWITCH_USER_MAX_BYTES + 1];
	char scopes[TWITCH_SCOPES_MAX_BYTES + 1]; /* with spaces between them */
};

enum twitch_oauth_call {
	TWITCH_OAUTH_VALIDATE,
	TWITCH_OAUTH_REFRESH,
	TWITCH_OAUTH_DEVICE, /* the start of a login */
	TWITCH_OAUTH_POLL,   /* has the person authorized the login? */
	TWITCH_OAUTH_REVOKE,
};

enum twitch_oauth_verdict {
	TWITCH_OAUTH_OK,
	TWITCH_OAUTH_PENDING, /* POLL: not authorized yet */
	TWITCH_OAUTH_SLOWER,  /* POLL: not authorized yet; ask less often */
	TWITCH_OAUTH_REFUSED, /* the token or the device code is not valid, or not any more */
	TWITCH_OAUTH_DENIED,  /* POLL: the person refused */
	TWITCH_OAUTH_CLIENT,  /* the application or its secret is wrong; tokens are not affected */
	TWITCH_OAUTH_TROUBLE, /* may pass; the request was not carried out */
	TWITCH_OAUTH_DOUBT,   /* may pass; the request may have been carried out */
};

struct twitch_oauth_response {
	enum twitch_oauth_verdict verdict;
	char reason[TWITCH_REASON_MAX_BYTES]; /* of all verdicts but OK, with the fix of CLIENT */
	/* OK: what the response has; other texts are "". POLL and REFRESH: access, refresh, scopes;
	 * VALIDATE: client_id, user_id, login, scopes. */
	struct twitch_tokens tokens;
	bool has_scopes;
	bool never_expires; /* VALIDATE of an old token */
	uint64_t expires_ms, interval_ms;
	char device_code[TWITCH_CODE_MAX_BYTES + 1];
	char user_code[TWITCH_CODE_MAX_BYTES + 1];
	char uri[TWITCH_URI_MAX_BYTES + 1];
};

/* A request. Release it with twitch_oauth_release(), which wipes it. */
struct twitch_oauth_request {
	const char *method; /* "GET", "POST" */
	struct str url, authorization, body;
};

/* The parts of requests; each may be NULL or "" when the call does not need it. */
struct twitch_oauth_parts {
	const char *base; /* "https://id.twitch.tv/oauth2" */
	const char *client_id, *client_secret;
	const char *token;           /* access token; REFRESH: refresh token; POLL: device code */
	const char *const *scopes;   /* DEVICE and POLL; NULL at the end */
	const struct permit *permit; /* as in net/http.h */
};

/* -ENOMEM, -EMSGSIZE. */
int twitch_oauth_write(enum twitch_oauth_call call, const struct twitch_oauth_parts *parts,
		struct twitch_oauth_request *ret);
void twitch_oauth_release(struct twitch_oauth_request *request);

/*
 * twitch_oauth_read - what a response means.
 *
 * Shape:   JSON objects; errors are {"status": 400, "message": text} ("error" in place of "status" occurs, too).
 *          A refusal counts only in that form: a proxy or a captive portal must not end a login.
 * Units:   expires_in and interval are seconds there, milliseconds here.
 * Owns:    *ret is the caller's, to be wiped after use.
 * Errors:  no errors; unreadable responses are TROUBLE or DOUBT.
 * Source:  dev.twitch.tv, "Getting OAuth Access Tokens", "Refreshing Access Tokens", "Validating Tokens"
 *          (read 2026-11).
 */
void twitch_oauth_read(enum twitch_oauth_call call, const struct http_response *http,
		struct twitch_oauth_response *ret);

/* The first of the scopes (NULL at the end) that is not among granted ("chat:read chat:edit"); NULL: all are. */
const char *twitch_oauth_missing(const char *granted, const char *const *scopes);

/*
 * twitch_tokens_read, twitch_tokens_write - the form in the store and in a login file.
 *
 * Shape:   {"access":s,"refresh":s,"client":s,"user":s,"login":s,"scopes":s,"id":s,"refreshing":b}
 * Errors:  -EBADMSG, *ret is then cleared; write: as str->error.
 */
struct twitch_stored {
	struct twitch_tokens tokens;
	char id[33];        /* of the login that the tokens are from */
	bool is_refreshing; /* a refresh began, and its response has not been stored */
};
int twitch_stored_read(const char *text, size_t length, struct twitch_stored *ret);
int twitch_stored_write(const struct twitch_stored *stored, struct str *str);

#endif
