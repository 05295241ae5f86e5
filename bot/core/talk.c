/* From a sentence to a command; greetings, thanks, and words that are no command. */

#include "bot/core/talk.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/character.h"
#include "bot/catalogue/facts.h"
#include "bot/catalogue/search.h"
#include "bot/core/commands.h"
#include "bot/core/request.h"
#include "bot/core/typo.h"

#define NAME_MAX_BYTES 32 /* of a command, with the NUL */

/* ---------------------------------------------------------------- entries that are in no list */

/* A character who may be named to anyone at the start of the show, or NULL. */
static const struct character *early_character(struct request *request)
{
	const struct show *show = request_show(request);

	for (size_t i = 0; i < show->character_count; i++) {
		if (line_tells(request_line(request), show->characters[i].about.reveal, 0))
			return &show->characters[i];
	}
	return NULL;
}

/* Add things to try, from the show: as buttons, and as the end of a text. */
static void try_these(struct request *request, struct str *text)
{
	const struct character *character = early_character(request);
	const struct episode *first = show_episode(request_show(request), 1);

	str_append(text, "Try ");
	if (first) {
		str_printf(text, "%sepisode %d, ", request->prefix, first->order);
		reply_choice(request, "Episode 1", "episode %d", first->order);
	}
	if (character) {
		str_printf(text, "%swho %s", request->prefix, character->name);
		reply_choice(request, character->name, "who %s", character->name);
	} else {
		str_printf(text, "%strivia", request->prefix);
		reply_choice(request, "Trivia", "trivia");
	}
	str_printf(text, " or %srandom.", request->prefix);
	reply_choice(request, "A random one", "random");
}

static int say(struct request *request, struct str *text)
{
	int r = text->error;

	if (!r)
		reply_text(request, "%s", str_text(text));
	str_release(text);
	return r;
}

static int hello(struct request *request)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	str_printf(&text, "Hello! Ask me about %s. ", request_show(request)->name);
	try_these(request, &text);
	return say(request, &text);
}

static int thanks(struct request *request)
{
	return reply_text(request, "Any time! %shelp lists what I can do.", request->prefix);
}

static int sorry(struct request *request)
{
	return reply_text(request, "Sorry about that. %shelp lists what I can do.", request->prefix);
}

static int nothing(struct request *request)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	request->reply->kind = REPLY_PROBLEM;
	str_printf(&text, "I don't know what you mean: I answer questions about %s. ",
			request_show(request)->name);
	try_these(request, &text);
	return say(request, &text);
}

/* "epsiode 5" -> "Did you mean !episode?", with "episode 5" to choose. */
static int typo(struct request *request)
{
	const char *words = request_text(request, "words");
	size_t length = strcspn(words ? words : "", " ");
	char word[NAME_MAX_BYTES], quoted[UTF8_QUOTE_BYTES];
	const char *name;

	if (!words || length >= sizeof(word))
		return nothing(request);
	memcpy(word, words, length);
	word[length] = '\0';
	name = typo_of(word, request->is_owner);
	if (!name)
		return nothing(request);
	reply_problem(request, "Did you mean %s%s?", request->prefix, name);
	request->reply->is_private = request_has_private(request);
	words += length;
	return reply_choice(request, utf8_quote(name, quoted), "%s%s", name, words);
}

static int unknown(struct request *request)
{
	reply_problem(request, "There's no command \"%s\". %shelp lists them.",
			request_quote(request, "words"), request->prefix);
	return reply_choice(request, "help", "help");
}

#define WORDS_OPTION                                                                                         \
	{                                                                                                    \
		{                                                                                            \
			.name = "words", .type = OPTION_TEXT                                                 \
		}                                                                                            \
	}

static const struct command HELLO = {.summary = "Greets", .run = hello};
static const struct command THANKS = {.summary = "Accepts thanks", .run = thanks};
static const struct command SORRY = {.summary = "Apologises", .run = sorry};
static const struct command NOTHING = {.summary = "Says what can be asked", .run = nothing};
static const struct command TYPO = {.summary = "Suggests the right command",
		.options = WORDS_OPTION,
		.is_about_no_show = true,
		.run = typo};
static const struct command UNKNOWN = {.summary = "Says that there is no such command",
		.options = WORDS_OPTION,
		.is_about_no_show = true,
		.run = unknown};

static const struct command_entry hello_entry = {"hello", &HELLO}, thanks_entry = {"thanks", &THANKS},
				  sorry_entry = {"sorry", &SORRY}, nothing_entry = {"nothing", &NOTHING};
const struct command_entry talk_typo = {"typo", &TYPO}, talk_unknown = {"unknown", &UNKNOWN};

bool talk_is_small(const struct command_entry *entry)
{
	return entry == &hello_entry || entry == &thanks_entry || entry == &sorry_entry ||
	       entry == &nothing_entry || entry == &talk_typo || entry == &talk_unknown;
}

/* ---------------------------------------------------------------- from a sentence to a command */

static const struct command_entry *command_or(const char *name, const char *other)
{
	const struct command_entry *entry = commands_find(name);

	return entry ? entry : commands_find(other);
}

static bool is_character(const struct show *show, const char *words)
{
	struct character_match match;

	return character_find(show, words, CHARACTER_ALL, &match) || match.candidate_count > 1;
}

/* True if there is a fact about the words that anyone may be told. */
static bool is_subject(const struct show *show, const char *words)
{
	struct fact_hit hits[FACTS_ABOUT_MAX];
	size_t count = facts_about(show, words, hits, FACTS_ABOUT_MAX);

	for (size_t i = 0; i < count; i++) {
		if (hits[i].fact->reveal == 0)
			return true;
	}
	return false;
}

/* A subject of unknown kind: the name of the command that knows most about it. */
static const char *command_about(const struct show *show, const char *words, const char *otherwise)
{
	char reference[SENTENCE_MAX_BYTES];

	if (sentence_reference(words, reference))
		return "episode";
	if (is_character(show, words))
		return "who";
	return is_subject(show, words) ? "trivia" : otherwise;
}

/* The entry for what a sentence asks for, of which the table may lack some. */
static const struct command_entry *entry_for(const struct show *show, const struct sentence *sentence)
{
	const char *name = sentence->command;
	struct search_hit hit;

	if (!*name)
		return &nothing_entry;
	if (str_equal(name, SENTENCE_HELLO))
		return &hello_entry;
	if (str_equal(name, SENTENCE_THANKS))
		return &thanks_entry;
	if (str_equal(name, SENTENCE_SORRY))
		return &sorry_entry;
	if (str_equal(name, SENTENCE_TELL) || str_equal(name, SENTENCE_WORDS))
		name = command_about(show, sentence->words, "search");
	else if (str_equal(name, SENTENCE_WHO))
		name = command_about(show, sentence->words,
				search_episodes(show, sentence->words, SEARCH_ALL, &hit, 1) ? "search"
											    : "who");
	return command_or(name, "show");
}

bool talk_choose(const struct show *show, const char *text, struct talk *ret)
{
	struct sentence sentence;

	sentence_read(text, &sentence);
	memcpy(ret->words, sentence.words, sizeof(ret->words));
	ret->entry = entry_for(show, &sentence);
	if (!ret->entry || ret->entry->command->permission == PERMISSION_OWNER)
		ret->entry = &nothing_entry;
	return *sentence.command && !str_equal(sentence.command, SENTENCE_WORDS);
}

bool talk_is_sentence(const struct command_entry *entry, const char *rest)
{
	static const char *const COMMANDS[] = {
			"airdate", "help", "next", "search", "show", "episodes", "trivia", "random"};
	static const char *const VERBS[] = {"is", "are", "was", "were", "does", "did", "do", "will", "has",
			"have", "can", "me", "us", "all", "a", "it", "i", "plays", "comes", "on", "about",
			"airs"};
	char word[NAME_MAX_BYTES];
	size_t length;
	bool is_verb = false;

	rest += strspn(rest, " ");
	length = strcspn(rest, " ?!.,");
	if (!length || length >= sizeof(word))
		return false;
	if (str_equal(entry->name, "who") && strchr(rest, ' '))
		return true; /* "who escapes from the camp" */
	memcpy(word, rest, length);
	word[length] = '\0';
	for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++)
		is_verb |= str_equal_nocase(word, VERBS[i]);
	for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]) && is_verb; i++) {
		if (str_equal(entry->name, COMMANDS[i]))
			return true;
	}
	return false;
}

const struct command_entry *talk_joined(const char *word, size_t *ret_length)
{
	const struct command_entry *entry;
	char name[NAME_MAX_BYTES], reference[SENTENCE_MAX_BYTES];
	size_t length = 0;

	while (isalpha((unsigned char)word[length]))
		length++;
	if (length >= sizeof(name))
		return NULL;
	if (length && isdigit((unsigned char)word[length]) &&
			word[length + strspn(word + length, "0123456789")] == '\0') {
		memcpy(name, word, length);
		name[length] = '\0';
		entry = commands_find(name);
		if (entry && entry->command->options[0].type == OPTION_EPISODE) {
			*ret_length = length;
			return entry;
		}
	}
	if (!strpbrk(word, "0123456789") || !sentence_reference(word, reference))
		return NULL;
	*ret_length = 0;
	return commands_find("episode");
}

enum talk_word talk_look_up(const char *word, bool is_owner, const char **ret_name)
{
	const struct command_entry *entry = commands_find(word);
	size_t length;

	if (!entry)
		entry = talk_joined(word, &length);
	*ret_name = entry ? entry->name : sentence_has_word(word) ? NULL : typo_of(word, is_owner);
	if (entry)
		return TALK_WORD_COMMAND;
	if (*ret_name)
		return TALK_WORD_TYPO;
	*ret_name = "";
	return TALK_WORD_OTHER;
}
