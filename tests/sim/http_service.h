#ifndef EPISODED_SIM_HTTP_SERVICE_H
#define EPISODED_SIM_HTTP_SERVICE_H

/* Simulated HTTPS servers: for each host, one function that answers a request when it arrives. */

#include <stdbool.h>
#include <stddef.h>

#define HTTP_SERVICE_BODY_BYTES    65536
#define HTTP_SERVICE_HEADERS_BYTES 1024

struct http_asked {
	const char *method, *path; /* with its query */
	const char *body;          /* NUL-terminated; may be "" */
	size_t body_bytes;
	const char *authorization; /* the header; "": no header */
};

struct http_replied {
	int status;                               /* 0: no response ever arrives */
	char headers[HTTP_SERVICE_HEADERS_BYTES]; /* "Name: value\n" each */
	char body[HTTP_SERVICE_BODY_BYTES];
	int confirmed;   /* the question whose answer this response confirms, or -1 */
	bool *delivered; /* set once a process has handled the response; may be NULL */
};

#define HTTP_SERVICES_MAX 4 /* hosts */

void http_service_set(const char *host,
		void (*on_request)(const struct http_asked *asked, struct http_replied *ret));
void http_service_reset(void); /* call after world_reset() */

#endif
