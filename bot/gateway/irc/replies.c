/* The table of replies to a message, server by server. */

#include "bot/gateway/irc/replies.h"

#include <stdio.h>
#include <string.h>

#include "bot/gateway/irc/isupport.h"

#define S(seconds) ((seconds)*1000)

/* The row of one numeric. */
#define ONE(numeric) .first = (numeric), .last = (numeric)

#define VOICE   "give the bot voice (+v) in the channel"
#define ACCOUNT "log the bot in: set \"sasl\""
#define UNBAN   "lift the ban or quiet of the bot, or give it voice (+v)"

/* Sent by the server itself, not relayed from a person. */
static bool is_from_server(const struct irc_line *line)
{
	return !line->source || !strchr(line->source, '!');
}

static const char *words_of(const struct irc_line *line)
{
	return irc_line_param(line, line->param_count ? line->param_count - 1 : 0);
}

/* No server has a numeric for refused formats, so match the words. Ergo, hybrid: "(+c)"; Bahamut, UnrealIRCd: "color";
 * UnrealIRCd's nocodes: "Control codes"; InspIRCd 4: "messages containing formatting characters". */
static bool is_about_formats(const struct irc_line *line)
{
	const char *words = words_of(line);

	return strcasestr(words, "color") || strcasestr(words, "colour") || strstr(words, "+c") ||
	       strcasestr(words, "control codes") || strcasestr(words, "formatting character");
}

static bool is_about_multiline(const struct irc_line *line)
{
	return str_starts(irc_line_param(line, 1), "MULTILINE_");
}

/*
 * The first matching row applies. FAIL is FAIL command CODE [target] :text; a numeric is nick target :text; the notices
 * come from the server itself. Each refusal names the servers whose source has it, as of the date of the version read:
 * Solanum 2026-07 (Libera; Charybdis and ircd-ratbox alike), ircd-hybrid 2024-10, InspIRCd 4 2026-07, UnrealIRCd 6.1.8,
 * Ergo 2026-08, ngIRCd 2026-07, irc2 2026-04 (IRCnet), ircu2 2026-07 (Undernet), Bahamut 2026-06 (DALnet).
 */
static const struct reply_row {
	const char *verb;    /* NULL: the numerics from first to last */
	const char *command; /* of FAIL; NULL: any */
	const char *code;    /* part of FAIL's code; NULL: any */
	unsigned first, last;
	const char *words;                         /* part of the text; NULL: any */
	bool (*when)(const struct irc_line *line); /* NULL: always */
	enum irc_reply meaning;
	uint64_t hold_ms;
	const char *fix;
} rows[] = {
		{.verb = "PRIVMSG", .meaning = IRC_REPLY_ECHO},

		/* -------- notices */

		/* Solanum, hybrid: "*** Message to #tv throttled due to flooding". A channel without +v or +o takes
		 * about ten lines, then one a second from all its people; after the refusal nothing for 12 s. */
		{.verb = "NOTICE",
				.words = "throttled due to flooding",
				.when = is_from_server,
				.meaning = IRC_REPLY_REFUSED,
				.hold_ms = S(12),
				.fix = VOICE},
		/* InspIRCd 4, +f with the action "block": "[#tv] Message flood detected (trigger is 5 messages in
		 * 10 seconds)" */
		{.verb = "NOTICE",
				.words = "Message flood detected",
				.when = is_from_server,
				.meaning = IRC_REPLY_REFUSED,
				.hold_ms = S(15),
				.fix = VOICE},
		{.verb = "NOTICE", .when = is_from_server, .meaning = IRC_REPLY_IN_WORDS},
		{.verb = "NOTICE", .meaning = IRC_REPLY_ECHO},

		{.verb = "BATCH", .meaning = IRC_REPLY_BATCH},
		{.verb = "ACK", .meaning = IRC_REPLY_ACK},
		{.verb = "PONG", .meaning = IRC_REPLY_PONG},

		/* -------- FAIL (IRCv3 standard-replies) */

		{.verb = "FAIL",
				.command = "BATCH",
				.when = is_about_multiline,
				.meaning = IRC_REPLY_NO_MULTILINE},
		{.verb = "FAIL",
				.command = "PRIVMSG",
				.code = "RATE_LIMIT",
				.meaning = IRC_REPLY_REFUSED,
				.hold_ms = S(12)},
		{.verb = "FAIL",
				.command = "PRIVMSG",
				.code = "TEMPORARILY_UNAVAILABLE",
				.meaning = IRC_REPLY_REFUSED,
				.hold_ms = S(30)},
		{.verb = "FAIL",
				.command = "PRIVMSG",
				.code = "ACCOUNT_REQUIRED",
				.meaning = IRC_REPLY_REFUSED,
				.fix = ACCOUNT},
		{.verb = "FAIL", .command = "BATCH", .meaning = IRC_REPLY_REFUSED},
		{.verb = "FAIL", .command = "PRIVMSG", .meaning = IRC_REPLY_REFUSED},
		{.verb = "FAIL", .command = "NOTICE", .meaning = IRC_REPLY_REFUSED},
		{.verb = "FAIL", .code = "RATE_LIMIT", .meaning = IRC_REPLY_LABELLED, .hold_ms = S(12)},
		{.verb = "FAIL",
				.code = "TEMPORARILY_UNAVAILABLE",
				.meaning = IRC_REPLY_LABELLED,
				.hold_ms = S(30)},
		{.verb = "FAIL", .meaning = IRC_REPLY_LABELLED},

		/* -------- numerics */

		/* RPL_TRYAGAIN of irc2, Solanum and ircu2: "PRIVMSG :Please wait a while and try again." */
		{ONE(263), .meaning = IRC_REPLY_LABELLED, .hold_ms = S(10)},
		/* RPL_AWAY: accepted; without echo-message the label has no other reply */
		{ONE(301), .meaning = IRC_REPLY_ACK},
		/* no such nick, server or channel: all servers */
		{.first = 401, .last = 403, .meaning = IRC_REPLY_REFUSED},

		/* Cannot send to a channel. UnrealIRCd, +f: "Flooding (Limit is 5 lines per 15 seconds)", and
		 * "Flooding (Your last message is too similar to previous ones)". */
		{ONE(404), .words = "Flooding (", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(30),
				.fix = VOICE},
		/* UnrealIRCd, anti-flood::target-flood: "Channel is being flooded. Message not delivered." */
		{ONE(404), .words = "being flooded", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(12),
				.fix = VOICE},
		/* Solanum's notice under a numeric, as some of its forks send it */
		{ONE(404), .words = "throttled", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(12),
				.fix = VOICE},
		/* InspIRCd, +E with the action "block": "Repeat flood detected (trigger is 3 messages in 30 seconds)" */
		{ONE(404), .words = "Repeat flood", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(30),
				.fix = VOICE},
		{ONE(404), .words = "Message flood", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(15),
				.fix = VOICE},
		/* InspIRCd, +d 30: "You cannot send messages to this channel until you have been a member for
		 * 30 seconds." */
		{ONE(404), .words = "until you have been a member", .meaning = IRC_REPLY_REFUSED,
				.hold_ms = S(30), .fix = VOICE},
		/* UnrealIRCd, set::restrict-commands: "You cannot send messages to channels until you've been connected
		 * for 10 seconds or more" */
		{ONE(404), .words = "been connected for", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(30)},
		{ONE(404), .words = "too fast", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(12), .fix = VOICE},
		{ONE(404), .when = is_about_formats, .meaning = IRC_REPLY_NO_FORMATS},
		/* InspIRCd, Ergo: an extban mutes us */
		{ONE(404), .words = "extban", .meaning = IRC_REPLY_REFUSED, .fix = UNBAN},
		{ONE(404), .words = "banned", .meaning = IRC_REPLY_REFUSED, .fix = UNBAN},
		/* Ergo: "(+b)" */
		{ONE(404), .words = "(+b)", .meaning = IRC_REPLY_REFUSED, .fix = UNBAN},
		/* UnrealIRCd: "You must have a registered nick (+r) to talk on this channel"; Ergo, hybrid: "(+M)" */
		{ONE(404), .words = "registered", .meaning = IRC_REPLY_REFUSED, .fix = ACCOUNT},
		{ONE(404), .words = "(+M)", .meaning = IRC_REPLY_REFUSED, .fix = ACCOUNT},
		/* UnrealIRCd: "You need voice (+v)"; InspIRCd: "the +m (moderated) mode"; Ergo, hybrid: "(+m)"; Solanum,
		 * ngIRCd, irc2, ircu2 and Bahamut tell no reason */
		{ONE(404), .words = "voice", .meaning = IRC_REPLY_REFUSED, .fix = VOICE},
		{ONE(404), .words = "+m ", .meaning = IRC_REPLY_REFUSED, .fix = VOICE},
		{ONE(404), .words = "(+m)", .meaning = IRC_REPLY_REFUSED, .fix = VOICE},
		{ONE(404), .meaning = IRC_REPLY_REFUSED},

		/* too many targets: all servers */
		{ONE(407), .meaning = IRC_REPLY_REFUSED},
		/* Bahamut: no colours in this channel */
		{ONE(408), .when = is_about_formats, .meaning = IRC_REPLY_NO_FORMATS},
		{ONE(408), .meaning = IRC_REPLY_REFUSED},
		/* irc2: an invalid mask; old Charybdis: 415, an account is required to write to the channel */
		{ONE(415), .words = "registered", .meaning = IRC_REPLY_REFUSED, .fix = ACCOUNT},
		{.first = 413, .last = 415, .meaning = IRC_REPLY_REFUSED},
		/* irc2: "Nick/channel is temporarily unavailable", after a netsplit */
		{ONE(437), .words = "unavailable", .meaning = IRC_REPLY_LABELLED, .hold_ms = S(30)},
		/* ircu2, Bahamut, UnrealIRCd: "Target change too fast. Please wait 17 seconds." */
		{ONE(439), .meaning = IRC_REPLY_REFUSED, .hold_ms = S(20)},
		/* not on that channel any more: all servers */
		{ONE(442), .meaning = IRC_REPLY_REFUSED},
		/* InspIRCd, ngIRCd: "You need to be identified to a registered account to message this channel" */
		{ONE(477), .meaning = IRC_REPLY_REFUSED, .fix = ACCOUNT},
		/* Solanum, InspIRCd: a JOIN was throttled; with our label: the message */
		{ONE(480), .words = "throttle", .meaning = IRC_REPLY_LABELLED, .hold_ms = S(30)},
		/* operators only: all servers */
		{ONE(482), .meaning = IRC_REPLY_REFUSED, .fix = VOICE},
		/* Solanum, Bahamut, ngIRCd: an account is required to write to this person */
		{ONE(486), .meaning = IRC_REPLY_REFUSED, .fix = ACCOUNT},
		/* ircu2, Solanum: "You're neither voiced nor channel operator"; InspIRCd, UnrealIRCd: TLS is required */
		{ONE(489), .words = "voice", .meaning = IRC_REPLY_REFUSED, .fix = VOICE},
		{ONE(489), .meaning = IRC_REPLY_REFUSED},
		/* UnrealIRCd 5: no CTCP; Solanum: "Cannot send to user anna (+C)" */
		{ONE(492), .meaning = IRC_REPLY_REFUSED},
		/* Solanum: "cannot answer you while you are +g, your message was not sent"; ngIRCd 493: no common channel */
		{.first = 493, .last = 494, .meaning = IRC_REPLY_REFUSED},
		/* UnrealIRCd: "User is being flooded. Message not delivered.", and set::restrict-commands */
		{ONE(531), .words = "being flooded", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(12)},
		{ONE(531), .words = "been connected for", .meaning = IRC_REPLY_REFUSED, .hold_ms = S(30)},
		{ONE(531), .words = "registered", .meaning = IRC_REPLY_REFUSED, .fix = ACCOUNT},
		/* InspIRCd, UnrealIRCd, hybrid: a user mode of the person */
		{ONE(531), .meaning = IRC_REPLY_REFUSED},
		{.first = 400, .last = 599, .meaning = IRC_REPLY_LABELLED},
		/* Solanum: "Targets changing too fast, message dropped"; a target is free again each minute */
		{ONE(707), .meaning = IRC_REPLY_REFUSED, .hold_ms = S(60)},
		/* Solanum, hybrid, InspIRCd, Ergo: server-side ignore (+g) */
		{ONE(716), .meaning = IRC_REPLY_REFUSED},
};

static bool is_row_of(const struct reply_row *row, const struct irc_line *line, unsigned numeric)
{
	if (row->verb ? !str_equal_nocase(line->verb, row->verb)
		      : numeric < row->first || numeric > row->last)
		return false;
	if (row->command && !str_equal_nocase(irc_line_param(line, 0), row->command))
		return false;
	if (row->code && !strstr(irc_line_param(line, 1), row->code))
		return false;
	if (row->words && !strstr(words_of(line), row->words))
		return false;
	return !row->when || row->when(line);
}

static const struct reply_row *find_row(const struct irc_line *line)
{
	unsigned numeric = irc_line_numeric(line);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (is_row_of(&rows[i], line, numeric))
			return &rows[i];
	}
	return NULL;
}

enum irc_reply irc_reply_read(const struct irc_line *line)
{
	const struct reply_row *row = find_row(line);

	return row ? row->meaning : IRC_REPLY_OTHER;
}

/* The time in words, such as "17 seconds" or "1 minute"; 0: the text names no time. */
static uint64_t named_ms(const char *words)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {{"sec", S(1)}, {"min", S(60)}, {"hour", S(3600)}};
	uint64_t whole_ms = 0;

	while (*(words += strcspn(words, "0123456789"))) {
		uint64_t number = 0;

		for (; *words >= '0' && *words <= '9'; words++)
			number = number < 100000 ? number * 10 + (uint64_t)(*words - '0') : number;
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
			if (*words == ' ' &&
					strncasecmp(words + 1, units[i].unit, strlen(units[i].unit)) == 0)
				whole_ms += number * units[i].ms;
		}
	}
	return whole_ms;
}

void irc_refusal_read(const struct irc_line *line, struct irc_refusal *ret)
{
	const struct reply_row *row = find_row(line);
	uint64_t ms;

	*ret = (struct irc_refusal){.meaning = IRC_REPLY_OTHER};
	if (!row)
		return;
	*ret = (struct irc_refusal){row->meaning, row->hold_ms, row->fix, irc_line_numeric(line) == 401};
	if (!ret->hold_ms)
		return;
	ms = named_ms(words_of(line));
	if (ms)
		ret->hold_ms = ms + S(1); /* servers count whole seconds */
	if (ret->hold_ms > IRC_REPLY_HOLD_MAX_MS)
		ret->hold_ms = IRC_REPLY_HOLD_MAX_MS;
}

/* A notice names its target somewhere in the text: after "to", or as a channel in brackets. */
static bool find_target(const char *words, char ret[IRC_REPLY_TARGET_BYTES])
{
	static const char *const before = "Message to ";
	const char *at = strcasestr(words, before);
	size_t length;

	words = at ? at + strlen(before) : words;
	for (; *words; words += strcspn(words, " "), words += strspn(words, " ")) {
		words += strspn(words, "[(\"'");
		length = strcspn(words, " ])\"',");
		if (length == 0 || length >= IRC_REPLY_TARGET_BYTES)
			continue;
		memcpy(ret, words, length);
		ret[length] = '\0';
		if (at || irc_target_is_channel(ret))
			return true;
	}
	return false;
}

bool irc_refusal_target(const struct irc_line *line, char ret[IRC_REPLY_TARGET_BYTES])
{
	bool is_fail = str_equal_nocase(line->verb, "FAIL");
	const char *target;

	if (str_equal_nocase(line->verb, "NOTICE"))
		return find_target(words_of(line), ret);
	if (line->param_count < (is_fail ? 4 : 3))
		return false;
	target = line->params[is_fail ? 2 : 1];
	return snprintf(ret, IRC_REPLY_TARGET_BYTES, "%s", target) < IRC_REPLY_TARGET_BYTES;
}
