/* One visit to a site: what is the same for all sites. */

#include "bot/fetch/visit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/clock.h"
#include "bot/base/span.h"
#include "bot/base/utf8.h"

#define BUSY_WAIT_MS (60u * 1000) /* after a 429 that names no time */

static const struct fetch_site *site_of(const struct visit *visit)
{
	return &fetch_sites[visit->address.site];
}

int visit_begin(struct visit *visit, const struct fetch_address *address, const char *base,
		const struct visit_known *known)
{
	const char *from = base ? base : fetch_sites[address->site].base;
	size_t length = strlen(from);

	*visit = (struct visit){.address = *address};
	while (length > 0 && from[length - 1] == '/')
		length--;
	if (length >= sizeof(visit->base))
		return -EINVAL;
	memcpy(visit->base, from, length);
	if (known)
		visit->known = *known;
	if (address->site == FETCH_TMDB)
		visit->stage = VISIT_PAGE;
	else if (address->by == FETCH_BY_ID)
		visit->stage = VISIT_SHOW;
	else
		visit->stage = address->by == FETCH_BY_IMDB ? VISIT_LOOKUP : VISIT_SEARCH;
	return 0;
}

void visit_release(struct visit *visit)
{
	for (size_t i = 0; i < visit->document_count; i++) {
		free(visit->documents[i].bytes);
		free(visit->documents[i].url);
	}
	visit->document_count = 0;
}

enum visit_step visit_fail(struct visit *visit, enum visit_fault fault, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(visit->problem, sizeof(visit->problem), format, arguments);
	va_end(arguments);
	visit->fault = fault;
	return VISIT_FAILED;
}

/* ---------------------------------------------------------------- requests */

static void append_url(const struct visit *visit, struct str *url)
{
	if (*visit->moved) {
		str_append(url, visit->moved);
		return;
	}
	str_append(url, visit->base);
	if (visit->address.site == FETCH_TMDB)
		visit_tmdb_path(visit, url);
	else
		visit_tvmaze_path(visit, url);
}

/* Only the request that says whether anything has changed is conditional. */
static bool is_conditional(const struct visit *visit)
{
	return visit->stage == VISIT_SHOW || (visit->stage == VISIT_PAGE && visit->page == 0);
}

int visit_request(const struct visit *visit, struct visit_request *ret)
{
	struct str *header = ret->headers;

	ret->url = STR(VISIT_URL_MAX_BYTES);
	for (size_t i = 0; i < VISIT_HEADERS_MAX; i++)
		ret->headers[i] = STR(VISIT_VALIDATOR_BYTES + 32);
	append_url(visit, &ret->url);
	str_append(header++, "Accept: application/json");
	if (is_conditional(visit) && *visit->known.etag)
		str_printf(header++, "If-None-Match: %s", visit->known.etag);
	else if (is_conditional(visit) && *visit->known.modified)
		str_printf(header, "If-Modified-Since: %s", visit->known.modified);
	for (size_t i = 0; i < VISIT_HEADERS_MAX; i++)
		if (ret->headers[i].error || ret->url.error) {
			visit_request_release(ret);
			return -ENOMEM;
		}
	return 0;
}

void visit_request_release(struct visit_request *request)
{
	str_release(&request->url);
	for (size_t i = 0; i < VISIT_HEADERS_MAX; i++)
		str_release(&request->headers[i]);
}

/* ---------------------------------------------------------------- answers */

bool visit_keep(struct visit *visit, const struct visit_answer *answer)
{
	struct visit_document *document = &visit->documents[visit->document_count];
	struct str url = STR(VISIT_URL_MAX_BYTES);

	if (visit->document_count == VISIT_DOCUMENTS_MAX || answer->body_bytes > VISIT_DOCUMENT_MAX_BYTES ||
			answer->body_bytes > VISIT_ALL_MAX_BYTES - visit->bytes) {
		visit_fail(visit, VISIT_WRONG, "%s sends more data than a show has", site_of(visit)->title);
		return false;
	}
	append_url(visit, &url);
	document->bytes = bytes_copy(answer->body, answer->body_bytes);
	document->length = answer->body_bytes;
	if (!document->bytes || str_take(&url, &document->url) < 0) {
		free(document->bytes);
		str_release(&url);
		visit_fail(visit, VISIT_PASSING, "out of memory");
		return false;
	}
	visit->document_count++;
	visit->bytes += answer->body_bytes;
	return true;
}

/* A header is sent back as it came; one that does not fit, or that is no plain text, is not kept. */
static void keep_header(char *ret, size_t size, const char *value)
{
	size_t length = value ? strlen(value) : 0;

	ret[0] = '\0';
	for (size_t i = 0; i < length; i++)
		if (value[i] < ' ' || value[i] > '~')
			return;
	if (length < size && value)
		memcpy(ret, value, length + 1);
}

/* Retry-After: seconds, or a date, which is compared with the server's own. 0: not given. */
static uint64_t wait_of(const struct visit_answer *answer)
{
	uint64_t seconds, until_ms, now_ms, wait_ms = 0;
	const char *text = answer->retry_after;

	if (!text)
		return 0;
	if (span_number((struct span){text, strlen(text)}, &seconds) == 0)
		wait_ms = seconds < VISIT_WAIT_MAX_MS / 1000 ? seconds * 1000 : VISIT_WAIT_MAX_MS;
	else if (answer->date && clock_from_http(text, &until_ms) == 0 &&
			clock_from_http(answer->date, &now_ms) == 0 && until_ms > now_ms)
		wait_ms = until_ms - now_ms;
	return wait_ms > VISIT_WAIT_MAX_MS ? VISIT_WAIT_MAX_MS : wait_ms;
}

/* Where a redirect leads, if that is on the same site: a path, or the base's scheme and authority with a path. */
static const char *follow(const struct visit *visit, const char *location, char ret[VISIT_URL_MAX_BYTES])
{
	const char *authority = strstr(visit->base, "://"), *path = location;
	size_t length, site;

	if (!location || !*location)
		return "names no address";
	for (const char *at = location; *at; at++)
		if (*at <= ' ' || *at > '~' || *at == '\\')
			return "names an address that is not valid";
	if (!authority)
		return "cannot be followed";
	length = strcspn(authority + 3, "/?#");
	site = (size_t)(authority + 3 + length - visit->base);
	if (strncasecmp(location, visit->base, site) == 0)
		path = location + site;
	else if (strstr(location, "://") || str_starts(location, "//"))
		return "leads to another site or another protocol";
	if (*path != '/' || path[1] == '/')
		return "leads to another site or another protocol";
	if (site + strlen(path) >= VISIT_URL_MAX_BYTES)
		return "names an address that is too long";
	memcpy(ret, visit->base, site);
	memcpy(ret + site, path, strlen(path) + 1);
	return NULL;
}

static enum visit_step redirect(struct visit *visit, const struct visit_answer *answer)
{
	char target[VISIT_URL_MAX_BYTES];
	const char *problem = follow(visit, answer->location, target);

	if (problem)
		return visit_fail(visit, VISIT_WRONG, "%s redirects the request (%d), and the redirect %s",
				site_of(visit)->title, answer->status, problem);
	if (++visit->redirects > VISIT_REDIRECTS_MAX)
		return visit_fail(visit, VISIT_WRONG, "%s redirects the request again and again",
				site_of(visit)->title);
	memcpy(visit->moved, target, sizeof(target));
	visit->has_moved = visit->has_moved || visit->stage == VISIT_SHOW;
	return VISIT_ASK;
}

static enum visit_step take_status(struct visit *visit, const struct visit_answer *answer)
{
	const struct fetch_site *site = site_of(visit);
	char text[FETCH_ADDRESS_BYTES];
	const char *show = fetch_address_text(&visit->address, text);

	switch (answer->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308: return redirect(visit, answer);
	case 304:
		if (is_conditional(visit) && (*visit->known.etag || *visit->known.modified))
			return VISIT_SAME;
		return visit_fail(visit, VISIT_WRONG,
				"%s says that nothing has changed (304), although it was not asked",
				site->title);
	case 404:
	case 410:
		if (visit->stage == VISIT_SPECIALS)
			return visit_fail(visit, VISIT_PASSING, "%s has %s, but not its specials (%d)",
					site->title, show, answer->status);
		return visit_fail(visit, VISIT_ABSENT,
				"%s has no show %s (%d); look for it on the site, and take the number from "
				"the "
				"address of its page",
				site->title, show, answer->status);
	case 401:
	case 403:
		if (site->needs_token)
			return visit_fail(visit, VISIT_REFUSED,
					"%s does not accept the token (%d); get the \"API Read Access "
					"Token\" from "
					"themoviedb.org/settings/api, and store it with \"episoded secret "
					"set tmdb-key\"",
					site->title, answer->status);
		return visit_fail(visit, VISIT_PASSING, "%s refuses the request (%d)", site->title,
				answer->status);
	case 429:
		visit->wait_ms = wait_of(answer);
		if (!visit->wait_ms)
			visit->wait_ms = BUSY_WAIT_MS;
		return visit_fail(visit, VISIT_PASSING, "%s gets too many requests from here (429)",
				site->title);
	default: break;
	}
	if (answer->status >= 500) {
		visit->wait_ms = wait_of(answer);
		return visit_fail(
				visit, VISIT_PASSING, "%s is out of order (%d)", site->title, answer->status);
	}
	return visit_fail(visit, VISIT_WRONG, "%s answers with status %d", site->title, answer->status);
}

/* What is not even a JSON value. */
static bool is_json(struct visit *visit, const struct visit_answer *answer)
{
	const char *end = answer->body + answer->body_bytes;
	const char *at = span_skip_space(answer->body, end), *title = site_of(visit)->title;
	const char *after = at < end ? span_skip_value(at, end) : NULL;

	if (at < end && *at == '<')
		visit_fail(visit, VISIT_PASSING,
				"%s answers with a web page instead of data: an outage, or a network that "
				"wants a "
				"login",
				title);
	else if (at == end)
		visit_fail(visit, VISIT_PASSING, "%s answers with nothing", title);
	else if (!after)
		visit_fail(visit, VISIT_PASSING, "the answer of %s is cut off, or no JSON", title);
	else if (span_skip_space(after, end) != end)
		visit_fail(visit, VISIT_WRONG, "the answer of %s is no JSON", title);
	else
		return true;
	return false;
}

enum visit_step visit_take(struct visit *visit, const struct visit_answer *answer)
{
	enum visit_step step;

	visit->wait_ms = 0;
	if (answer->error == -EMSGSIZE)
		return visit_fail(visit, VISIT_WRONG,
				"the answer of %s is too large: a show has at most %u MB",
				site_of(visit)->title, VISIT_DOCUMENT_MAX_BYTES >> 20);
	if (answer->error) /* a certificate that is refused now is refused in a second, too */
		return visit_fail(visit, answer->error == -EPROTO ? VISIT_WRONG : VISIT_PASSING,
				"%s cannot be reached: %s", site_of(visit)->title, answer->reason);
	if (answer->status != 200)
		return take_status(visit, answer);
	if (!is_json(visit, answer))
		return VISIT_FAILED;
	if (is_conditional(visit)) {
		keep_header(visit->learned.etag, sizeof(visit->learned.etag), answer->etag);
		keep_header(visit->learned.modified, sizeof(visit->learned.modified), answer->modified);
	}
	step = visit->address.site == FETCH_TMDB ? visit_tmdb_take(visit, answer)
						 : visit_tvmaze_take(visit, answer);
	visit->moved[0] = '\0';
	visit->redirects = 0;
	return step;
}
