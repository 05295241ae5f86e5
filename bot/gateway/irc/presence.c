/* Who is on the network, of those for whom the bot has something private. */

#include "bot/gateway/irc/presence.h"

#include <errno.h>
#include <string.h>

#include "bot/base/str.h"

#define REPLY_MS     (30 * 1000)          /* for the reply to WHOIS */
#define AGAIN_MS     (5 * 1000)           /* between two WHOIS about a person who was seen */
#define REFUSED_MS   (60 * 1000)          /* after a refused message: WHOIS and the server may disagree */
#define DELAY_MS     (5 * 60 * 1000)      /* between two WHOIS about a person who was not seen, at first */
#define DELAY_MAX_MS (60 * 60 * 1000)     /* and with MONITOR, always */
#define FORGET_MS    (2 * 60 * 60 * 1000) /* the bot looks for the person no more */

void irc_presence_reset(struct irc_presence *presence)
{
	memset(presence->people, 0, sizeof(presence->people));
	presence->count = 0;
	presence->is_monitor_full = false;
}

static struct irc_presence_person *end_of(struct irc_presence *presence)
{
	return presence->people + presence->count;
}

static bool has_nick(const struct irc_presence_person *person, const char *nick, size_t length,
		enum irc_casemap casemap)
{
	return irc_casemap_equal_bytes(casemap, nick, length, person->nick);
}

static void set_here(struct irc_presence *presence, struct irc_presence_person *person, uint64_t now_ms)
{
	bool was_here = person->state == IRC_PRESENCE_HERE;

	person->state = IRC_PRESENCE_HERE;
	person->next_ms = now_ms + IRC_PRESENCE_HERE_MS;
	person->delay_ms = DELAY_MS;
	if (!was_here && presence->on_here)
		presence->on_here(presence->user, person->id);
}

static void set_away(struct irc_presence_person *person, uint64_t now_ms)
{
	person->state = IRC_PRESENCE_AWAY;
	person->next_ms = now_ms + (*person->monitored ? DELAY_MAX_MS : person->delay_ms);
	person->delay_ms = 2 * person->delay_ms < DELAY_MAX_MS ? 2 * person->delay_ms : DELAY_MAX_MS;
}

/* ---------------------------------------------------------------- looking for a person */

static const struct irc_presence_person *find(const struct irc_presence *presence, const char *id)
{
	for (size_t i = 0; i < presence->count; i++) {
		if (str_equal(presence->people[i].id, id))
			return &presence->people[i];
	}
	return NULL;
}

/* NULL: too many, or a name that is too long. */
static struct irc_presence_person *add(struct irc_presence *presence, const struct message *message)
{
	struct irc_presence_person *person = end_of(presence);
	size_t id_length = strlen(message->author_id), nick_length = strlen(message->author_name);

	if (presence->count == IRC_PRESENCE_MAX || id_length == 0 || id_length >= sizeof(person->id) ||
			nick_length == 0 || nick_length >= sizeof(person->nick) ||
			strlen(message->account) >= sizeof(person->account))
		return NULL;
	*person = (struct irc_presence_person){.state = IRC_PRESENCE_AWAY, .delay_ms = DELAY_MS};
	memcpy(person->id, message->author_id, id_length);
	memcpy(person->nick, message->author_name, nick_length);
	memcpy(person->account, message->account, strlen(message->account));
	presence->count++;
	return person;
}

int irc_presence_look(struct irc_presence *presence, const struct message *message, enum irc_casemap casemap,
		uint64_t now_ms)
{
	struct irc_presence_person *person =
			(struct irc_presence_person *)(uintptr_t)find(presence, message->author_id);

	if (!person)
		person = add(presence, message);
	if (!person)
		return -EHOSTDOWN;
	person->wanted_ms = now_ms;
	/* The same person may have asked under another nick, too, which is then the later one. */
	if (person->state == IRC_PRESENCE_HERE && now_ms < person->next_ms)
		return 0;
	if (person->state == IRC_PRESENCE_AWAY &&
			!has_nick(person, message->author_name, strlen(message->author_name), casemap) &&
			strlen(message->author_name) < sizeof(person->nick)) {
		memcpy(person->nick, message->author_name, strlen(message->author_name) + 1);
		person->next_ms = 0;
	}
	return -EHOSTDOWN;
}

const char *irc_presence_nick(const struct irc_presence *presence, const char *id)
{
	const struct irc_presence_person *person = find(presence, id);

	return person && person->state == IRC_PRESENCE_HERE ? person->nick : NULL;
}

/* ---------------------------------------------------------------- what the server tells */

/* 330 nick NICK ACCOUNT :is logged in as */
static void on_account(
		struct irc_presence_person *person, const struct irc_line *line, enum irc_casemap casemap)
{
	if (line->param_count >= 4 && irc_casemap_equal(casemap, irc_line_param(line, 2), person->account))
		person->is_same = true;
}

/* 318: the end of the reply. */
static void on_end(struct irc_presence *presence, struct irc_presence_person *person, uint64_t now_ms)
{
	if (person->is_on && (person->is_same || !*person->account))
		set_here(presence, person, now_ms);
	else
		set_away(person, now_ms);
}

/* Look again, but not at once after a WHOIS. */
static void hasten(struct irc_presence_person *person, uint64_t now_ms)
{
	uint64_t soon_ms = person->asked_ms ? person->asked_ms + AGAIN_MS : 0;

	if (person->state != IRC_PRESENCE_AWAY)
		return;
	soon_ms = soon_ms > now_ms ? soon_ms : now_ms;
	if (soon_ms < person->next_ms)
		person->next_ms = soon_ms;
}

/* 730 or 731 nick :target[!user@host][,...] */
static void on_monitor(struct irc_presence *presence, const char *list, bool is_online,
		enum irc_casemap casemap, uint64_t now_ms)
{
	while (*list) {
		if (is_online)
			irc_presence_saw(presence, list, strcspn(list, "!,"), NULL, casemap, now_ms);
		else
			irc_presence_gone(presence, list, strcspn(list, "!,"), false, casemap, now_ms);
		list += strcspn(list, ",");
		list += *list == ',';
	}
}

/* 734 nick limit target[,...] :Monitor list is full. */
static void on_monitor_full(struct irc_presence *presence, const char *list, enum irc_casemap casemap)
{
	presence->is_monitor_full = true;
	for (size_t i = 0; i < presence->count; i++) {
		if (has_nick(&presence->people[i], list, strcspn(list, ","), casemap))
			presence->people[i].monitored[0] = '\0';
	}
}

static void on_whois(struct irc_presence *presence, struct irc_presence_person *person,
		const struct irc_line *line, enum irc_casemap casemap, uint64_t now_ms)
{
	switch (irc_line_numeric(line)) {
	case 311: person->is_on = true; break;
	case 318: on_end(presence, person, now_ms); break;
	case 330: on_account(person, line, casemap); break;
	case 401: person->is_on = false; break;
	default: break;
	}
}

void irc_presence_line(struct irc_presence *presence, const struct irc_line *line, enum irc_casemap casemap,
		uint64_t now_ms)
{
	const char *nick = irc_line_param(line, 1);

	if (line->source && strchr(line->source, '!'))
		return;
	switch (irc_line_numeric(line)) {
	case 730: on_monitor(presence, nick, true, casemap, now_ms); return;
	case 731: on_monitor(presence, nick, false, casemap, now_ms); return;
	case 734: on_monitor_full(presence, irc_line_param(line, 2), casemap); return;
	default: break;
	}
	for (size_t i = 0; i < presence->count; i++) {
		struct irc_presence_person *person = &presence->people[i];

		/* With a wrong CASEMAPPING two people may have nicks that it makes equal. */
		if (person->state == IRC_PRESENCE_ASKED &&
				irc_casemap_equal(IRC_CASEMAP_ASCII, person->nick, nick))
			on_whois(presence, person, line, casemap, now_ms);
	}
}

/* The server tells the account of the person who was seen. */
static void saw_account(struct irc_presence *presence, struct irc_presence_person *person, const char *nick,
		size_t length, uint64_t now_ms)
{
	if (length >= sizeof(person->nick))
		return;
	memcpy(person->nick, nick, length);
	person->nick[length] = '\0';
	set_here(presence, person, now_ms);
}

void irc_presence_saw(struct irc_presence *presence, const char *nick, size_t length, const char *account,
		enum irc_casemap casemap, uint64_t now_ms)
{
	for (size_t i = 0; i < presence->count; i++) {
		struct irc_presence_person *person = &presence->people[i];

		if (*person->account && account) {
			if (irc_casemap_equal(casemap, account, person->account))
				saw_account(presence, person, nick, length, now_ms);
		} else if (has_nick(person, nick, length, casemap)) {
			hasten(person, now_ms);
		}
	}
}

void irc_presence_gone(struct irc_presence *presence, const char *nick, size_t length, bool is_refused,
		enum irc_casemap casemap, uint64_t now_ms)
{
	for (size_t i = 0; i < presence->count; i++) {
		struct irc_presence_person *person = &presence->people[i];

		if (person->state != IRC_PRESENCE_HERE || !has_nick(person, nick, length, casemap))
			continue;
		set_away(person, now_ms);
		if (is_refused)
			person->asked_ms = now_ms + REFUSED_MS - AGAIN_MS;
	}
}

/* ---------------------------------------------------------------- what is due */

static void unmonitor(struct irc_presence_person *person, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (*person->monitored)
		irc_outbox_push(outbox, "", IRC_LINE("MONITOR", "-", person->monitored), now_ms);
	person->monitored[0] = '\0';
}

/* True: the person has left the table. */
static bool forget(struct irc_presence *presence, struct irc_presence_person *person,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	if (person->state == IRC_PRESENCE_ASKED ||
			(person->state == IRC_PRESENCE_HERE ? now_ms < person->next_ms
							    : now_ms < person->wanted_ms + FORGET_MS))
		return false;
	unmonitor(person, outbox, now_ms);
	*person = presence->people[--presence->count];
	return true;
}

static void ask(struct irc_presence *presence, struct irc_presence_person *person,
		const struct irc_isupport *isupport, struct irc_outbox *outbox, uint64_t now_ms)
{
	person->is_on = person->is_same = false;
	person->asked_ms = now_ms;
	if (strcmp(person->monitored, person->nick) != 0)
		unmonitor(person, outbox, now_ms);
	/* What MONITOR replies at first is about the moment before WHOIS. */
	if (isupport->has_monitor && !*person->monitored && !presence->is_monitor_full &&
			irc_outbox_push(outbox, "", IRC_LINE("MONITOR", "+", person->nick), now_ms) == 0)
		memcpy(person->monitored, person->nick, sizeof(person->nick));
	if (irc_outbox_push(outbox, "", IRC_LINE("WHOIS", person->nick), now_ms) < 0) {
		set_away(person, now_ms);
		return;
	}
	person->state = IRC_PRESENCE_ASKED;
	person->next_ms = now_ms + REPLY_MS;
}

void irc_presence_run(struct irc_presence *presence, const struct irc_isupport *isupport,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	for (size_t i = 0; i < presence->count;) {
		struct irc_presence_person *person = &presence->people[i];

		if (forget(presence, person, outbox, now_ms))
			continue;
		if (now_ms >= person->next_ms && person->state == IRC_PRESENCE_ASKED)
			set_away(person, now_ms);
		else if (now_ms >= person->next_ms)
			ask(presence, person, isupport, outbox, now_ms);
		i++;
	}
}

uint64_t irc_presence_next_ms(const struct irc_presence *presence)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < presence->count; i++) {
		if (presence->people[i].next_ms < next_ms)
			next_ms = presence->people[i].next_ms;
	}
	return next_ms;
}
