/*
 * For random text, masks, targets and line lengths: every line fits, no grapheme is cut,
 * formats are restored on each line and end with it, and joined the lines are the text.
 * EPISODED_SEED=N uses another seed; a failure prints its seed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/irc/session.h"
#include "bot/irc/render.h"
#include "bot/irc/split.h"

#define TEXTS          2000
#define REPLIES        400
#define TEXT_MAX_BYTES 3000
#define SIGN_MAX_BYTES 400
#define SHOWN_MAX      (TEXT_MAX_BYTES + 100)
#define WALL_MS        1795425089000u
#define COUNT(list)    (sizeof(list) / sizeof((list)[0]))

static uint64_t seed;

#define CHECK(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			fail_msg("EPISODED_SEED=%llu: %s, line %d", (unsigned long long)seed, #condition,    \
					__LINE__);                                                           \
	} while (0)

/* ---------------------------------------------------------------- random things */

static const char *const signs[] = {
		"a",
		"z",
		"0",
		"7",
		",",
		"the",
		"episode",
		"-",
		"·",
		"…",
		" ",
		" ",
		" ",
		" ",
		"  ",
		"é",
		"e\u0301",
		"ñ",
		"n\u0303\u0323",
		"\u0308", /* accents, also one with nothing under it */
		"漢",
		"字",
		"온조",
		"\u1112\u1161\u11AB",
		"\u1100\u1161",
		"\u1100\u1100\u1161\u11A8", /* Hangul, as jamo too */
		"👨‍👩‍👧‍👦",
		"👩🏽‍🚀",
		"👍🏽",
		"🏳️‍🌈",
		"🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",
		"❤️",
		"☎︎", /* one sign each */
		"🇰🇷",
		"🇫🇷",
		"🇰", /* flags, and half of one */
		"1️⃣",
		"#️⃣",
		"*⃣", /* keycaps */
		"שלום",
		"שָׁ",
		"سلام",
		"مُحَمَّد",
		"\u200F",
		"\u2067abc\u2069", /* from right to left */
		"ก็",
		"नि",
		"क्ष",
		"ที่",
		"\u200D",
		"\u00AD",
};

static const char *const codes[] = {
		"\x02", "\x02", "\x1D", "\x1F", "\x1E", "\x11", "\x16", "\x0F", "\x0F", "\x03",
		"\x04", /* and an end to each */
};

static size_t random_number(struct random *random, size_t low, size_t high)
{
	return low + (size_t)random_below(random, high - low + 1);
}

/* "\x034", "\x0304,12", "\x04FF0000,00ff00" and forms that only look so. */
static size_t random_colour(struct random *random, char *ret, size_t size)
{
	unsigned one = (unsigned)random_below(random, 100), two = (unsigned)random_below(random, 16);
	unsigned hex = (unsigned)random_below(random, 1 << 24);

	switch (random_below(random, 6)) {
	case 0: return (size_t)snprintf(ret, size, "\x03%u", one % 16);
	case 1: return (size_t)snprintf(ret, size, "\x03%02u,%02u", one, two);
	case 2: return (size_t)snprintf(ret, size, "\x03%u,%u", one % 10, two % 10);
	case 3: return (size_t)snprintf(ret, size, "\x04%06X", hex);
	case 4: return (size_t)snprintf(ret, size, "\x04%06x,%06X", hex, 0xFFFFFF - hex);
	default: return (size_t)snprintf(ret, size, "\x04%05X", hex & 0xFFFFF);
	}
}

/* A letter with very many marks. */
static size_t random_zalgo(struct random *random, char *ret)
{
	size_t marks = random_number(random, 5, 150), length = 1;

	ret[0] = 'Z';
	for (size_t i = 0; i < marks; i++) {
		ret[length++] = '\xCC';
		ret[length++] = (char)(0x80 + random_below(random, 0x30));
	}
	return length;
}

static void random_text(struct random *random, bool has_formats, char ret[TEXT_MAX_BYTES + 1])
{
	size_t wanted = random_number(random, 0, TEXT_MAX_BYTES - SIGN_MAX_BYTES), length = 0;

	while (length < wanted) {
		size_t kind = random_number(random, 0, 99);
		const char *sign = signs[random_below(random, COUNT(signs))];

		if (has_formats && kind < 6)
			sign = codes[random_below(random, COUNT(codes))];
		if (has_formats && kind >= 6 && kind < 10) {
			length += random_colour(random, ret + length, SIGN_MAX_BYTES);
			continue;
		}
		if (kind == 10 && random_below(random, 20) == 0) {
			length += random_zalgo(random, ret + length);
			continue;
		}
		memcpy(ret + length, sign, strlen(sign));
		length += strlen(sign);
	}
	ret[length] = '\0';
}

static void random_word(struct random *random, size_t low, size_t high, char *ret)
{
	size_t length = random_number(random, low, high);

	for (size_t i = 0; i < length; i++)
		ret[i] = "abcdefghijklmnopqrstuvwxyz0123456789-"[random_below(random, 37)];
	ret[length] = '\0';
}

/* ---------------------------------------------------------------- what a reader's client shows */

/* A grapheme and its formats. Written independently of formats.c, from the specification. */
struct look {
	bool toggles[6];
	long foreground, background; /* -1: the client's own; above 1000: by red, green and blue */
};

struct shown {
	const char *sign;
	size_t length;
	struct look look;
};

static const struct look plain = {.foreground = -1, .background = -1};

static bool same_look(const struct look *a, const struct look *b)
{
	return memcmp(a->toggles, b->toggles, sizeof(a->toggles)) == 0 && a->foreground == b->foreground &&
	       a->background == b->background;
}

/* Read a colour's digits at *at; -1 if there are no digits, and *at is unchanged. */
static long take_number(const char **at, bool is_hex)
{
	char digits[8] = "";
	size_t count = strspn(*at, is_hex ? "0123456789abcdefABCDEF" : "0123456789"), most = is_hex ? 6 : 2;

	if (count > most)
		count = most;
	if (count == 0 || (is_hex && count < most))
		return -1;
	memcpy(digits, *at, count);
	*at += count;
	return strtol(digits, NULL, is_hex ? 16 : 10) + (is_hex ? 1001 : 0);
}

static const char *take_colour(const char *at, bool is_hex, struct look *look)
{
	const char *comma;
	long number = take_number(&at, is_hex);

	if (number < 0) {
		look->foreground = look->background = -1;
		return at;
	}
	look->foreground = number;
	if (*at != ',')
		return at;
	comma = at++;
	number = take_number(&at, is_hex);
	if (number < 0)
		return comma;
	look->background = number;
	return at;
}

static size_t show(const char *text, struct look *look, struct shown ret[SHOWN_MAX])
{
	static const char toggles[] = "\x02\x1D\x1F\x1E\x11\x16";
	size_t count = 0;

	while (*text) {
		const char *toggle = strchr(toggles, *text);
		size_t length = utf8_grapheme(text, strlen(text));

		if (*text == '\x03' || *text == '\x04') {
			text = take_colour(text + 1, *text == '\x04', look);
		} else if (*text == '\x0F') {
			*look = plain;
			text++;
		} else if (toggle) {
			look->toggles[toggle - toggles] = !look->toggles[toggle - toggles];
			text++;
		} else {
			CHECK(count < SHOWN_MAX);
			ret[count++] = (struct shown){text, length, *look};
			text += length;
		}
	}
	return count;
}

/* ---------------------------------------------------------------- the properties */

static struct shown whole[SHOWN_MAX], part[SHOWN_MAX];

/* The progress of the comparison: graphemes, and bytes of the next one. */
struct progress {
	size_t sign, bytes, count;
};

/* The line must show the next graphemes with their formats. A grapheme longer than a line comes in pieces. */
static void check_line(const char *line, size_t room, struct progress *progress)
{
	struct look look = plain;
	size_t count = show(line, &look, part);

	CHECK(strlen(line) <= room);
	CHECK(utf8_valid(line, strlen(line)));
	CHECK(same_look(&look, &plain)); /* all formats are ended */
	for (size_t i = 0; i < count; i++) {
		const struct shown *expected = &whole[progress->sign];
		const char *rest = expected->sign + progress->bytes;
		size_t rest_length = expected->length - progress->bytes;

		CHECK(progress->sign < progress->count);
		CHECK(part[i].length <= rest_length && memcmp(part[i].sign, rest, part[i].length) == 0);
		CHECK(same_look(&part[i].look, &expected->look));
		/* A grapheme is cut only at the end of a line, and only if it is longer than a line. */
		CHECK(part[i].length == rest_length ||
				(i + 1 == count && expected->length + 2 * IRC_FORMATS_MAX_BYTES > room));
		progress->bytes += part[i].length;
		if (progress->bytes == expected->length) {
			progress->sign++;
			progress->bytes = 0;
		}
	}
}

static void check_text(const char *text, size_t room)
{
	struct irc_formats formats = {0};
	struct look look = plain;
	struct progress progress = {.count = show(text, &look, whole)};
	size_t length = strlen(text), lines = 0;

	while (length > 0) {
		struct str line = STR(TEXT_MAX_BYTES + 4096);
		size_t next, piece;

		piece = irc_split(text, length, irc_split_room(&formats, text, length, room), &next);
		CHECK(next > 0 && next <= length);
		CHECK(next == piece || (next == piece + 1 && text[piece] == ' '));
		irc_split_append(&formats, text, piece, &line);
		CHECK(line.error == 0);
		check_line(str_text(&line), room, &progress);
		if (next > piece) {
			CHECK(progress.bytes == 0 && whole[progress.sign].length == 1 &&
					*whole[progress.sign].sign == ' ');
			progress.sign++;
		}
		text += next;
		length -= next;
		lines++;
		str_release(&line);
	}
	CHECK(progress.sign == progress.count);
	CHECK(lines <= TEXT_MAX_BYTES);
}

/* ---------------------------------------------------------------- with a session around it */

static void on_send(void *user, const char *line, size_t length)
{
	(void)user;
	(void)line;
	(void)length;
}

static void on_event(void *user)
{
	(void)user;
}

static void on_message(void *user, const struct message *message)
{
	(void)user;
	(void)message;
}

static void on_note(void *user, const char *text)
{
	(void)user;
	(void)text;
}

static void on_lost(void *user, const char *reason, bool stay_away)
{
	(void)user;
	(void)reason;
	(void)stay_away;
}

static void hear(struct irc_session *session, const char *line)
{
	irc_session_receive(session, line, strlen(line), &(struct irc_now){1000, WALL_MS});
}

/* The room for text behind a mask, as a session measures it; what others see of a line then fits LINELEN. */
static size_t random_room(struct random *random)
{
	static const struct irc_session_events events = {.on_send = on_send,
			.on_ready = on_event,
			.on_channels = on_event,
			.on_message = on_message,
			.on_note = on_note,
			.on_lost = on_lost};
	char nick[31], user[20], host[64], target[66], line[300];
	size_t line_length = random_below(random, 3) ? 512 : random_number(random, 512, 4096), room, frame;
	const char *verb = random_below(random, 2) ? "PRIVMSG" : "NOTICE";
	struct irc_session_config config = {.nick = nick, .username = "user", .realname = "A bot"};
	struct irc_session *session;

	random_word(random, 1, 30, nick);
	random_word(random, 1, 19, user);
	random_word(random, 1, 63, host);
	random_word(random, 1, 64, target + 1);
	target[0] = '#';
	CHECK(irc_session_new(&config, &events, NULL, &session) == 0);
	irc_session_open(session, &(struct irc_now){1000, WALL_MS});
	snprintf(line, sizeof(line), ":s 001 %s :hi\n:s 005 %s LINELEN=%zu CHANTYPES=# :are\n:s 422 %s :no",
			nick, nick, line_length, nick);
	hear(session, line);
	snprintf(line, sizeof(line), ":%s!~%s@%s JOIN %s", nick, user, host, target);
	hear(session, line);
	room = irc_session_room(session, verb, target);
	frame = (size_t)snprintf(
			line, sizeof(line), ":%s!~%s@%s %s %s :\r\n", nick, user, host, verb, target);
	CHECK(frame + room <= line_length);
	CHECK(frame + room + 16 >= line_length); /* and little space is wasted */
	irc_session_free(session);
	return room;
}

static uint64_t first_seed(void)
{
	const char *wanted = getenv("EPISODED_SEED");

	return wanted ? strtoull(wanted, NULL, 10) : 20220128;
}

static void lines_are_the_text(void **state)
{
	char text[TEXT_MAX_BYTES + 1];

	(void)state;
	seed = first_seed();
	for (int i = 0; i < TEXTS; i++, seed++) {
		struct random random;

		random_seed(&random, seed);
		random_text(&random, random_below(&random, 3) > 0, text);
		check_text(text, random_room(&random));
	}
}

/* Whole replies: each page, each line. */
static void check_reply(const struct reply *reply, struct irc_render_options *options)
{
	size_t next = 0, pages = 0;

	do {
		struct irc_lines lines;

		options->position = next;
		CHECK(irc_render(reply, options, &lines, &next) == 0);
		CHECK(lines.count > 0 && lines.count <= options->lines_max && !lines.goes_on[0]);
		for (size_t i = 0; i < lines.count; i++) {
			struct look look = plain;

			CHECK(strlen(lines.line[i]) <= options->room_bytes && *lines.line[i]);
			CHECK(utf8_valid(lines.line[i], strlen(lines.line[i])));
			CHECK(show(lines.line[i], &look, part) > 0);
			CHECK(same_look(&look, &plain));
			if (options->is_plain)
				CHECK(!strpbrk(lines.line[i], "\x02\x03\x0F"));
		}
		irc_lines_release(&lines);
	} while (next > 0 && ++pages < IRC_RENDER_LINES_MAX);
	CHECK(next == 0);
}

static void replies_fit(void **state)
{
	char text[TEXT_MAX_BYTES + 1];

	(void)state;
	seed = first_seed();
	for (int i = 0; i < REPLIES; i++, seed++) {
		struct irc_render_options options = {.lines_max = 4, .address = "jin: ", .prefix = "!"};
		struct random random;
		struct reply reply;

		random_seed(&random, seed);
		reply_init(&reply);
		options.room_bytes = random_room(&random);
		options.is_joined = random_below(&random, 2);
		options.is_plain = random_below(&random, 2);
		random_text(&random, false, text);
		reply_set_title(&reply, text);
		random_text(&random, false, text);
		reply_set_text(&reply, text);
		if (random_below(&random, 2))
			reply_set_spoiler(&reply, "Spoils a later episode");
		reply.is_text_veiled = reply.spoiler != NULL;
		random_text(&random, true, text); /* a reply takes no formats: they become spaces */
		reply_set_footer(&reply, text);
		check_reply(&reply, &options);
		reply_release(&reply);
	}
}

/* The visible text of a line, without spaces and separators between sentences, which a cut may remove. (By
 * bytes: a combining mark belongs to its space only if no format is between them.) */
static void append_seen(struct str *str, const char *line)
{
	struct look look = plain;
	size_t count = show(line, &look, part);

	for (size_t i = 0; i < count; i++) {
		const char *sign = part[i].sign;
		size_t skipped = *sign == ' ' ? 1 : strncmp(sign, "·", strlen("·")) == 0 ? strlen("·") : 0;

		str_append_bytes(str, sign + skipped, part[i].length - skipped);
	}
}

/* One page, without its hint. What begins the next. */
static size_t append_page(
		struct str *str, const struct reply *reply, const struct irc_render_options *options)
{
	struct irc_lines lines;
	size_t next;

	CHECK(irc_render(reply, options, &lines, &next) == 0);
	for (size_t i = 0; i < lines.count; i++) {
		char *hint = next && i + 1 == lines.count ? strrchr(lines.line[i], '(') : NULL;

		CHECK(!next || i + 1 < lines.count || (hint && strncmp(hint, "(!more)", 7) == 0));
		if (hint)
			*hint = '\0';
		append_seen(str, lines.line[i]);
	}
	irc_lines_release(&lines);
	return next;
}

/* Each page has another line length, form and address: "more" continues where the last page ended. */
static void pages_are_the_text(void **state)
{
	char text[TEXT_MAX_BYTES + 1];

	(void)state;
	seed = first_seed();
	for (int i = 0; i < REPLIES; i++, seed++) {
		struct irc_render_options options = {
				.room_bytes = 30000, .lines_max = 250, .address = "", .prefix = "!"};
		struct str at_once = STR(100000), paged = STR(100000);
		struct random random;
		struct reply reply;

		random_seed(&random, seed);
		reply_init(&reply);
		random_text(&random, false, text);
		reply_set_title(&reply, text);
		random_text(&random, false, text);
		reply_set_text(&reply, text);
		if (random_below(&random, 2))
			reply_set_spoiler(&reply, "Spoils a later episode");
		reply.is_text_veiled = reply.spoiler != NULL;
		reply_set_footer(&reply, "Source: a book");
		CHECK(append_page(&at_once, &reply, &options) == 0);
		do {
			options.room_bytes = random_number(&random, 64, 600);
			options.lines_max = random_number(&random, 1, 4);
			options.is_joined = random_below(&random, 2);
			options.is_plain = random_below(&random, 2);
			options.address = random_below(&random, 2) && options.position > 0 ? "jin: " : "";
			options.position = append_page(&paged, &reply, &options);
		} while (options.position > 0);
		CHECK(strcmp(str_text(&at_once), str_text(&paged)) == 0);
		str_release(&at_once);
		str_release(&paged);
		reply_release(&reply);
	}
}

/* Many combining marks on one letter: cut between code points, without loss. */
static void an_endless_grapheme_is_sent_in_pieces(void **state)
{
	char text[TEXT_MAX_BYTES + 1] = "\x02"
					"Z";
	size_t length = 2;

	(void)state;
	seed = 0;
	while (length + 2 < TEXT_MAX_BYTES) {
		memcpy(text + length, "\u0301", 3);
		length += 2;
	}
	check_text(text, 64);
	check_text(text, 400);
}

/* A restored colour does not read the text as its second number. */
static void a_comma_after_the_cut_is_text(void **state)
{
	static const char *const colours[] = {"\x03"
					      "04",
			"\x04"
			"FF0000",
			"\x04"
			"FF0000,00FF00\x03"
			"04",
			"\x03"
			"04,12\x04"
			"FF0000"};
	char text[TEXT_MAX_BYTES + 1];

	(void)state;
	for (seed = 0; seed < COUNT(colours); seed++) {
		for (int filler = 20; filler < 64; filler++) {
			snprintf(text, sizeof(text), "%s%0*d,05abc,00FF00x", colours[seed], filler, 0);
			check_text(text, 64);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(lines_are_the_text),
			cmocka_unit_test(replies_fit),
			cmocka_unit_test(pages_are_the_text),
			cmocka_unit_test(an_endless_grapheme_is_sent_in_pieces),
			cmocka_unit_test(a_comma_after_the_cut_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
