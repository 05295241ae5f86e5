#ifndef EPISODED_LOBBY_PAGE_H
#define EPISODED_LOBBY_PAGE_H

/* The page over HTTP: which requests are answered, and with what. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/lobby/page_request.h"

#define PAGE_RETRY_AFTER_S 5 /* when the lobby is full */

/* The address of the page, and its dynamic content. */
struct page_site {
	char host[PAGE_HOST_MAX_BYTES]; /* an IPv6 address in brackets */
	unsigned short port;
	void *user;
	const char *(*describe)(void *user); /* the commands as JSON; borrowed until the next call */
	/* As gateway_host.web_file; NULL: there are no other files. */
	int (*web_file)(void *user, const char *path, const char *query, struct web_file *ret);
};

/* The answer to one request. */
struct page_answer {
	struct str head;
	const char *body; /* equals owned, or is borrowed */
	size_t body_length;
	char *owned;  /* freed by page_answer_release(); may be NULL */
	bool is_last; /* close the connection after it */
};

/* -ENOMEM */
int page_answer(const struct page_site *site, const struct page_request *request, struct page_answer *ret);
int page_refuse(const struct page_site *site, struct page_refusal refusal, struct page_answer *ret);
void page_answer_release(struct page_answer *answer);

/* Check Host, and the Origin of a WebSocket handshake. NULL: the request is allowed. */
const struct page_refusal *page_gate(const struct page_request *request);

#endif
