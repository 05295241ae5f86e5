#ifndef EPISODED_SIM_HTTP_SERVICE_H
#define EPISODED_SIM_HTTP_SERVICE_H

/* A simulated HTTPS server: one function that answers a request at the moment when it arrives. */

#include <stddef.h>

#define HTTP_SERVICE_BODY_BYTES    65536
#define HTTP_SERVICE_HEADERS_BYTES 1024

struct http_asked {
	const char *method, *path; /* behind the host, with its query */
	const char *body;          /* terminated; "" for none */
	size_t body_bytes;
	int has_authorization;
};

struct http_replied {
	int status;                               /* 0: nothing comes back, ever */
	char headers[HTTP_SERVICE_HEADERS_BYTES]; /* "Name: value\n" each */
	char body[HTTP_SERVICE_BODY_BYTES];
	int confirmed; /* the question that the bot knows is answered once this has arrived; -1: none */
};

void http_service_set(const char *host,
		void (*on_request)(const struct http_asked *asked, struct http_replied *ret));
void http_service_reset(void); /* after world_reset() */

#endif
