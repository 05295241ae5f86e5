/* The nick we want and the one we have. */

#include "bot/gateway/irc/nick.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALTERNATES_MAX      10
#define NICKLEN_GUESS       30 /* until 005 says */
#define NICKLEN_LEAST       9  /* RFC 1459's, which every server bears */
#define LOSSES_MAX          3  /* a nick taken from us this often is somebody's: no war */
#define REGAIN_SOON_MS      2000
#define REGAIN_DELAY_MS     (60 * 1000)
#define REGAIN_DELAY_MAX_MS (60 * 60 * 1000)

static void set_name(char ret[IRC_NICK_MAX_BYTES + 1], const char *name)
{
	size_t length = strnlen(name, IRC_NICK_MAX_BYTES);

	memcpy(ret, name, length);
	ret[length] = '\0';
}

void irc_nick_set(struct irc_nick *nick, const char *wanted)
{
	set_name(nick->wanted, wanted);
	nick->regain_ms = strcmp(nick->current, nick->wanted) == 0 ? UINT64_MAX : 0;
	nick->regain_delay_ms = REGAIN_DELAY_MS;
	nick->losses = 0;
}

void irc_nick_reset(struct irc_nick *nick)
{
	set_name(nick->current, nick->wanted);
	nick->alternates = 0;
	nick->has_asked_services = false;
	nick->losses = 0;
	nick->length_max = NICKLEN_GUESS;
	nick->regain_ms = UINT64_MAX;
	nick->regain_delay_ms = REGAIN_DELAY_MS;
}

int irc_nick_refused(struct irc_nick *nick, bool is_invalid, struct irc_outbox *outbox, uint64_t now_ms)
{
	char suffix[4] = "_";
	size_t length = strlen(nick->wanted);

	if (++nick->alternates > ALTERNATES_MAX)
		return -ENOENT;
	if (is_invalid && nick->alternates > 1) /* the alternate was: too long, most likely */
		nick->length_max = NICKLEN_LEAST;
	if (nick->alternates > 1)
		snprintf(suffix, sizeof(suffix), "%u", nick->alternates % 100);
	if (length > nick->length_max - strlen(suffix))
		length = nick->length_max - strlen(suffix);
	snprintf(nick->current, sizeof(nick->current), "%.*s%s", (int)length, nick->wanted, suffix);
	return irc_outbox_urgent(outbox, IRC_LINE("NICK", nick->current), now_ms);
}

void irc_nick_is(
	struct irc_nick *nick, const char *name, const struct irc_isupport *isupport, uint64_t now_ms)
{
	bool had_it = irc_casemap_equal(isupport->casemap, nick->current, nick->wanted);

	set_name(nick->current, name);
	if (irc_casemap_equal(isupport->casemap, nick->current, nick->wanted)) {
		nick->regain_ms = UINT64_MAX;
		return;
	}
	/* Before 001 current is only what we asked for; losing that is no loss. */
	if (had_it && nick->regain_ms == UINT64_MAX)
		nick->losses++;
	nick->regain_ms = nick->losses >= LOSSES_MAX ? UINT64_MAX : now_ms + nick->regain_delay_ms;
}

void irc_nick_freed(struct irc_nick *nick, const char *name, size_t length,
	const struct irc_isupport *isupport, uint64_t now_ms)
{
	if (nick->regain_ms != UINT64_MAX &&
		irc_casemap_equal_bytes(isupport->casemap, name, length, nick->wanted))
		nick->regain_ms = now_ms + REGAIN_SOON_MS; /* let a netsplit or a services' lock pass */
}

void irc_nick_run(struct irc_nick *nick, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (now_ms < nick->regain_ms)
		return;
	irc_outbox_push(outbox, "", IRC_LINE("NICK", nick->wanted), now_ms);
	nick->regain_ms = now_ms + nick->regain_delay_ms;
	if (nick->regain_delay_ms < REGAIN_DELAY_MAX_MS)
		nick->regain_delay_ms *= 2;
}

void irc_nick_ask_services(
	struct irc_nick *nick, const char *services, struct irc_outbox *outbox, uint64_t now_ms)
{
	char text[IRC_NICK_MAX_BYTES + 16];

	if (nick->regain_ms == UINT64_MAX || nick->has_asked_services)
		return;
	nick->has_asked_services = true;
	/* REGAIN (Atheme, Ergo) gives it over; older services know GHOST, after which it is asked for. */
	snprintf(text, sizeof(text), "REGAIN %s", nick->wanted);
	irc_outbox_push(outbox, services, IRC_LINE("PRIVMSG", services, text), now_ms);
	snprintf(text, sizeof(text), "GHOST %s", nick->wanted);
	irc_outbox_push(outbox, services, IRC_LINE("PRIVMSG", services, text), now_ms);
	nick->regain_ms = now_ms + REGAIN_SOON_MS;
}
