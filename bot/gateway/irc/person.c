/* Tell persons from servers, services and bouncers. */

#include "bot/gateway/irc/person.h"

#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/irc/mask.h"
#include "bot/irc/casemap.h"

#define SOURCE_MAX_BYTES 400 /* of a source that is compared with masks; a longer one is no bridge */

static bool is_text(const char *bytes, size_t length, const char *text)
{
	return irc_casemap_equal_bytes(IRC_CASEMAP_ASCII, bytes, length, text);
}

static bool begins(const char *bytes, size_t length, const char *text)
{
	size_t size = strlen(text);

	return length >= size && is_text(bytes, size, text);
}

/* No server allows a nick to begin with one of these. ZNC's modules begin with '*' or with what "StatusPrefix" says
 * ("*status", "***", 2026-08); psyBNC's, bip's and shroudBNC's with '-'. */
static bool begins_as_no_nick(const struct irc_source *source)
{
	return source->nick_length == 0 || strchr("*-#&@%+$!~:.,;=?/<>()\"'", *source->nick);
}

/* The last two labels of a host name: "example.org". */
static const char *domain_of(const char *host, size_t length)
{
	unsigned dots = 0;

	while (length > 0) {
		length--;
		if (host[length] == '.' && ++dots == 2)
			return host + length + 1;
	}
	return host;
}

static bool is_on_our_server(const struct irc_people *people, const struct irc_source *source)
{
	size_t length = strlen(people->server);
	const char *ours = domain_of(people->server, length);
	const char *theirs = domain_of(source->host, source->host_length);
	size_t theirs_length = (size_t)(source->host + source->host_length - theirs);

	return length > 0 && strchr(ours, '.') && is_text(theirs, theirs_length, ours);
}

/* A nick that services have: "NickServ" and all others in "Serv"; of Atheme and Anope "Global", "ALIS" and "ChanFix"; "Q"
 * of QuakeNet, "X" of Undernet. */
static bool has_name_of_service(const struct irc_people *people, const struct irc_source *source)
{
	static const char *const names[] = {"Global", "ALIS", "ChanFix", "Q", "X", "L"};

	if (source->nick_length > 4 && begins(source->nick + source->nick_length - 4, 4, "serv"))
		return true;
	if (people->services && is_text(source->nick, source->nick_length, people->services))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_text(source->nick, source->nick_length, names[i]))
			return true;
	}
	return false;
}

/* A user name that services have. That of a person begins with '~' unless the person runs an ident server. */
static bool has_user_of_service(const struct irc_source *source)
{
	static const char *const names[] = {"services", "service", "cservice", "TheQBot"};

	if (source->user_length == source->nick_length &&
			strncasecmp(source->user, source->nick, source->nick_length) == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_text(source->user, source->user_length, names[i]))
			return true;
	}
	return false;
}

static bool is_service(const struct irc_people *people, const struct irc_source *source)
{
	bool has_dot = memchr(source->host, '.', source->host_length);

	/* "services.libera.chat", "services.int" (Atheme), "services.host" (Anope), "services." */
	if (begins(source->host, source->host_length, "services.") ||
			begins(source->host, source->host_length, "service.") ||
			is_text(source->host, source->host_length, "services"))
		return true;
	if (!has_name_of_service(people, source) || !has_user_of_service(source))
		return false;
	/* "NickServ!NickServ@localhost" (Ergo), "BouncerServ!BouncerServ@BouncerServ" (soju),
	 * "NickServ!service@rizon.net" */
	return !has_dot || people->has_services || is_on_our_server(people, source);
}

bool irc_is_person(const struct irc_people *people, const char *text)
{
	struct irc_source source;

	irc_source_split(text, &source);
	if (begins_as_no_nick(&source))
		return false;
	if (source.host_length == 0) /* a server, or a person on a server that shortens the source */
		return !memchr(source.nick, '.', source.nick_length) &&
		       !is_text(source.nick, source.nick_length, people->server);
	return !is_text(source.host, source.host_length, "znc.in") && !is_service(people, &source);
}

/* ---------------------------------------------------------------- bridges */

static void fold(const char *text, char ret[SOURCE_MAX_BYTES + 1])
{
	size_t length = 0;

	for (; *text; text++)
		ret[length++] = irc_casemap_lower(IRC_CASEMAP_RFC1459, *text);
	ret[length] = '\0';
}

bool irc_is_bridge(const struct irc_people *people, const char *source)
{
	char folded[SOURCE_MAX_BYTES + 1], mask[SOURCE_MAX_BYTES + 1];

	if (people->bridge_count == 0 || strlen(source) > SOURCE_MAX_BYTES)
		return false;
	fold(source, folded);
	for (size_t i = 0; i < people->bridge_count; i++) {
		if (strlen(people->bridges[i]) > SOURCE_MAX_BYTES)
			continue;
		fold(people->bridges[i], mask);
		if (irc_mask_match(mask, folded))
			return true;
	}
	return false;
}

const char *irc_bridge_split(const char *text, const char **ret_name, size_t *ret_length)
{
	const char *end;

	if (*text == '[' && (end = strstr(text, "] ")) != NULL)
		text = end + 2;
	if (*text != '<' || (end = strstr(text, "> ")) == NULL || end == text + 1)
		return NULL;
	*ret_name = text + 1;
	*ret_length = (size_t)(end - *ret_name);
	return end + 2 + strspn(end + 2, " ");
}
