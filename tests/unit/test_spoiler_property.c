/*
 * No spoilers: random lines, buttons and partly typed words, by people and in channels that have declared different
 * progress, at different times. No text whose reveal lies past the line is in clear, whatever the answer is.
 *
 * SPOILERS_SEEDS=n runs n seeds for each dataset, SPOILERS_SEED=n that one alone.
 */

#include <ctype.h>
#include <limits.h>

#include "bot/catalogue/catalogue.h"
#include "bot/core/commands.h"
#include "bot/core/dispatch.h"
#include "bot/core/line.h"
#include "bot/core/progress.h"
#include "bot/core/rights.h"
#include "bot/gateway/discord/view/render.h"
#include "bot/gateway/twitch/render.h"
#include "bot/irc/render.h"
#include "tests/unit/marked_shows.h"
#include "tests/unit/spoiler_mutants.h"

#define SEEDS        8
#define LINES        250 /* a seed */
#define PEOPLE       4   /* the last is an owner */
#define CHANNELS     3
#define LINE_BYTES   600
#define REPORTED_MAX 12 /* leaks of a seed */
#define FORGOTTEN_MS                                                                                         \
	(16 * 60 * 1000) /* a conversation is forgotten: "more" goes on with no answer from before */
#define CLEAR_OF_DATE (2 * MARKED_DAY_S) /* a question is asked so long before or after any air date */

/* What a line asks for, as far as the rules differ. */
enum aim {
	AIM_ANY,
	AIM_GUESS, /* only a typo or a part of a word */
	AIM_TEXT,  /* only the first mark of a text */
};

struct world {
	struct marked marked;
	struct catalogue *catalogue;
	struct dispatch *dispatch;
	struct orders *orders;
	uint64_t seed, now_ms;
	time_t now_s;
	int seen[PEOPLE][MARKED_SHOWS_MAX], channel_seen[CHANNELS][MARKED_SHOWS_MAX];
	unsigned person, channel, leaks, answers, veils;
	unsigned long ids;
	char line[LINE_BYTES];
	enum aim aim;
	const struct marked_text *text; /* of AIM_TEXT and AIM_GUESS */
	struct str reminded; /* the lines that set reminders: "reminders" repeats what people typed */
	bool is_repeating;   /* the answer is such a list, or its next page */
};

static const char *const PERSON[PEOPLE] = {"ann", "bob", "eve", "boss"};
static const char *const CHANNEL[CHANNELS] = {"#one", "#two", "#three"};

/* ---------------------------------------------------------------- the rule, as the README states it */

static int line_for(const struct world *world, const struct marked_show *show)
{
	size_t index = (size_t)(show - world->marked.shows);
	int own = world->seen[world->person][index], of_channel = world->channel_seen[world->channel][index];

	if (own == LINE_UNDECLARED || of_channel == LINE_UNDECLARED)
		return own == LINE_UNDECLARED ? of_channel : own;
	return own < of_channel ? own : of_channel;
}

/* asked: the place of the episode that was asked about, 0: of no episode. */
static bool may_be_clear(const struct world *world, const struct marked_text *text, int asked)
{
	const struct marked_show *show = text->show;
	const struct marked_episode *reached = marked_at_place(show, text->reveal);
	int line = line_for(world, show);

	if (text->kind == MARKED_KEYWORD)
		return false;
	if (text->reveal <= 0)
		return true;
	if (reached && !marked_has_been_shown(show, reached, world->now_s))
		return false;
	if (text->kind == MARKED_SYNOPSIS && !marked_has_been_shown(show, text->episode, world->now_s))
		return false;
	if (line != LINE_UNDECLARED)
		return text->reveal <= line;
	return text->kind == MARKED_NAME || text->reveal <= asked;
}

/* ---------------------------------------------------------------- what an answer shows */

static const struct marked_text *text_of_mark(const struct world *world, const char *mark, bool *ret_is_last)
{
	for (size_t i = 0; i < world->marked.text_count; i++) {
		const struct marked_text *text = &world->marked.texts[i];

		*ret_is_last = *text->last && strncasecmp(mark, text->last, MARK_LETTERS + 2) == 0;
		if (*ret_is_last || strncasecmp(mark, text->first, MARK_LETTERS + 2) == 0)
			return text;
	}
	return NULL;
}

static void report(struct world *world, const char *what, const char *shown)
{
	world->leaks++;
	if (world->leaks > REPORTED_MAX || spoiler_mutant != MUTANT_NONE)
		return;
	print_error("%s\n  seed %llu, %s in %s asks at %lld: %s\n  shown: %.300s\n", what,
			(unsigned long long)world->seed, PERSON[world->person], CHANNEL[world->channel],
			(long long)world->now_s, world->line, shown);
}

/* The letters and digits of a name: "On-jo" and "onjo" are the same. */
static void letters_of(const char *text, char ret[LINE_BYTES])
{
	size_t length = 0;

	for (; *text && length < LINE_BYTES - 1; text++) {
		if (isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80)
			ret[length++] = (char)tolower((unsigned char)*text);
	}
	ret[length] = '\0';
}

/* True if the line has the mark, or another spelling of the character's name. */
static bool is_typed(const struct world *world, const struct marked_text *text)
{
	char line[LINE_BYTES], name[LINE_BYTES];
	const cJSON *alias;
	bool found = strcasestr(world->line, text->first) != NULL;

	found |= world->is_repeating && strcasestr(str_text(&world->reminded), text->first) != NULL;
	letters_of(world->line, line);
	cJSON_ArrayForEach(alias, cJSON_GetObjectItem(text->named, "aliases"))
	{
		letters_of(cJSON_GetStringValue(alias), name);
		found |= strstr(line, name) != NULL;
	}
	return found;
}

/* A string that everybody can read. */
static void check_clear(struct world *world, const char *shown, int asked)
{
	for (const char *at = shown; at && (at = strcasestr(at, "zq")); at++) {
		bool is_last;
		const struct marked_text *text = text_of_mark(world, at, &is_last);
		char what[160];

		if (!text || (!is_last && is_typed(world, text)))
			continue;
		snprintf(what, sizeof(what),
				"leak of %s, reveal %d of \"%s\", line %d, asked %d, shown until %d",
				is_last ? text->last : text->first, text->reveal, text->show->name,
				line_for(world, text->show), asked,
				marked_shown_until(text->show, world->now_s));
		if (!may_be_clear(world, text, asked))
			report(world, what, shown);
		else if (world->aim == AIM_GUESS && is_last && text->kind == MARKED_SYNOPSIS)
			report(world, "a guess opens a card", shown);
	}
}

/* The place of the episode that a title names; 0: of no episode. */
static int place_named(const struct world *world, const char *title)
{
	const char *at = title ? strcasestr(title, "episode ") : NULL;
	const char *of = title ? strcasestr(title, "season ") : NULL;
	int season = 1, number, place = 0;

	if (title && strstr(title, "Special")) {
		for (size_t i = 0; i < world->marked.show_count; i++) {
			if (world->marked.shows[i].last > place)
				place = world->marked.shows[i].last;
		}
		return place;
	}
	if (!at || sscanf(at + strlen("episode "), "%d", &number) != 1)
		return 0;
	if (of && sscanf(of + strlen("season "), "%d", &season) != 1)
		return 0;
	for (size_t i = 0; i < world->marked.show_count; i++) {
		const struct marked_show *show = &world->marked.shows[i];

		for (int k = 0; k < show->count; k++) {
			if (show->episodes[k].season == season && show->episodes[k].number == number &&
					show->episodes[k].place > place)
				place = show->episodes[k].place;
		}
	}
	return place;
}

/* True if the text names an episode by its code or its label. */
static bool names(const char *shown, const struct marked_episode *episode)
{
	char code[32], label[64];

	snprintf(code, sizeof(code), "s%02de%02d", episode->season, episode->number);
	snprintf(label, sizeof(label), "season %d, episode %d", episode->season, episode->number);
	return shown && !episode->is_special &&
	       (strcasestr(shown, code) ||
			       (strcasestr(shown, label) && !isdigit((unsigned char)strcasestr(
									    shown, label)[strlen(label)])));
}

/* A person who asks for the words of a text past the line does not learn which episode has them. */
static void check_named(struct world *world, const char *shown)
{
	const struct marked_text *text = world->text;

	if (world->aim != AIM_TEXT || !text->episode || text->kind == MARKED_TITLE ||
			text->kind == MARKED_NAME)
		return;
	if (line_for(world, text->show) == LINE_UNDECLARED &&
			marked_has_been_shown(text->show, text->episode, world->now_s))
		return;
	if (may_be_clear(world, text, text->episode->place) ||
			(text->kind == MARKED_KEYWORD && text->reveal <= line_for(world, text->show)))
		return;
	if (names(shown, text->episode))
		report(world, "an answer names the episode of a veiled text", shown);
}

/* ---------------------------------------------------------------- what each network shows */

static void check_lines(struct world *world, const struct reply *reply, int asked)
{
	struct reply_line *lines;
	size_t count;

	assert_int_equal(reply_lines(reply, "!", &lines, &count), 0);
	for (size_t i = 0; i < count; i++) {
		if (!lines[i].is_veiled)
			check_clear(world, lines[i].text, asked);
	}
	reply_lines_free(lines, count);
}

static void check_irc(struct world *world, const struct reply *reply, int asked)
{
	struct irc_render_options options = {
			.room_bytes = 2000, .lines_max = 20, .address = "", .prefix = "!"};
	struct irc_lines lines;

	do {
		assert_int_equal(irc_render(reply, &options, &lines, &options.position), 0);
		for (size_t i = 0; i < lines.count; i++)
			check_clear(world, lines.line[i], asked);
		irc_lines_release(&lines);
	} while (options.position);
}

static void check_twitch(struct world *world, const struct reply *reply, int asked)
{
	struct twitch_render_options options = {.room = 500, .lines_max = 20, .prefix = "!"};
	struct irc_lines lines;

	do {
		assert_int_equal(twitch_render(reply, &options, &lines, &options.position), 0);
		for (size_t i = 0; i < lines.count; i++)
			check_clear(world, lines.line[i], asked);
		irc_lines_release(&lines);
	} while (options.position);
}

/* Remove what Discord hides: components that are spoilers, and text between bars. */
static void remove_veiled(cJSON *node)
{
	for (cJSON *child = node->child, *next; child; child = next) {
		next = child->next;
		if (cJSON_IsTrue(cJSON_GetObjectItem(child, "spoiler")))
			cJSON_Delete(cJSON_DetachItemViaPointer(node, child));
		else
			remove_veiled(child);
	}
	if (cJSON_IsString(node)) {
		char *begin, *end;

		while ((begin = strstr(node->valuestring, "||")) != NULL &&
				(end = strstr(begin + 2, "||")) != NULL)
			memmove(begin, end + 2, strlen(end + 2) + 1);
	}
}

static void check_discord(struct world *world, const struct reply *reply, int asked, bool is_plain)
{
	struct discord_render_options options = {.is_plain = is_plain, .command = "episode 5", .prefix = "!"};
	size_t position = 0;

	do {
		struct str json = STR(DISCORD_RENDER_BODY_MAX_BYTES);
		cJSON *message;
		char *shown;

		assert_int_equal(discord_render_message(reply, &options, &position, &json), 0);
		message = cJSON_Parse(str_text(&json));
		assert_non_null(message);
		remove_veiled(message);
		shown = cJSON_PrintUnformatted(message);
		check_clear(world, shown, asked);
		free(shown);
		cJSON_Delete(message);
		str_release(&json);
	} while (position);
}

static void check_renders(struct world *world, const struct reply *reply, int asked)
{
	check_lines(world, reply, asked);
	check_irc(world, reply, asked);
	check_twitch(world, reply, asked);
	check_discord(world, reply, asked, false);
	check_discord(world, reply, asked, true);
}

/* The place of the episode that was asked about: the title names it, or a problem that offers no choice. One that offers
 * choices does not know which episode was meant. */
static int place_asked(const struct world *world, const struct reply *reply)
{
	if (reply->kind != REPLY_PROBLEM)
		return place_named(world, reply->title);
	return reply->choice_count ? 0 : place_named(world, reply->text);
}

/* Lists whose items do not depend on the words of the question. */
static bool is_full_list(const struct command_entry *entry)
{
	return entry && (strcmp(entry->name, "episodes") == 0 || strcmp(entry->name, "progress") == 0);
}

static void check_reply(struct world *world, const struct reply *reply, const struct command_entry *entry)
{
	int asked = place_asked(world, reply);
	bool is_veiled = reply->is_text_veiled, is_list = is_full_list(entry);

	check_clear(world, reply->title, asked);
	check_clear(world, reply->teaser, asked);
	check_clear(world, reply->footer, asked);
	check_clear(world, reply->spoiler, asked);
	check_clear(world, reply->image, asked);
	check_clear(world, reply->url, asked);
	check_clear(world, reply->spoil, asked);
	if (!reply->is_text_veiled)
		check_clear(world, reply->text, asked);
	for (size_t i = 0; i < reply->field_count; i++) {
		check_clear(world, reply->fields[i].name, asked);
		check_clear(world, reply->fields[i].value, asked);
	}
	for (size_t i = 0; i < reply->item_count; i++) {
		is_veiled |= reply->items[i].is_veiled;
		if (reply->items[i].is_veiled)
			continue;
		check_clear(world, reply->items[i].text, asked);
		if (!is_list)
			check_named(world, reply->items[i].text);
	}
	for (size_t i = 0; i < reply->choice_count; i++) {
		check_clear(world, reply->choices[i].label, asked);
		check_clear(world, reply->choices[i].command, asked);
		check_named(world, reply->choices[i].command);
	}
	if (is_veiled != (reply->spoiler != NULL))
		report(world, "a veil without a reason, or a reason without a veil",
				reply->spoiler ? reply->spoiler : "");
	if (reply->spoiler && strpbrk(reply->spoiler, "0123456789"))
		report(world, "a veil names a number", reply->spoiler);
	check_renders(world, reply, asked);
	world->answers++;
	world->veils += is_veiled;
}

/* ---------------------------------------------------------------- lines */

static unsigned below(struct world *world, unsigned bound)
{
	return (unsigned)random_below(&world->marked.random, bound);
}

static const struct marked_show *some_show(struct world *world)
{
	return &world->marked.shows[below(world, (unsigned)world->marked.show_count)];
}

static const char *some_word(struct world *world)
{
	static const char *const WORDS[] = {"harbour", "kettle", "drone", "camp", "the", "pilot", "dark",
			"24", "next", "end", "5", "who", "what", "season", "episode", "roof", "brother",
			"tree", "드론으로", "schlüssel", "مفتاح", "33", "finale", "latest", "zz", "quiz",
			"<5>", "\"5\"", "**5**", "?", "…"};

	return WORDS[below(world, sizeof(WORDS) / sizeof(WORDS[0]))];
}

static void add(struct world *world, const char *text)
{
	size_t length = strlen(world->line);

	snprintf(world->line + length, sizeof(world->line) - length, "%s%s", length ? " " : "", text);
}

static void add_reference(struct world *world, const struct marked_show *show)
{
	static const char *const WORDS[] = {"latest", "first", "last", "next", "finale", "season finale",
			"penultimate", "pilot", "special", "special 1", "special 2", "s00e01", "0x02",
			"season 0", "today", "yesterday", "tomorrow", "five", "V", "the 5th one", "#5",
			"ep. 3", "제5화", "folge 4", "2023", "2026-11-24", "24 November"};
	const struct marked_episode *episode = &show->episodes[below(world, (unsigned)show->count)];
	char text[128], date[32];
	struct tm day;

	switch (below(world, 12)) {
	case 0:
	case 1: snprintf(text, sizeof(text), "%u", below(world, (unsigned)show->last + 3)); break;
	case 2:
	case 3: snprintf(text, sizeof(text), "s%02de%02d", episode->season, episode->number); break;
	case 4: snprintf(text, sizeof(text), "%dx%02d", episode->season, episode->number); break;
	case 5: snprintf(text, sizeof(text), "-%u", below(world, 4)); break;
	case 6: snprintf(text, sizeof(text), "season %d", episode->season); break;
	case 7: snprintf(text, sizeof(text), "%d-%d", episode->number, episode->number + 2); break;
	case 8: snprintf(text, sizeof(text), "%d of %d", episode->number, show->last); break;
	case 9: snprintf(text, sizeof(text), "%s", episode->title); break;
	case 10:
		gmtime_r(&episode->shown_s, &day);
		strftime(date, sizeof(date), "%Y-%m-%d", &day);
		snprintf(text, sizeof(text), "%s", date);
		break;
	default: snprintf(text, sizeof(text), "%s", WORDS[below(world, sizeof(WORDS) / sizeof(WORDS[0]))]);
	}
	add(world, text);
}

/* The first mark of a text, or something close to it. */
static void add_mark(struct world *world, enum aim aim)
{
	const struct marked_text *text =
			&world->marked.texts[below(world, (unsigned)world->marked.text_count)];
	char mark[MARK_BYTES];
	size_t at = 3 + below(world, MARK_LETTERS - 3);

	memcpy(mark, text->first, sizeof(mark));
	world->text = text;
	world->aim = aim;
	if (aim == AIM_GUESS) {
		if (strcasestr(world->line, "pilot")) /* a show's name, but also a reference */
			world->aim = AIM_ANY;
		switch (below(world, 3)) {
		case 0: mark[at] = 'y'; break;
		case 1: memmove(&mark[at], &mark[at + 1], strlen(&mark[at])); break;
		default: mark[at + 2] = '\0';
		}
	}
	add(world, mark);
}

static void add_sentence(struct world *world, const struct marked_show *show)
{
	static const char *const STARTS[] = {"which episode has", "what happens in", "who is", "when does",
			"the one with", "where", "is there", "what about", "how long", "when did they get to",
			"list of", "tell me about"};

	add(world, STARTS[below(world, sizeof(STARTS) / sizeof(STARTS[0]))]);
	if (below(world, 2)) {
		add_reference(world, show);
	} else {
		add_mark(world, AIM_TEXT);
		world->aim = AIM_ANY;
	}
	if (below(world, 2))
		add(world, "?");
}

/* Commands that change progress or settings are given by declare() alone, and "spoil" by its own test. */
static bool is_left_out(const char *name)
{
	static const char *const LEFT_OUT[] = {"seen", "spoil", "set", "reload", "join", "part", "ignore"};

	for (size_t i = 0; i < sizeof(LEFT_OUT) / sizeof(LEFT_OUT[0]); i++) {
		if (strcmp(name, LEFT_OUT[i]) == 0)
			return true;
	}
	return false;
}

static void add_command(struct world *world)
{
	const struct command_entry *entry;
	const char *alias;
	char name[64];
	size_t length;

	do
		entry = &command_entries[below(world, (unsigned)command_entry_count)];
	while (is_left_out(entry->name));
	alias = below(world, 3) ? NULL : entry->command->aliases[below(world, COMMAND_ALIASES_MAX)];
	snprintf(name, sizeof(name), "!%s", alias ? alias : entry->name);
	length = strlen(name);
	if (!below(world, 25) && length > 4) /* a typo */
		name[2 + below(world, (unsigned)length - 2)] = 'x';
	add(world, name);
}

static void add_arguments(struct world *world, const struct marked_show *show)
{
	if (!below(world, 6))
		add(world, show->name);
	switch (below(world, 9)) {
	case 0: break;
	case 1:
	case 2: add_reference(world, show); break;
	case 3: add_mark(world, AIM_TEXT); break;
	case 4: add_mark(world, AIM_GUESS); break;
	case 5:
		add_mark(world, AIM_TEXT);
		world->aim = AIM_ANY;
		add(world, some_word(world));
		break;
	case 6: add(world, some_word(world)); break;
	case 7: add_sentence(world, show); break;
	default:
		add(world, some_word(world));
		add(world, some_word(world));
		add_reference(world, show);
	}
}

static void write_line(struct world *world)
{
	static const char *const TO_THE_BOT[] = {"!search", "!episode", "!ep", "!who", "!trivia", "!find"};
	const struct marked_show *show = some_show(world);

	world->line[0] = '\0';
	world->aim = AIM_ANY;
	switch (below(world, 10)) {
	case 0: add_sentence(world, show); break;
	case 1: add(world, below(world, 2) ? "!more" : "!next"); break;
	case 2:
		add(world, TO_THE_BOT[below(world, 6)]);
		add_mark(world, below(world, 2) ? AIM_TEXT : AIM_GUESS);
		break;
	case 3: add_reference(world, show); break;
	default: add_command(world); add_arguments(world, show);
	}
}

/* ---------------------------------------------------------------- questions */

static struct message message_of(struct world *world, const char *id)
{
	return (struct message){.id = id,
			.channel = CHANNEL[world->channel],
			.author_id = PERSON[world->person],
			.author_name = PERSON[world->person],
			.account = PERSON[world->person],
			.fingerprint = "",
			.text = world->line,
			.time_ms = (uint64_t)world->now_s * 1000,
			.is_addressed = true,
			.has_private = true};
}

/* Ask world->line. Leaves a choice of the answer in it, if asked for one. */
static bool ask(struct world *world, bool wants_choice)
{
	char id[32], choice[LINE_BYTES] = "";
	struct message message;
	struct question question;
	struct answer answer;

	snprintf(id, sizeof(id), "%lu", ++world->ids);
	world->now_ms += 20000;
	message = message_of(world, id);
	question = dispatch_recognise(world->dispatch, "test", &message, world->now_ms);
	dispatch_answer(world->dispatch, "test", &message, &question, world->now_ms, &answer);
	if (answer.reply) {
		const struct reply *reply = answer.reply;

		if (str_equal(answer.entry->name, "remind"))
			str_printf(&world->reminded, "%s\n", world->line);
		world->is_repeating = str_equal(answer.entry->name, "reminders") || answer.is_rest;
		check_reply(world, reply, answer.entry);
		world->is_repeating = false;
		if (wants_choice && reply->choice_count)
			snprintf(choice, sizeof(choice), "!%s",
					reply->choices[below(world, (unsigned)reply->choice_count)].command);
		if (reply->item_count > 3 && !answer.is_rest)
			answer.position = 1;
	}
	dispatch_keep(world->dispatch, &answer, 0, world->now_ms);
	if (*choice)
		memcpy(world->line, choice, sizeof(choice));
	return *choice;
}

/* Press buttons of the answer, also those of an answer to somebody else. */
static void press(struct world *world)
{
	bool is_more = ask(world, true);

	for (int i = 0; i < 3 && is_more; i++) {
		world->aim = AIM_ANY;
		if (strncmp(world->line, "!seen", 5) == 0 || strncmp(world->line, "!spoil", 6) == 0)
			return;
		world->person = below(world, PEOPLE);
		is_more = ask(world, true);
	}
}

static void complete(struct world *world)
{
	const struct command_entry *entry = &command_entries[below(world, (unsigned)command_entry_count)];
	const struct command_option *option = &entry->command->options[below(world, COMMAND_OPTIONS_MAX)];
	struct str suggestions = STR(256u * 1024);
	struct message asker;

	if (option->type == OPTION_NONE)
		return;
	world->line[0] = '\0';
	world->aim = AIM_ANY;
	if (below(world, 3))
		add_mark(world, below(world, 2) ? AIM_TEXT : AIM_GUESS);
	else if (below(world, 2))
		add_reference(world, some_show(world));
	asker = message_of(world, "");
	dispatch_complete(world->dispatch, "test", &asker, entry->name, option->name, world->line,
			&suggestions);
	world->aim = world->aim == AIM_GUESS ? AIM_ANY : world->aim;
	check_clear(world, str_text(&suggestions), 0);
	check_named(world, str_text(&suggestions));
	str_release(&suggestions);
}

/* ---------------------------------------------------------------- worlds */

static bool is_owner(void *user, const char *gateway, const struct message *message)
{
	(void)user;
	(void)gateway;
	return strcmp(message->account, "boss") == 0;
}

static void on_order(void *user, enum order order)
{
	(void)user;
	(void)order;
}

static void open_world(struct world *world)
{
	struct dispatch_host host = {.user = world};

	world->catalogue = marked_load(&world->marked);
	assert_int_equal(orders_new(on_order, world, &world->orders), 0);
	assert_int_equal(orders_open(world->orders, NULL), 0);
	host.orders = orders_for_dispatch(world->orders);
	host.orders.is_owner = is_owner;
	assert_int_equal(dispatch_new(&host, world->seed, &world->dispatch), 0);
	dispatch_configure(world->dispatch, "!", world->catalogue, NULL);
	world->now_ms = 1000;
}

static void close_world(struct world *world)
{
	dispatch_free(world->dispatch);
	orders_free(world->orders);
	catalogue_free(world->catalogue);
	marked_release(&world->marked);
}

/* Say how far a person and a channel have seen each show, or nothing. */
static void declare(struct world *world)
{
	struct dispatch_orders orders = orders_for_dispatch(world->orders);
	struct progress *progress = orders.progress(orders.user);

	for (size_t i = 0; i < world->marked.show_count; i++) {
		const struct marked_show *show = &world->marked.shows[i];

		for (world->person = 0; world->person < PEOPLE; world->person++) {
			struct message author = message_of(world, "");
			int seen = below(world, 3) ? (int)below(world, (unsigned)show->last + 1)
						   : LINE_UNDECLARED;

			(void)progress_declare(progress, "test", &author, show->id, seen);
			assert_int_equal(progress_of(progress, "test", &author, show->id), seen);
			world->seen[world->person][i] = seen;
		}
		for (int channel = 0; channel < CHANNELS; channel++) {
			struct channel_line line = {.seen = (int)below(world, (unsigned)show->last + 1)};
			bool is_declared = below(world, 2);

			(void)progress_set_channel(progress, "test", CHANNEL[channel], show->id,
					is_declared ? &line : NULL);
			world->channel_seen[channel][i] = is_declared ? line.seen : LINE_UNDECLARED;
		}
	}
}

/* Some day from before the first episode to after the last, far from any air date. */
static void choose_time(struct world *world)
{
	time_t first = INT64_MAX, last = 0;
	bool is_clear = false;

	for (size_t i = 0; i < world->marked.show_count; i++) {
		for (int k = 0; k < world->marked.shows[i].count; k++) {
			time_t at = world->marked.shows[i].episodes[k].shown_s;

			first = at && at < first ? at : first;
			last = at > last ? at : last;
		}
	}
	assert_true(last);
	for (int i = 0; i < 1000 && !is_clear; i++) {
		world->now_s = first - 10 * MARKED_DAY_S +
			       (time_t)random_below(&world->marked.random,
					       (uint64_t)(last - first + 30 * MARKED_DAY_S));
		is_clear = true;
		for (size_t s = 0; s < world->marked.show_count; s++) {
			for (int k = 0; k < world->marked.shows[s].count; k++)
				is_clear &= llabs(world->marked.shows[s].episodes[k].shown_s - world->now_s) >
					    CLEAR_OF_DATE;
		}
	}
	if (!is_clear)
		world->now_s = last + 30 * MARKED_DAY_S;
}

/* "spoil" tells what is veiled in a reply that reaches the asker alone, or not at all. */
static void spoil(struct world *world)
{
	bool has_private = below(world, 2);
	struct message message;
	struct question question;
	struct answer answer;
	char id[32];

	snprintf(world->line, sizeof(world->line), "!spoil");
	world->aim = AIM_ANY;
	if (below(world, 2))
		add_reference(world, some_show(world));
	else
		add_arguments(world, some_show(world));
	snprintf(id, sizeof(id), "%lu", ++world->ids);
	message = message_of(world, id);
	message.has_private = has_private;
	question = dispatch_recognise(world->dispatch, "test", &message, world->now_ms);
	dispatch_answer(world->dispatch, "test", &message, &question, world->now_ms, &answer);
	if (answer.reply && !has_private)
		check_reply(world, answer.reply, answer.entry);
	else if (answer.reply && !answer.reply->is_private)
		report(world, "spoil answers in public", answer.reply->title ? answer.reply->title : "");
	dispatch_keep(world->dispatch, &answer, 0, world->now_ms);
	world->now_ms += FORGOTTEN_MS; /* "more" may tell the rest, in private */
}

/* A planted fault needs one leak. */
static bool is_found(const struct world *world)
{
	return spoiler_mutant != MUTANT_NONE && world->leaks;
}

static void run(struct world *world, uint64_t seed)
{
	world->seed = seed;
	open_world(world);
	for (int i = 0; i < LINES && !is_found(world); i++) {
		if (i % 50 == 0) {
			world->now_ms += FORGOTTEN_MS;
			choose_time(world);
			declare(world);
		}
		world->person = below(world, PEOPLE);
		world->channel = below(world, CHANNELS);
		write_line(world);
		if (below(world, 2))
			press(world);
		else
			ask(world, false);
		complete(world);
		if (i % 10 == 0)
			spoil(world);
	}
	assert_true(is_found(world) || world->answers > LINES / 2);
	close_world(world);
}

/* The number of leaks of one seed. */
static unsigned one_seed(struct world *world, void (*put)(struct marked *marked), long seed)
{
	memset(world, 0, sizeof(*world));
	world->reminded = STR(4u * 1024 * 1024);
	marked_init(&world->marked, (uint64_t)seed);
	put(&world->marked);
	run(world, (uint64_t)seed);
	assert_int_equal(world->reminded.error, 0);
	str_release(&world->reminded);
	return world->leaks;
}

/* The number in an environment variable, if it is set. */
static long number_of(const char *variable, long otherwise)
{
	const char *text = getenv(variable);
	long number = otherwise;

	if (text)
		assert_int_equal(str_to_long(text, 1, LONG_MAX, &number), 0);
	return number;
}

static void each_seed(void (*put)(struct marked *marked))
{
	unsigned leaks = 0, answers = 0, veils = 0;
	long first = number_of("SPOILERS_SEED", 1);
	long last = getenv("SPOILERS_SEED") ? first : number_of("SPOILERS_SEEDS", SEEDS);
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	for (long seed = first; seed <= last; seed++) {
		leaks += one_seed(world, put, seed);
		answers += world->answers;
		veils += world->veils;
	}
	free(world);
	print_message("# seeds %ld to %ld: %u answers, %u with a veil, %u leaks\n", first, last, answers,
			veils, leaks);
	assert_int_equal(leaks, 0);
	assert_true(veils > 0);
}

static void put_shipped(struct marked *marked)
{
	marked_put_file(marked, "data", "all-of-us-are-dead");
}

static void put_by_hand(struct marked *marked)
{
	marked_put_file(marked, "tests/shows/everything", "glass-orchard");
	marked_put_file(marked, "tests/shows/languages", "dalbit-setakso");
	marked_put_file(marked, "tests/shows/languages", "moorlicht");
	marked_put_file(marked, "tests/shows/named", "dark");
}

static void put_invented(struct marked *marked)
{
	marked_put_invented(marked, "saltmarsh", "Saltmarsh");
	marked_put_invented(marked, "pilot", "Pilot");
}

static void put_one_season(struct marked *marked)
{
	marked_put_invented(marked, "lone-hill", "Lone Hill");
}

static void test_shipped_show(void **state)
{
	(void)state;
	each_seed(put_shipped);
}

static void test_shows_by_hand(void **state)
{
	(void)state;
	each_seed(put_by_hand);
}

static void test_invented_shows(void **state)
{
	(void)state;
	each_seed(put_invented);
}

static void test_a_show_alone(void **state)
{
	(void)state;
	each_seed(put_one_season);
}

/* Each planted fault leaks. */
static void test_mutants_are_found(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	(void)state;
	assert_non_null(world);
	for (enum spoiler_mutant mutant = MUTANT_NONE + 1; mutant < MUTANTS; mutant++) {
		unsigned leaks = 0;

		spoiler_mutant = mutant;
		for (long seed = 1; seed <= SEEDS && !leaks; seed++) {
			leaks = one_seed(world, put_invented, seed);
			if (leaks)
				print_message("# \"%s\": found by seed %ld\n", spoiler_mutant_names[mutant],
						seed);
		}
		if (!leaks)
			print_error("not found: %s\n", spoiler_mutant_names[mutant]);
		assert_true(leaks > 0);
	}
	spoiler_mutant = MUTANT_NONE;
	free(world);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_shipped_show),
			cmocka_unit_test(test_shows_by_hand),
			cmocka_unit_test(test_invented_shows),
			cmocka_unit_test(test_a_show_alone),
			cmocka_unit_test(test_mutants_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
