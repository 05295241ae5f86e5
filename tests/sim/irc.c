/* A simulated IRC network. */

#include "tests/sim/irc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/clock.h"
#include "tests/sim/audit.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

#define HOUR_MS          (60 * 60 * 1000)
#define CLIENTS_MAX      16
#define HISTORY_MAX      4096
#define LINE_BYTES       9000
#define TEXT_BYTES       600
#define PARAMS_MAX       16
#define IDLE_MS          90000 /* silence before the server sends PING */
#define BODY_MAX_BYTES   510   /* of a line without tags and CRLF */
#define TAGS_MAX_BYTES   4094  /* of a client's line */
#define AHEAD_MS         10000 /* how far a server's clock may run ahead before "Excess Flood" */
#define REGISTRATION_MS  1000  /* what a line costs before the welcome */
#define LONG_LINES_MAX   32
#define LONG_ANSWERS_MAX 256
#define HISTORY_OFFER    100 /* lines per page */
#define FLOOD_LINES_MIN  2   /* to a channel, from all in it; one is forgotten each second */
#define FLOOD_LINES_MAX  10
#define BURST_QUESTIONS  8
#define KICKS_MAX        2 /* in a run: after the third, the bot stays outside */

enum level {
	LEVEL_PLAIN,   /* no capabilities (RFC 1459) */
	LEVEL_TAGS,    /* message IDs and times, no echo */
	LEVEL_ECHO,    /* also echoes */
	LEVEL_LABELS,  /* also labels */
	LEVEL_HISTORY, /* also history */
	LEVELS
};

enum count {
	COUNT_SAFE,
	COUNT_COMMANDS,
	COUNT_RFC1459,
	COUNT_FAST,
};

static const struct {
	const char *version;
	enum count count;
	bool throttles_channels;
} kinds[] = {
		{"InspIRCd-3", COUNT_COMMANDS, false},
		{"ngircd-26.1", COUNT_RFC1459, false},
		{"UnrealIRCd-6.1", COUNT_SAFE, false},
		{"solanum-1.0", COUNT_FAST, true},
		{"hybrid-8.2", COUNT_FAST, true},
		{"unheard-of-1", COUNT_SAFE, false},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *const channels[] = {"#tv", "#films"};
#define CHANNELS 2
static const char *const people[] = {"anna", "ben", "chloe", "dan", "eve"};
#define PEOPLE 5

enum {
	CAP_TAGS = 1,
	CAP_TIME = 2,
	CAP_ECHO = 4,
	CAP_BATCH = 8,
	CAP_LABEL = 16,
	CAP_HISTORY = 32,
	CAP_ACCOUNT = 64,
};

static const struct {
	const char *name;
	unsigned cap;
	enum level level;
} caps[] = {
		{"message-tags", CAP_TAGS, LEVEL_TAGS},
		{"server-time", CAP_TIME, LEVEL_TAGS},
		{"account-tag", CAP_ACCOUNT, LEVEL_TAGS},
		{"echo-message", CAP_ECHO, LEVEL_ECHO},
		{"batch", CAP_BATCH, LEVEL_LABELS},
		{"labeled-response", CAP_LABEL, LEVEL_LABELS},
		{"draft/chathistory", CAP_HISTORY, LEVEL_HISTORY},
};
#define CAPS (sizeof(caps) / sizeof(caps[0]))

/* One of the bot's connections; it may be dead without the server knowing. */
struct client {
	struct wire *wire; /* NULL: unused */
	char nick[64];
	char input[LINE_BYTES];
	size_t input_length;
	unsigned caps;
	bool has_user, is_negotiating, is_registered, is_in[CHANNELS];
	uint64_t ahead_ms, heard_ms;
	unsigned asked; /* unanswered PINGs */
};

struct past {
	uint64_t at_ms;
	int channel;                /* -1: private */
	char *person;               /* with whom; NULL: a channel */
	char *source, *text, *tags; /* client-only tags */
	unsigned id;
};

/* The lines that a person has seen of an answer with several lines; the person's nick is the question's token. */
struct long_answer {
	int question;
	unsigned count;
	struct {
		uint64_t hash;
		unsigned times;
	} lines[LONG_LINES_MAX];
};

/* A channel's count of lines, as Solanum and hybrid keep it. */
struct flood {
	uint64_t since_ms;
	unsigned lines;
	bool is_noticed;
};

struct network {
	enum level level;
	bool keeps_private; /* as Ergo for its always-on clients */
	size_t kind;
	struct client clients[CLIENTS_MAX];
	struct past history[HISTORY_MAX];
	size_t history_count;
	unsigned ids, batches, kicks;
	unsigned flood_lines;
	struct flood floods[CHANNELS];
	struct long_answer long_answers[LONG_ANSWERS_MAX];
	size_t long_count;
	unsigned config;   /* number of configuration changes */
	int64_t ahead_ms;  /* the server's clock is wrong by this */
	bool has_own_time; /* it shows the time on what it sends by itself, too */
};

static struct network *network;

/* A parsed line from the bot. */
struct line {
	const char *label, *tags, *verb;
	const char *params[PARAMS_MAX];
	size_t count;
	char client_tags[TEXT_BYTES]; /* "+reply=..;+..." */
	char label_text[64];
};

/* ---------------------------------------------------------------- to the bot */

static void send_line(struct client *client, const struct wire_note *note, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

static void send_line(struct client *client, const struct wire_note *note, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text) - 2, format, arguments);
	va_end(arguments);
	world_trace("irc %u <- %s", wire_number(client->wire), text);
	memcpy(text + length, "\r\n", 2);
	wire_answer(client->wire, text, (size_t)length + 2, false, note);
}

/* Write the tags "@a=b;c=d " that this client has enabled; "" if there are no tags. */
struct dress {
	char text[2 * TEXT_BYTES];
};

static void add_tag(struct dress *dress, const char *name, const char *value)
{
	size_t length = strlen(dress->text);

	if (length)
		dress->text[length - 1] = ';';
	snprintf(dress->text + length, sizeof(dress->text) - length, "%s%s%s%s ", length ? "" : "@", name,
			*value ? "=" : "", value);
}

/* On the server's wall clock. */
static uint64_t server_ms(uint64_t at_ms)
{
	return (uint64_t)((int64_t)(WORLD_START_WALL_MS + at_ms) + network->ahead_ms);
}

static struct dress dress_for(const struct client *client, const char *label, unsigned id,
		const char *client_tags, const char *batch, uint64_t at_ms)
{
	struct dress dress = {""};
	char text[64];

	if (batch)
		add_tag(&dress, "batch", batch);
	if (label && (client->caps & CAP_LABEL))
		add_tag(&dress, "label", label);
	if (client->caps & CAP_TIME) {
		clock_iso(server_ms(at_ms), text);
		add_tag(&dress, "time", text);
	}
	if ((client->caps & CAP_TAGS) && id) {
		snprintf(text, sizeof(text), "m%u", id);
		add_tag(&dress, "msgid", text);
	}
	if ((client->caps & CAP_TAGS) && *client_tags)
		add_tag(&dress, client_tags, "");
	return dress;
}

static const char *source_of(const struct client *client)
{
	static char source[200];

	snprintf(source, sizeof(source), "%s!~bot@host.example", client->nick);
	return source;
}

static void answer(struct client *client, const struct line *line, const char *text)
{
	const char *label = line->label && (client->caps & CAP_LABEL) ? line->label : NULL;

	send_line(client, WIRE_NOTHING, "%s%s%s%s", label ? "@label=" : "", label ? label : "",
			label ? " " : "", text);
}

/* Acknowledge a label if there is no other reply. */
static void acknowledge(struct client *client, const struct line *line)
{
	if (line->label && (client->caps & CAP_LABEL))
		answer(client, line, ":irc.example ACK");
}

/* ---------------------------------------------------------------- history */

static char *keep_text(const char *text)
{
	return world_copy(text, strlen(text));
}

/* person: with whom; NULL: in the channel. */
static const struct past *keep(
		int channel, const char *person, const char *source, const char *text, const char *tags)
{
	struct past *past = &network->history[network->history_count];

	if (network->history_count == HISTORY_MAX) {
		world_violation("the simulated history is full");
		return past;
	}
	network->history_count++;
	*past = (struct past){
			.at_ms = world_now_ms(),
			.channel = channel,
			.person = person ? keep_text(person) : NULL,
			.source = keep_text(source),
			.text = keep_text(text),
			.tags = keep_text(tags),
			.id = ++network->ids,
	};
	return past;
}

static int channel_of(const char *name)
{
	for (int i = 0; i < CHANNELS; i++) {
		if (strcasecmp(channels[i], name) == 0)
			return i;
	}
	return -1;
}

/* CHATHISTORY TARGETS timestamp=... timestamp=... 50 */
static void give_targets(struct client *client, const struct line *line)
{
	uint64_t from_ms = 0, to_ms = 0;
	char batch[32], text[100], time[CLOCK_ISO_BYTES];
	long limit = line->count > 3 ? strtol(line->params[3], NULL, 10) : 0;

	if (line->count < 4 || clock_from_iso(line->params[1] + strlen("timestamp="), &from_ms) < 0 ||
			clock_from_iso(line->params[2] + strlen("timestamp="), &to_ms) < 0) {
		world_violation("an invalid request for targets");
		return;
	}
	snprintf(batch, sizeof(batch), "t%u", ++network->batches);
	snprintf(text, sizeof(text), ":irc.example BATCH +%s draft/chathistory-targets", batch);
	answer(client, line, text);
	for (int person = 0; person < PEOPLE; person++) {
		uint64_t at_ms = 0;

		for (size_t i = 0; i < network->history_count; i++) {
			const struct past *past = &network->history[i];

			if (past->person && strcmp(past->person, people[person]) == 0)
				at_ms = WORLD_START_WALL_MS + past->at_ms;
		}
		if (at_ms <= from_ms || at_ms >= to_ms || limit-- <= 0)
			continue;
		clock_iso(at_ms, time);
		send_line(client, WIRE_NOTHING, "@batch=%s :irc.example CHATHISTORY TARGETS %s %s", batch,
				people[person], time);
	}
	send_line(client, WIRE_NOTHING, ":irc.example BATCH -%s", batch);
}

/* Is a kept message in this channel, or with this person? */
static bool is_at(const struct past *past, int channel, const char *name)
{
	return past->person ? strcasecmp(past->person, name) == 0 : channel >= 0 && past->channel == channel;
}

/* The target of a kept message: a private one was sent to the bot, or by it. */
static const char *target_of(const struct client *client, const struct past *past)
{
	if (!past->person)
		return channels[past->channel];
	return strncasecmp(past->source, past->person, strlen(past->person)) == 0 ? client->nick
										  : past->person;
}

/* CHATHISTORY AFTER #tv timestamp=... 50; LATEST #tv * 50 */
static void give_history(struct client *client, const struct line *line)
{
	int channel = line->count > 1 ? channel_of(line->params[1]) : -1;
	const char *reference = line->count > 2 ? line->params[2] : "*";
	long limit = line->count > 3 ? strtol(line->params[3], NULL, 10) : 0, given = 0, skipped = 0;
	bool is_after = *reference == '*';
	uint64_t after_ms = 0;
	char batch[32], text[100];

	if (world_fault(FAULT_PROTOCOL, 30)) {
		audit_proof_failed(IRC_HOST);
		answer(client, line, "FAIL CHATHISTORY MESSAGE_ERROR * :not now");
		return;
	}
	if (world_fault(FAULT_PROTOCOL, 20)) {
		audit_proof_failed(IRC_HOST);
		return; /* and no reply at all */
	}
	if (line->count > 0 && strcmp(line->params[0], "TARGETS") == 0) {
		give_targets(client, line);
		return;
	}
	if (strncmp(reference, "timestamp=", 10) == 0 && clock_from_iso(reference + 10, &after_ms) < 0)
		world_violation("an invalid time: %s", reference);
	for (size_t i = 0; i < network->history_count && *reference == '*'; i++)
		skipped += is_at(&network->history[i], channel, line->params[1]);
	skipped = skipped > limit ? skipped - limit : 0; /* LATEST: the lines before */
	snprintf(batch, sizeof(batch), "b%u", ++network->batches);
	snprintf(text, sizeof(text), ":irc.example BATCH +%s chathistory %s", batch, line->params[1]);
	answer(client, line, text);
	for (size_t i = 0; i < network->history_count && given < limit && given < HISTORY_OFFER; i++) {
		const struct past *past = &network->history[i];
		struct dress dress;
		char id[32];

		if (!is_at(past, channel, line->params[1]) || skipped-- > 0)
			continue;
		snprintf(id, sizeof(id), "msgid=m%u", past->id);
		if (after_ms && server_ms(past->at_ms) > after_ms)
			is_after = true;
		if (is_after) {
			dress = dress_for(client, NULL, past->id, past->tags, batch, past->at_ms);
			send_line(client, WIRE_NOTHING, "%s:%s PRIVMSG %s :%s", dress.text, past->source,
					target_of(client, past), past->text);
			given++;
		}
		if (strcmp(id, reference) == 0)
			is_after = true;
	}
	send_line(client, WIRE_NOTHING, ":irc.example BATCH -%s", batch);
}

/* ---------------------------------------------------------------- throttled channels */

/* Count a line to a channel. True: it is refused. After the first refusal all are, until the count is 0 again. */
static bool is_flooded(int channel)
{
	struct flood *flood = &network->floods[channel];
	uint64_t seconds = (world_now_ms() - flood->since_ms) / 1000;

	if (!kinds[network->kind].throttles_channels)
		return false;
	if (seconds > 1) {
		flood->since_ms = world_now_ms();
		flood->lines -= seconds < flood->lines ? (unsigned)seconds : flood->lines;
		flood->is_noticed = flood->is_noticed && flood->lines > 0;
	}
	if (flood->lines < network->flood_lines && !flood->is_noticed) {
		flood->lines++;
		return false;
	}
	flood->lines += flood->is_noticed ? 0 : 2;
	flood->is_noticed = true;
	return true;
}

/* ---------------------------------------------------------------- people ask */

/* Somebody removes the bot from a channel. */
static void kick(int channel, const char *nick)
{
	network->kicks++;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &network->clients[i];

		if (!client->wire || !client->is_registered || !client->is_in[channel])
			continue;
		client->is_in[channel] = false;
		send_line(client, WIRE_NOTHING, ":%s!%s@people.example KICK %s %s :out", nick, nick,
				channels[channel], client->nick);
	}
}

static bool is_person(const char *nick)
{
	for (int i = 0; i < PEOPLE; i++) {
		if (strcasecmp(people[i], nick) == 0)
			return true;
	}
	return false;
}

/* The bot's current connection, ignoring dead ones; may be NULL. */
static const struct client *newest_client(void)
{
	const struct client *newest = NULL;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct client *client = &network->clients[i];

		if (client->wire && client->is_registered &&
				(!newest || wire_number(client->wire) > wire_number(newest->wire)))
			newest = client;
	}
	return newest;
}

static void ask_once(void)
{
	int channel = world_percent(25) ? -1 : (int)world_dice(CHANNELS);
	const char *nick = people[world_dice(PEOPLE)];
	char source[100], text[TEXT_BYTES], token[AUDIT_TOKEN_BYTES];
	bool is_mention = channel >= 0 && world_percent(20);
	const struct client *bot = newest_client();
	const char *name = bot ? bot->nick : "episoded";
	bool is_long = channel < 0 && world_percent(40) && network->long_count < LONG_ANSWERS_MAX;
	bool is_kept = channel >= 0 || (network->keeps_private && !is_long);
	int question = audit_ask(IRC_HOST, is_kept && network->level == LEVEL_HISTORY, token);
	unsigned id = 0;

	if (is_long) {
		network->long_answers[network->long_count++].question = question;
		audit_expect_lines(question);
		nick = token;
	}
	snprintf(source, sizeof(source), "%s!%s@people.example", nick, nick);
	snprintf(text, sizeof(text), "%s%s%s %s", is_mention ? name : "!", is_mention ? ": " : "",
			nick == token ? "help" : "search", nick == token ? "" : token);
	if (is_kept)
		id = keep(channel, channel < 0 ? nick : NULL, source, text, "")->id;
	else
		id = ++network->ids;
	if (channel >= 0)
		is_flooded(channel); /* people's lines count, too */
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &network->clients[i];
		struct dress dress;
		bool is_for_it;

		if (!client->wire || !client->is_registered || (channel >= 0 && !client->is_in[channel]) ||
				(channel < 0 && strcmp(client->nick, name) != 0))
			continue;
		dress = dress_for(client, NULL, id, "", NULL, world_now_ms());
		is_for_it = !is_mention || strcmp(client->nick, name) == 0;
		send_line(client, is_for_it ? WIRE_HEARD(question) : WIRE_NOTHING, "%s:%s PRIVMSG %s :%s",
				dress.text, source, channel >= 0 ? channels[channel] : client->nick, text);
	}
	if (channel >= 0 && network->kicks < KICKS_MAX && world_fault(FAULT_PROTOCOL, 150))
		kick(channel, people[0]);
}

void irc_ask(void)
{
	/* Some questions at once, so that a channel is throttled. */
	uint64_t more = kinds[network->kind].throttles_channels && world_percent(25)
					? world_dice(BURST_QUESTIONS)
					: 0;

	ask_once();
	while (more-- > 0)
		ask_once();
}

/* ---------------------------------------------------------------- the bot says */

static void echo(struct client *client, const struct line *line, unsigned id, int question)
{
	const struct wire_note *note = question >= 0 ? WIRE_SEEN(question) : WIRE_NOTHING;
	struct dress dress;

	if (!(client->caps & CAP_ECHO)) {
		if (line->label && (client->caps & CAP_LABEL))
			send_line(client, note, "@label=%s :irc.example ACK", line->label);
		return;
	}
	dress = dress_for(client, line->label, id, line->client_tags, NULL, world_now_ms());
	send_line(client, note, "%s:%s %s %s :%s", dress.text, source_of(client), line->verb, line->params[0],
			line->params[1]);
}

/* Count a line of an answer with several lines; a late answer is marked at its start. */
static void see_long(struct long_answer *answer, const char *text, bool is_orphan)
{
	const char *late = strncmp(text, "(asked ", 7) == 0 ? strstr(text, "ago) ") : NULL;
	uint64_t hash;
	unsigned i = 0;

	if (late)
		text = late + strlen("ago) ");
	hash = str_hash(0, text, strlen(text));
	if (!answer->count)
		audit_seen_answer(answer->question, false);
	if (is_orphan)
		audit_excuse_repetition(answer->question, "a line arrived when the connection was lost");
	while (i < answer->count && answer->lines[i].hash != hash)
		i++;
	if (i == LONG_LINES_MAX) {
		world_violation("question %d has more than %d lines of answer", answer->question,
				LONG_LINES_MAX);
		return;
	}
	answer->lines[i].hash = hash;
	answer->lines[i].times++;
	answer->count += i == answer->count;
	if (answer->lines[i].times > audit_times_allowed(answer->question))
		world_violation("a line of the answer to %d was seen %u times", answer->question,
				answer->lines[i].times);
}

/* The question answered by this one line; -1: no answer, or an answer of several lines. */
static int see(const struct client *client, const struct line *line)
{
	bool is_orphan = wire_is_orphan(client->wire);
	int question = audit_question_in(line->params[0]);

	for (size_t i = 0; question >= 0 && i < network->long_count; i++) {
		if (network->long_answers[i].question == question) {
			see_long(&network->long_answers[i], line->params[1], is_orphan);
			return -1;
		}
	}
	return audit_seen(line->params[1], is_orphan);
}

void irc_check(void)
{
	unsigned whole = 0;

	/* Every answer must have the same lines as an undisturbed one. */
	for (size_t i = 0; i < network->long_count; i++) {
		const struct long_answer *one = &network->long_answers[i];

		if (audit_times_allowed(one->question) == 1 && !audit_may_be_silent(one->question) &&
				one->count > whole)
			whole = one->count;
	}
	for (size_t i = 0; i < network->long_count; i++) {
		const struct long_answer *one = &network->long_answers[i];

		if (one->count && one->count < whole && !audit_may_be_silent(one->question))
			world_violation("the answer to %d was cut short: %u of %u lines", one->question,
					one->count, whole);
	}
}

static void hear(struct client *client, const struct line *line)
{
	int channel = line->count > 0 ? channel_of(line->params[0]) : -1, question;
	unsigned id;
	char text[200];
	size_t relayed;

	if (line->count < 2 || !client->is_registered) {
		world_violation("an invalid message, or one before the welcome");
		return;
	}
	if (channel >= 0 && !client->is_in[channel]) {
		snprintf(text, sizeof(text), ":irc.example 404 %s %s :Cannot send to channel", client->nick,
				line->params[0]);
		answer(client, line, text);
		return;
	}
	if (channel >= 0 && is_flooded(channel)) {
		if (strcasecmp(line->verb, "PRIVMSG") == 0) {
			snprintf(text, sizeof(text),
					":irc.example NOTICE %s :*** Message to %s throttled due to flooding",
					client->nick, line->params[0]);
			answer(client, line, text);
		}
		return;
	}
	relayed = strlen(source_of(client)) + strlen(line->verb) + strlen(line->params[0]) +
		  strlen(line->params[1]) + strlen(":   :\r\n");
	if (relayed > BODY_MAX_BYTES + 2)
		world_violation("a line that is cut when others read it: %zu bytes", relayed);
	question = see(client, line);
	if (channel >= 0 || (network->keeps_private && is_person(line->params[0])))
		id = keep(channel, channel < 0 ? line->params[0] : NULL, source_of(client), line->params[1],
				line->client_tags)
				     ->id;
	else
		id = ++network->ids;
	echo(client, line, id, question);
}

/* ---------------------------------------------------------------- registration */

static void welcome(struct client *client)
{
	const char *nick = client->nick;
	struct dress dress = dress_for(client, NULL, 0, "", NULL, world_now_ms());

	client->is_registered = true;
	send_line(client, WIRE_NOTHING, "%s:irc.example 001 %s :Welcome",
			network->has_own_time ? dress.text : "", nick);
	send_line(client, WIRE_NOTHING, ":irc.example 004 %s irc.example %s abc def", nick,
			kinds[network->kind].version);
	send_line(client, WIRE_NOTHING,
			":irc.example 005 %s CASEMAPPING=ascii CHANTYPES=# NICKLEN=30%s :are supported by "
			"this "
			"server",
			nick,
			network->level == LEVEL_HISTORY ? " CHATHISTORY=100 MSGREFTYPES=timestamp,msgid"
							: "");
	send_line(client, WIRE_NOTHING, ":irc.example 422 %s :There is no MOTD", nick);
}

static void try_welcome(struct client *client)
{
	if (!client->is_registered && client->has_user && *client->nick && !client->is_negotiating)
		welcome(client);
}

static bool is_taken(const struct client *client, const char *nick)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct client *other = &network->clients[i];

		if (other != client && other->wire && strcasecmp(other->nick, nick) == 0)
			return true;
	}
	return false;
}

static void on_nick(struct client *client, const struct line *line)
{
	const char *nick = line->count ? line->params[0] : "";

	if (is_taken(client, nick)) {
		send_line(client, WIRE_NOTHING, ":irc.example 433 %s %s :Nickname is already in use",
				*client->nick ? client->nick : "*", nick);
		return;
	}
	if (client->is_registered)
		send_line(client, WIRE_NOTHING, ":%s NICK %s", source_of(client), nick);
	snprintf(client->nick, sizeof(client->nick), "%s", nick);
	try_welcome(client);
}

static void on_cap(struct client *client, const struct line *line)
{
	const char *verb = line->count ? line->params[0] : "", *list = line->count > 1 ? line->params[1] : "";
	char text[LINE_BYTES] = "";

	if (network->level == LEVEL_PLAIN) {
		send_line(client, WIRE_NOTHING, ":irc.example 421 %s CAP :Unknown command",
				*client->nick ? client->nick : "*");
		return;
	}
	if (strcmp(verb, "LS") == 0) {
		client->is_negotiating = !client->is_registered;
		for (size_t i = 0; i < CAPS; i++) {
			if (caps[i].level <= network->level)
				snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
						caps[i].name);
		}
		send_line(client, WIRE_NOTHING, ":irc.example CAP * LS :%s", text);
	} else if (strcmp(verb, "REQ") == 0) {
		for (size_t i = 0; i < CAPS; i++) {
			if (strstr(list, caps[i].name))
				client->caps |= caps[i].cap;
		}
		send_line(client, WIRE_NOTHING, ":irc.example CAP * ACK :%s", list);
	} else if (strcmp(verb, "END") == 0) {
		client->is_negotiating = false;
		try_welcome(client);
	}
}

static void on_user(struct client *client, const struct line *line)
{
	(void)line;
	client->has_user = true;
	try_welcome(client);
}

static void on_join(struct client *client, const struct line *line)
{
	char list[200], *name, *rest = list;

	snprintf(list, sizeof(list), "%s", line->count ? line->params[0] : "");
	while ((name = strsep(&rest, ",")) != NULL) {
		int channel = channel_of(name);

		if (channel < 0) {
			world_violation("the bot joins %s, which it was not told to", name);
			return;
		}
		if (world_fault(FAULT_PROTOCOL, 50)) {
			send_line(client, WIRE_NOTHING, ":irc.example 471 %s %s :Cannot join channel (+l)",
					client->nick, name);
			continue;
		}
		client->is_in[channel] = true;
		send_line(client, WIRE_NOTHING, ":%s JOIN %s", source_of(client), name);
		send_line(client, WIRE_NOTHING, ":irc.example 353 %s = %s :%s @anna ben", client->nick, name,
				client->nick);
		send_line(client, WIRE_NOTHING, ":irc.example 366 %s %s :End of /NAMES list.", client->nick,
				name);
	}
	acknowledge(client, line);
}

static void on_part(struct client *client, const struct line *line)
{
	int channel = channel_of(line->count ? line->params[0] : "");

	if (channel >= 0 && client->is_in[channel]) {
		client->is_in[channel] = false;
		send_line(client, WIRE_NOTHING, ":%s PART %s", source_of(client), channels[channel]);
	}
}

static void on_mode(struct client *client, const struct line *line)
{
	char text[200];

	if (line->count == 1) {
		snprintf(text, sizeof(text), ":irc.example 324 %s %s +nt", client->nick, line->params[0]);
		answer(client, line, text);
	}
}

static void on_ping(struct client *client, const struct line *line)
{
	struct wire_note note = *WIRE_NOTHING;

	note.confirmed_until = audit_moment();
	if (world_fault(FAULT_PROTOCOL, 10))
		return;
	send_line(client, &note, ":irc.example PONG irc.example :%s",
			line->count ? line->params[line->count - 1] : "");
}

/* Every nick is in use, by a person without an account. */
static void on_whois(struct client *client, const struct line *line)
{
	const char *nick = line->count ? line->params[0] : "";

	send_line(client, WIRE_NOTHING, ":irc.example 311 bot %s user host * :a person", nick);
	send_line(client, WIRE_NOTHING, ":irc.example 318 bot %s :End of /WHOIS list.", nick);
}

/* When the bot reads ERROR, it knows that all its lines before QUIT were read. */
static void on_quit(struct client *client, const struct line *line)
{
	struct wire_note note = *WIRE_NOTHING;

	(void)line;
	note.confirmed_until = audit_moment();
	send_line(client, &note, "ERROR :Closing Link: quit");
	wire_hang_up(client->wire, 0);
}

static const struct {
	const char *verb;
	void (*on_line)(struct client *client, const struct line *line);
} words[] = {
		{"PRIVMSG", hear},
		{"NOTICE", hear},
		{"CAP", on_cap},
		{"NICK", on_nick},
		{"USER", on_user},
		{"JOIN", on_join},
		{"PART", on_part},
		{"MODE", on_mode},
		{"PING", on_ping},
		{"QUIT", on_quit},
		{"WHOIS", on_whois},
		{"CHATHISTORY", give_history},
};

/* ---------------------------------------------------------------- lines */

static void parse_tags(struct line *line, char *tags)
{
	char *tag, *rest = tags;

	while ((tag = strsep(&rest, ";")) != NULL) {
		if (strncmp(tag, "label=", 6) == 0) {
			snprintf(line->label_text, sizeof(line->label_text), "%s", tag + 6);
			line->label = line->label_text;
		} else if (*tag == '+') {
			size_t length = strlen(line->client_tags);

			snprintf(line->client_tags + length, sizeof(line->client_tags) - length, "%s%s",
					length ? ";" : "", tag);
		}
	}
}

static bool parse(struct line *line, char *text)
{
	char *end;

	*line = (struct line){0};
	if (*text == '@') {
		end = strchr(text, ' ');
		if (!end || end - text > TAGS_MAX_BYTES)
			return false;
		*end = '\0';
		parse_tags(line, text + 1);
		text = end + 1;
	}
	if (strlen(text) > BODY_MAX_BYTES)
		return false;
	line->verb = strsep(&text, " ");
	while (text && *text && line->count < PARAMS_MAX) {
		if (*text == ':') {
			line->params[line->count++] = text + 1;
			break;
		}
		line->params[line->count++] = strsep(&text, " ");
	}
	return *line->verb != '\0';
}

static uint64_t cost_ms(size_t length)
{
	switch (kinds[network->kind].count) {
	case COUNT_COMMANDS: return 1000;
	case COUNT_RFC1459: return 2000;
	case COUNT_FAST: return 667;
	case COUNT_SAFE: break;
	}
	return 2000 + (uint64_t)length * 1000 / 120;
}

/* Count a line for flood control as servers do: each line moves a clock ahead, from the first line on (stricter than
 * servers that start at the welcome). */
static void count(struct client *client, const char *text)
{
	/* Some commands must be sent at once, and are not the bot's fault. */
	bool is_urgent = strncmp(text, "PONG", 4) == 0 || strncmp(text, "QUIT", 4) == 0;
	uint64_t now_ms = wire_sent_ms(client->wire);
	bool is_fast = kinds[network->kind].count == COUNT_FAST;

	if (client->ahead_ms < now_ms)
		client->ahead_ms = now_ms;
	/* Queue a line that the server does not process yet; a full queue ends in "Excess Flood". */
	if (client->is_registered && !is_urgent && client->ahead_ms > now_ms + AHEAD_MS)
		world_violation("flood: %s counts %.1f s ahead", kinds[network->kind].version,
				(double)(client->ahead_ms - now_ms) / 1000);
	if (client->is_registered)
		client->ahead_ms += cost_ms(strlen(text));
	else if (!is_fast)
		client->ahead_ms += REGISTRATION_MS;
}

static void on_line(struct client *client, char *text)
{
	struct wire *wire = client->wire;
	size_t length = strlen(text);
	struct line line;

	world_trace("irc %u -> %s", wire_number(wire), text);
	client->heard_ms = world_now_ms();
	count(client, text);
	if (!parse(&line, text)) {
		world_violation("a line that is too long or empty: %zu bytes", length);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(words[i].verb, line.verb) == 0) {
			words[i].on_line(client, &line);
			return;
		}
	}
	acknowledge(client, &line);
}

static void on_bytes(struct wire *wire, const char *bytes, size_t length)
{
	struct client *client = wire_peer(wire);

	for (size_t i = 0; client && i < length; i++) {
		if (bytes[i] == '\n') {
			client->input[client->input_length] = '\0';
			if (client->input_length && client->input[client->input_length - 1] == '\r')
				client->input[client->input_length - 1] = '\0';
			client->input_length = 0;
			on_line(client, client->input);
			client = wire_peer(wire); /* QUIT */
		} else if (client->input_length < LINE_BYTES - 1) {
			client->input[client->input_length++] = bytes[i];
		}
	}
}

static void on_open(struct wire *wire, const char *path)
{
	(void)path;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &network->clients[i];

		if (client->wire)
			continue;
		*client = (struct client){.wire = wire, .heard_ms = world_now_ms()};
		wire_set_peer(wire, client);
		return;
	}
	world_violation("more than %d connections to one server at a time", CLIENTS_MAX);
}

static void on_end(struct wire *wire)
{
	struct client *client = wire_peer(wire);

	if (client)
		client->wire = NULL;
}

static void on_look_for_idle(void *argument)
{
	uint64_t now_ms = world_now_ms();

	(void)argument;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &network->clients[i];

		if (client->wire && client->is_registered && now_ms - client->heard_ms >= IDLE_MS)
			send_line(client, WIRE_NOTHING, "PING :%u", ++client->asked);
	}
	world_after(IDLE_MS / 2, on_look_for_idle, NULL);
}

void irc_reset(void)
{
	static const struct wire_service service = {
			.host = IRC_HOST, .on_open = on_open, .on_bytes = on_bytes, .on_end = on_end};

	network = world_alloc(sizeof(*network));
	audit_hears_to_the_end(IRC_HOST);
	network->level = (enum level)world_dice(LEVELS);
	network->keeps_private = network->level == LEVEL_HISTORY && world_percent(50);
	network->kind = world_dice(KINDS);
	network->has_own_time = world_percent(70);
	network->ahead_ms = world_percent(60) ? 0 : (int64_t)world_between(0, 2 * HOUR_MS) - HOUR_MS;
	network->flood_lines = (unsigned)world_between(FLOOD_LINES_MIN, FLOOD_LINES_MAX);
	wire_serve(&service);
	world_after(IDLE_MS, on_look_for_idle, NULL);
	world_trace("irc: level %d%s, %s", (int)network->level, network->keeps_private ? " and private" : "",
			kinds[network->kind].version);
}

void irc_change_config(void)
{
	network->config++;
	if (newest_client())
		audit_network_stops(IRC_HOST);
}

void irc_append_config(struct str *json)
{
	str_printf(json,
			"{\"name\":\"irc\",\"type\":\"irc\",\"url\":\"ircs://" IRC_HOST
			"\",\"nick\":\"episoded\",\"realname\":\"Bot %u\","
			"\"channels\":[\"#tv\",\"#films\"],\"reconnect\":{\"base_ms\":1000,\"cap_ms\":20000}"
			"}",
			network->config);
}
