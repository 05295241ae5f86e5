/* Shows on sites, as people write them; and the sites. */

#include "bot/fetch/address.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bot/base/span.h"
#include "bot/base/utf8.h"

#define DIGITS "0123456789"

/*
 * TVmaze: the API's page, "Licensing" (CC BY-SA, with a link back) and "Rate limiting" (at least 20 calls in 10 s are
 * allowed). TMDb: the FAQ of the API, "attribution"; about 40 requests in a second, free for non-commercial use.
 */
const struct fetch_site fetch_sites[FETCH_SITES] = {
		[FETCH_TVMAZE] = {.name = "tvmaze",
				.title = "TVmaze",
				.base = "https://api.tvmaze.com",
				.page = "https://www.tvmaze.com/shows/",
				.license = "CC BY-SA 4.0",
				.credit = "Data provided by TVmaze.com",
				.gap_ms = 1000},
		[FETCH_TMDB] = {.name = "tmdb",
				.title = "TMDB",
				.base = "https://api.themoviedb.org",
				.page = "https://www.themoviedb.org/tv/",
				.license = "TMDB API terms of use (non-commercial)",
				.credit = "This product uses the TMDB API but is not endorsed or certified "
					  "by TMDB.",
				.gap_ms = 500,
				.needs_token = true},
};

/* The text after "tvmaze:", and its site; NULL: it is no such word. */
static const char *after_site(const char *word, enum fetch_site_id *ret)
{
	for (int site = 0; site < FETCH_SITES; site++) {
		size_t length = strlen(fetch_sites[site].name);

		if (strncasecmp(word, fetch_sites[site].name, length) == 0 && word[length] == ':') {
			*ret = (enum fetch_site_id)site;
			return word + length + 1;
		}
	}
	return NULL;
}

bool fetch_address_is(const char *word)
{
	enum fetch_site_id site;

	return after_site(word, &site) != NULL;
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, DIGITS)] == '\0';
}

static bool is_imdb(const char *text)
{
	return str_starts(text, "tt") && strlen(text) >= 9 && strlen(text) <= 14 && is_number(text + 2);
}

static const char *read_id(const char *text, struct fetch_address *ret)
{
	uint64_t id;

	if (span_number((struct span){text, strlen(text)}, &id) < 0 || id == 0 || id > FETCH_ID_MAX)
		return "has a number that no show has; take the number from the address of the show's page";
	ret->by = FETCH_BY_ID;
	ret->id = id;
	return NULL;
}

static const char *read_name(const char *text, struct fetch_address *ret)
{
	if (ret->site == FETCH_TMDB)
		return "needs the show's number, which is in the address of its page: "
		       "https://www.themoviedb.org/tv/NUMBER";
	if (!utf8_is_clean(text, strlen(text)))
		return "has a name with characters that cannot be shown";
	ret->by = is_imdb(text) ? FETCH_BY_IMDB : FETCH_BY_NAME;
	snprintf(ret->text, sizeof(ret->text), "%s", text);
	return NULL;
}

const char *fetch_address_read(const char *word, struct fetch_address *ret)
{
	struct fetch_address address = {0};
	const char *text = after_site(word, &address.site), *problem;

	if (!text)
		return "is no show of a site; write tvmaze:NAME, tvmaze:NUMBER or tmdb:NUMBER";
	text += strspn(text, " ");
	if (!*text)
		return "names no show; write the name or the number behind the colon";
	if (strlen(text) >= sizeof(address.text))
		return "has a name that is too long";
	problem = is_number(text) ? read_id(text, &address) : read_name(text, &address);
	if (!problem)
		*ret = address;
	return problem;
}

const char *fetch_address_text(const struct fetch_address *address, char buffer[FETCH_ADDRESS_BYTES])
{
	const char *site = fetch_sites[address->site].name;

	if (address->id)
		snprintf(buffer, FETCH_ADDRESS_BYTES, "%s:%" PRIu64, site, address->id);
	else
		snprintf(buffer, FETCH_ADDRESS_BYTES, "%s:%s", site, address->text);
	return buffer;
}

bool fetch_address_of_page(const char *url, struct fetch_address *ret)
{
	for (int site = 0; site < FETCH_SITES; site++) {
		const char *page = fetch_sites[site].page, *digits = url + strlen(page);
		struct fetch_address address = {.site = (enum fetch_site_id)site};
		size_t length;

		if (!str_starts(url, page))
			continue;
		length = strspn(digits, DIGITS);
		if (digits[length] && !strchr("/-?#", digits[length]))
			return false;
		if (span_number((struct span){digits, length}, &address.id) < 0 || !address.id ||
				address.id > FETCH_ID_MAX)
			return false;
		*ret = address;
		return true;
	}
	return false;
}
