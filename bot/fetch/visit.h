#ifndef EPISODED_FETCH_VISIT_H
#define EPISODED_FETCH_VISIT_H

/*
 * One visit to a site: which requests lead to a show's data, in which order, and what each answer means. Pure: no
 * socket, no clock.
 *
 *	visit_begin(&visit, &address, base, &known);
 *	do {
 *		visit_request(&visit, &url, &headers);
 *		...
 *	} while (visit_take(&visit, &answer) == VISIT_ASK);
 *
 * The data is the list of documents, as the site sent them: bot/import/ reads them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"
#include "bot/fetch/address.h"

#define VISIT_DOCUMENTS_MAX      12
#define VISIT_DOCUMENT_MAX_BYTES (8u * 1024 * 1024) /* as long as a dataset may be */
#define VISIT_ALL_MAX_BYTES      (24u * 1024 * 1024)
#define VISIT_REDIRECTS_MAX      3
#define VISIT_FOUND_MAX          8
#define VISIT_VALIDATOR_BYTES    256
#define VISIT_PROBLEM_BYTES      400
#define VISIT_URL_MAX_BYTES      2048
#define VISIT_WAIT_MAX_MS        (24u * 3600 * 1000)

/* What an earlier visit learned, for a request that is answered only if something has changed. "": not known. */
struct visit_known {
	char etag[VISIT_VALIDATOR_BYTES], modified[VISIT_VALIDATOR_BYTES];
	char updated[48]; /* TVmaze's own mark of a version, and the length of the answer with it */
};

/* A show that a search has found. "" and 0: the site does not say. */
struct visit_found {
	uint64_t id;
	char name[FETCH_TEXT_BYTES], network[100], status[40], url[200];
	unsigned year, seasons, episodes;
};

enum visit_step {
	VISIT_ASK,  /* send the next request */
	VISIT_DONE, /* the documents are complete */
	VISIT_SAME, /* nothing has changed since the visit that is known */
	VISIT_FAILED,
};

enum visit_fault {
	VISIT_FINE,
	VISIT_PASSING, /* worth another visit, not before wait_ms; 0: the caller decides */
	VISIT_ABSENT,  /* the site has no such show */
	VISIT_REFUSED, /* the token is wrong, or missing */
	VISIT_WRONG,   /* an answer that cannot be used */
};

struct visit_answer {
	int error;          /* 0, or why there is no answer: as of http_response */
	const char *reason; /* with error, for people */
	int status;
	const char *body;
	size_t body_bytes;
	/* Headers; NULL: absent. */
	const char *etag, *modified, *location, *retry_after, *date;
};

struct visit_document {
	char *bytes;
	size_t length;
	char *url; /* for messages */
};

enum visit_stage { VISIT_SEARCH, VISIT_LOOKUP, VISIT_SHOW, VISIT_SPECIALS, VISIT_PAGE };

struct visit {
	struct fetch_address address; /* its ID is set once it is known */
	char base[VISIT_URL_MAX_BYTES / 2];
	struct visit_known known, learned;
	enum visit_stage stage;
	unsigned page;                   /* of TMDB: 20 seasons each */
	char moved[VISIT_URL_MAX_BYTES]; /* where a redirect leads; "": the stage's own address */
	unsigned redirects;
	bool has_moved; /* the show's own request was redirected: the ID may be another one */
	struct visit_found found[VISIT_FOUND_MAX];
	size_t found_count;
	struct visit_document documents[VISIT_DOCUMENTS_MAX];
	size_t document_count, bytes;
	/* After VISIT_FAILED: */
	enum visit_fault fault;
	uint64_t wait_ms;
	char problem[VISIT_PROBLEM_BYTES];
};

/* base: the address of the site's API; NULL: the site's own. known may be NULL. -EINVAL: base is too long. */
int visit_begin(struct visit *visit, const struct fetch_address *address, const char *base,
		const struct visit_known *known);
void visit_release(struct visit *visit); /* safe on a zeroed visit */

#define VISIT_HEADERS_MAX 4
struct visit_request {
	struct str url;
	struct str headers[VISIT_HEADERS_MAX]; /* "Name: value"; empty ones at the end */
};
/* The request to send now; the caller releases it. -ENOMEM. */
int visit_request(const struct visit *visit, struct visit_request *ret);
void visit_request_release(struct visit_request *request);

/* What came. Nothing of the answer is kept but copies. */
enum visit_step visit_take(struct visit *visit, const struct visit_answer *answer);

/* Of visit.c, for the files of the sites: */

/* Fail the visit. */
enum visit_step visit_fail(struct visit *visit, enum visit_fault fault, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
/* Keep a document. Fails the visit when there are too many, or memory runs out. */
bool visit_keep(struct visit *visit, const struct visit_answer *answer);

/* tvmaze.c, tmdb.c: the address of the stage's request, without the base; and an answer with status 200. */
void visit_tvmaze_path(const struct visit *visit, struct str *url);
enum visit_step visit_tvmaze_take(struct visit *visit, const struct visit_answer *answer);
void visit_tmdb_path(const struct visit *visit, struct str *url);
enum visit_step visit_tmdb_take(struct visit *visit, const struct visit_answer *answer);

#endif
