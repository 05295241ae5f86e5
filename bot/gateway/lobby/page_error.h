#ifndef EPISODED_LOBBY_PAGE_ERROR_H
#define EPISODED_LOBBY_PAGE_ERROR_H

/* The page that a browser shows when a request is refused: looks like the lobby's page, has no script, and says what to do. */

#include "bot/base/str.h"
#include "bot/gateway/lobby/page.h"

/* The only content that an error page loads is its own style, named by its hash. */
#define PAGE_ERROR_POLICY                                                                                    \
	"default-src 'none'; style-src 'sha256-9RtMIFteOvZtVzuXquvKPQCo2pc8Y/HSnOi86giYQZY='; img-src "      \
	"data:; "                                                                                            \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* Append the page. phrase: the status's reason phrase. */
void page_error_append(struct str *body, const struct page_site *site, struct page_refusal refusal,
		const char *phrase);

#endif
