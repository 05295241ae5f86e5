/* The configured nick and the current one. */

#include "bot/gateway/irc/nick.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALTERNATES_MAX      10
#define NICKLEN_GUESS       30 /* assumed until 005 is received */
#define NICKLEN_LEAST       9  /* the limit in RFC 1459, accepted by every server */
#define LOSSES_MAX          3  /* then the nick belongs to somebody else: stop requesting it */
#define LOSSES_FORGET_MS    (24 * 60 * 60 * 1000)
#define SERVICES_ASKED_MAX  3 /* in a day */
#define REGAIN_SOON_MS      2000
#define REGAIN_DELAY_MS     (60 * 1000)
#define REGAIN_DELAY_MAX_MS (60 * 60 * 1000)
#define LOOK_DELAY_MAX_MS   (5 * 60 * 1000) /* between ISON checks, which are cheap */

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
	nick->is_free = true; /* not known to be in use */
	nick->is_monitored = false;
	nick->regain_delay_ms = REGAIN_DELAY_MS;
	nick->losses = 0;
	nick->services_asked = 0;
}

void irc_nick_reset(struct irc_nick *nick)
{
	set_name(nick->current, nick->wanted);
	nick->alternates = 0;
	nick->has_asked_services = false;
	nick->is_free = false;
	nick->is_asked = false;
	nick->is_monitored = false;
	nick->losses = 0;
	nick->length_max = NICKLEN_GUESS;
	nick->regain_ms = UINT64_MAX;
	nick->regain_delay_ms = REGAIN_DELAY_MS;
}

/* The nick to try after number nicks were refused, counting the wanted one. */
static void make_alternate(const struct irc_nick *nick, unsigned number, char ret[IRC_NICK_MAX_BYTES + 1])
{
	char suffix[4] = "_";
	size_t length = strlen(nick->wanted);

	if (number > 1)
		snprintf(suffix, sizeof(suffix), "%u", number % 100);
	if (length > nick->length_max - strlen(suffix))
		length = nick->length_max - strlen(suffix);
	snprintf(ret, IRC_NICK_MAX_BYTES + 1, "%.*s%s", (int)length, nick->wanted, suffix);
}

bool irc_nick_may_be_ours(const struct irc_nick *nick, const char *name, size_t length,
		const struct irc_isupport *isupport)
{
	char alternate[IRC_NICK_MAX_BYTES + 1];

	if (irc_casemap_equal_bytes(isupport->casemap, name, length, nick->wanted))
		return true;
	for (unsigned i = 1; i <= ALTERNATES_MAX; i++) {
		make_alternate(nick, i, alternate);
		if (irc_casemap_equal_bytes(isupport->casemap, name, length, alternate))
			return true;
	}
	return false;
}

int irc_nick_refused(struct irc_nick *nick, bool is_invalid, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (++nick->alternates > ALTERNATES_MAX)
		return -ENOENT;
	if (is_invalid && nick->alternates > 1) /* the alternate was invalid, probably too long */
		nick->length_max = NICKLEN_LEAST;
	make_alternate(nick, nick->alternates, nick->current);
	return irc_outbox_urgent(outbox, IRC_LINE("NICK", nick->current), now_ms);
}

void irc_nick_is(
		struct irc_nick *nick, const char *name, const struct irc_isupport *isupport, uint64_t now_ms)
{
	bool had_it = irc_casemap_equal(isupport->casemap, nick->current, nick->wanted);

	set_name(nick->current, name);
	if (irc_casemap_equal(isupport->casemap, nick->current, nick->wanted)) {
		nick->regain_ms = UINT64_MAX;
		nick->is_free = false;
		return;
	}
	/* Before 001 we do not have the nick yet, so this does not count as a loss. */
	if (had_it && nick->regain_ms == UINT64_MAX) {
		if (now_ms - nick->lost_ms > LOSSES_FORGET_MS)
			nick->losses = 0;
		nick->losses++;
		nick->lost_ms = now_ms;
	}
	nick->regain_ms = nick->losses >= LOSSES_MAX ? UINT64_MAX : now_ms + nick->regain_delay_ms;
}

void irc_nick_freed(struct irc_nick *nick, const char *name, size_t length,
		const struct irc_isupport *isupport, uint64_t now_ms)
{
	if (nick->regain_ms == UINT64_MAX ||
			!irc_casemap_equal_bytes(isupport->casemap, name, length, nick->wanted))
		return;
	nick->is_free = true;
	nick->regain_ms = now_ms + REGAIN_SOON_MS; /* wait for the end of a netsplit or of a services' lock */
}

void irc_nick_watch(struct irc_nick *nick, const struct irc_isupport *isupport, struct irc_outbox *outbox,
		uint64_t now_ms)
{
	bool is_missed = nick->regain_ms != UINT64_MAX;

	if (!isupport->has_monitor || is_missed == nick->is_monitored)
		return;
	nick->is_monitored = is_missed;
	irc_outbox_push(outbox, "", IRC_LINE("MONITOR", is_missed ? "+" : "-", nick->wanted), now_ms);
}

void irc_nick_is_on(struct irc_nick *nick, const char *names, const struct irc_isupport *isupport,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	if (!nick->is_asked || nick->regain_ms == UINT64_MAX)
		return;
	nick->is_asked = false;
	while (*names) {
		size_t length = strcspn(names, " ");

		if (irc_casemap_equal_bytes(isupport->casemap, names, length, nick->wanted))
			return;
		names += length;
		names += strspn(names, " ");
	}
	irc_outbox_push(outbox, "", IRC_LINE("NICK", nick->wanted), now_ms);
}

void irc_nick_run(struct irc_nick *nick, struct irc_outbox *outbox, uint64_t now_ms)
{
	bool is_looked_for = !nick->is_free && !nick->is_monitored;
	uint64_t longest_ms = is_looked_for ? LOOK_DELAY_MAX_MS : REGAIN_DELAY_MAX_MS;

	if (now_ms < nick->regain_ms)
		return;
	irc_outbox_push(outbox, "", IRC_LINE(is_looked_for ? "ISON" : "NICK", nick->wanted), now_ms);
	nick->is_asked = is_looked_for;
	nick->is_free = false;
	nick->regain_ms = now_ms + nick->regain_delay_ms;
	nick->regain_delay_ms =
			2 * nick->regain_delay_ms < longest_ms ? 2 * nick->regain_delay_ms : longest_ms;
}

void irc_nick_ask_services(
		struct irc_nick *nick, const char *services, struct irc_outbox *outbox, uint64_t now_ms)
{
	char text[IRC_NICK_MAX_BYTES + 16];

	if (nick->services_asked > 0 && now_ms - nick->services_ms > LOSSES_FORGET_MS)
		nick->services_asked = 0;
	if (nick->regain_ms == UINT64_MAX || nick->has_asked_services ||
			nick->services_asked == SERVICES_ASKED_MAX)
		return;
	nick->has_asked_services = true;
	nick->services_asked++;
	nick->services_ms = now_ms;
	nick->is_free = true;
	/* REGAIN (Atheme, Ergo) also changes our nick; after GHOST (older services) we request the nick
	 * ourselves. */
	snprintf(text, sizeof(text), "REGAIN %s", nick->wanted);
	irc_outbox_push(outbox, services, IRC_LINE("PRIVMSG", services, text), now_ms);
	snprintf(text, sizeof(text), "GHOST %s", nick->wanted);
	irc_outbox_push(outbox, services, IRC_LINE("PRIVMSG", services, text), now_ms);
	nick->regain_ms = now_ms + REGAIN_SOON_MS;
}
