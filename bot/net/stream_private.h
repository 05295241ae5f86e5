#ifndef EPISODED_NET_STREAM_PRIVATE_H
#define EPISODED_NET_STREAM_PRIVATE_H

/* What stream.c and stream_curl.c share; everyone else includes stream.h. */

#include <curl/curl.h>

#include "bot/base/str.h"
#include "bot/net/budget.h"
#include "bot/net/stream.h"

#define STREAM_OPEN_DEADLINE_MS 10000 /* TCP and TLS together */
#define STREAM_REASON_BYTES     256
#define STREAM_SOCKETS_MAX      4 /* that libcurl has open while it connects to one address */

struct watch;
struct timer;

enum stream_phase {
	STREAM_CONNECTING, /* libcurl's */
	STREAM_OPEN,
	STREAM_CLOSING, /* stream_close() was called */
	STREAM_OVER,    /* on_close is all that is left */
};

struct stream_socket {
	struct stream *stream;
	struct watch *watch; /* NULL: a free place */
	curl_socket_t fd;
};

struct stream {
	struct loop *loop;
	struct stream_events events;
	void *user;
	enum stream_phase phase;
	struct timer *timer;    /* libcurl's; then the bytes left over; then on_close */
	struct timer *deadline; /* to open, to close */
	bool *ret_is_gone;      /* set while on_bytes runs: it may abandon us */

	/* stream_curl.c */
	CURLM *multi; /* one each: what happens to HTTP's connections does not touch it */
	CURL *easy;
	struct curl_slist *connect_to;
	struct stream_socket sockets[STREAM_SOCKETS_MAX];
	char *host, *fingerprints;
	bool is_tls, is_verified, shows_certificate;
	char curl_reason[CURL_ERROR_SIZE];

	curl_socket_t fd; /* once open */
	struct watch *watch;
	bool is_writing;           /* the watch waits for room */
	struct budget_share share; /* of outgoing */
	struct str outgoing;
	size_t sent;           /* bytes of outgoing */
	unsigned stuck_rounds; /* in which TLS read nothing of what there is */

	int error; /* the first that was found, with its reason */
	char reason[STREAM_REASON_BYTES];
};

/* stream.c */
void stream_blame(struct stream *stream, int error, const char *reason);
void stream_finish(struct stream *stream);
void stream_opened(struct stream *stream); /* may free it */

/* stream_curl.c: the part of a stream's life that is libcurl's */
int stream_curl_start(struct stream *stream, const struct stream_options *options);
void stream_curl_time(struct stream *stream); /* its timer fired; may free stream */
/* What took too long, for people. */
const char *stream_curl_stage(const struct stream *stream);
void stream_curl_free(struct stream *stream);

#endif
