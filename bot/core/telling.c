/* What a reply may show: each text or picture that tells what happens passes here, and line_tells() decides. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/catalogue/character.h"
#include "bot/catalogue/picture.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/telling.h"
#include "bot/core/commands.h"
#include "bot/core/dispatch.h"
#include "bot/core/progress.h"
#include "bot/core/request.h"

#define GOOD_SHARE 0.34 /* of the best score; worse results of a search are left out */

const struct line *request_line(struct request *request)
{
	const struct progress *progress = progress_in(request->host);
	int seen = LINE_UNDECLARED;

	if (request->line.show == request->show)
		return &request->line;
	if (progress)
		seen = progress_line(progress, request->gateway, request->message, request->show);
	request->line = line_of(request->show, seen, request->message->time_ms);
	return &request->line;
}

static bool may_tell(struct request *request, int reveal)
{
	return request->is_spoiling || line_tells(request_line(request), reveal, request->asked);
}

static bool may_tell_episode(struct request *request, const struct episode *episode)
{
	return request->is_spoiling || line_tells_episode(request_line(request), episode);
}

const char *request_label(
		struct request *request, const struct episode *episode, char buffer[EPISODE_LABEL_BYTES])
{
	return may_tell(request, episode->title_reveal) ? episode_label(episode, buffer)
							: episode_label_untitled(episode, buffer);
}

const char *request_mention(
		struct request *request, const struct episode *episode, char buffer[EPISODE_LABEL_BYTES])
{
	request_label(request, episode, buffer);
	if (*buffer >= 'A' && *buffer <= 'Z')
		*buffer = (char)(*buffer - 'A' + 'a');
	return buffer;
}

/* Say that a part is veiled. The words are the same for all reveals: a number would tell how far the text reaches. */
static void veil(struct request *request)
{
	reply_set_spoiler(request->reply, "Spoils a later episode");
}

/* "spoil who onjo": what was asked, once more. */
static void veil_words(struct request *request)
{
	struct str spoil = STR(REPLY_TEXT_MAX_BYTES);

	veil(request);
	str_printf(&spoil, "spoil %s%s%s", request->entry->name, *request->words ? " " : "", request->words);
	if (spoil.length < REPLY_TITLE_MAX_BYTES) /* a command that was cut would ask for something else */
		reply_set_spoil(request->reply, str_text(&spoil));
	str_release(&spoil);
}

/* "spoil 9", "spoil s02e03", "spoil dark s02e03" in a channel about another show. */
static void veil_episode(struct request *request, const struct episode *episode)
{
	struct str spoil = STR(REPLY_TITLE_MAX_BYTES);
	char code[EPISODE_LABEL_BYTES];

	veil(request);
	str_printf(&spoil, "spoil %s", episode_code(episode, code));
	request_name_show(request, &spoil);
	if (!spoil.error)
		reply_set_spoil(request->reply, str_text(&spoil));
	str_release(&spoil);
}

/* "Blood" for "blood". */
static void append_capital(struct str *str, const char *word)
{
	str_append_char(str, *word >= 'a' && *word <= 'z' ? (char)(*word - 'a' + 'A') : *word);
	str_append(str, word + 1);
}

int reply_tell(struct request *request, const struct fact *fact)
{
	reply_set_text(request->reply, telling_text(fact->text));
	request->reply->is_text_veiled = !may_tell(request, fact->reveal);
	if (request->reply->is_text_veiled)
		veil_words(request);
	return 0;
}

int reply_tell_item(struct request *request, const struct fact *fact)
{
	if (may_tell(request, fact->reveal)) {
		reply_add_item(request->reply, telling_text(fact->text));
		return 0;
	}
	reply_add_veiled_item(request->reply, telling_text(fact->text));
	veil_words(request);
	return 0;
}

int reply_tell_warning(struct request *request, const struct warning *warning)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);
	const char *note = telling_text(warning->note.text);
	bool tells = may_tell(request, warning->note.reveal);

	append_capital(&text, warning_text(warning->kind));
	if (*note && tells)
		str_printf(&text, ": %s", note);
	reply_add_item(request->reply, str_text(&text));
	str_release(&text);
	return *note && !tells ? reply_tell_item(request, &warning->note) : 0;
}

/* In a channel with "set warnings on": the categories of an episode and its show, in front of the synopsis. */
static void append_warnings(const struct request *request, const struct episode *episode, struct str *text)
{
	const struct show *show = episode->show;
	bool has[WARNING_COUNT] = {false};

	if (!request->settings || !request->settings->has_warnings)
		return;
	for (size_t i = 0; i < show->warning_count; i++)
		has[show->warnings[i].kind] = true;
	for (size_t i = 0; i < episode->warning_count; i++)
		has[episode->warnings[i].kind] = true;
	for (size_t i = 0; i < WARNING_COUNT; i++) {
		if (has[i])
			str_printf(text, "%s%s", text->length ? ", " : "Content warnings: ",
					warning_text((enum warning_kind)i));
	}
	if (text->length)
		str_append_char(text, '.');
}

int reply_tell_episode(struct request *request, const struct episode *episode)
{
	const char *summary = telling_text(episode->summary);
	struct str teaser = STR(REPLY_TEXT_MAX_BYTES);

	reply_set_text(request->reply, *summary ? summary : "There's no synopsis yet.");
	request->reply->is_text_veiled = *summary && !may_tell_episode(request, episode);
	append_warnings(request, episode, &teaser);
	if (*episode->teaser && (!*summary || request->reply->is_text_veiled))
		str_printf(&teaser, "%s%s", teaser.length ? " " : "", episode->teaser);
	if (teaser.length)
		reply_set_teaser(request->reply, str_text(&teaser));
	str_release(&teaser);
	if (request->reply->is_text_veiled)
		veil_episode(request, episode);
	return 0;
}

static int in_story_order(const void *a, const void *b)
{
	const struct search_hit *one = a, *other = b;

	return (one->episode > other->episode) - (one->episode < other->episode);
}

/* Keep the hits that have all words; if no hit has, those that are not much worse than the best. */
static size_t keep_good(struct search_hit *hits, size_t count)
{
	bool has_all = false;
	double worst = count ? hits[0].score * GOOD_SHARE : 0;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		has_all = has_all || hits[i].has_all;
	for (size_t i = 0; i < count; i++) {
		if (has_all ? hits[i].has_all : hits[i].score >= worst)
			hits[kept++] = hits[i];
	}
	return kept;
}

int request_search(struct request *request, const char *words, struct request_found *ret, size_t limit,
		size_t *ret_count)
{
	const struct show *show = request->show;
	int limit_order = request->is_spoiling ? SEARCH_ALL : line_limit(request_line(request));
	struct search_hit *hits = calloc(show->episode_count + 1, sizeof(*hits));
	size_t found, count = 0;

	if (!hits)
		return -ENOMEM;
	found = search_episodes(show, words, limit_order, hits, show->episode_count);
	for (size_t i = 0; i < found; i++) {
		if (may_tell_episode(request, hits[i].episode))
			hits[count++] = hits[i];
	}
	count = keep_good(hits, count);
	if (count > 1)
		qsort(hits, count, sizeof(*hits), in_story_order);
	for (size_t i = 0; i < count && i < limit; i++) {
		struct str reason = STR(REQUEST_REASON_BYTES - 1);

		search_reason(&hits[i], words, &reason);
		ret[i].episode = hits[i].episode;
		snprintf(ret[i].reason, sizeof(ret[i].reason), "%s", reason.error ? "" : str_text(&reason));
		str_release(&reason);
	}
	free(hits);
	*ret_count = count;
	return 0;
}

/* ---------------------------------------------------------------- told in private */

/* The command of the words "who onjo" and what follows it; NULL: they are a reference to an episode. */
static const struct command_entry *spoiled_command(const struct request *request, const char **words)
{
	const char *start = *words;
	char word[32] = "";
	size_t length;
	const struct command_entry *entry;

	if (str_starts(start, request->prefix))
		start += strlen(request->prefix);
	length = strcspn(start, " ");
	if (length < sizeof(word))
		memcpy(word, start, length);
	entry = commands_find(word);
	if (!entry || entry->command->permission != PERMISSION_ANYONE || entry->command->has_effect ||
			entry == request->entry)
		return NULL;
	start += length;
	*words = start + strspn(start, " ");
	return entry;
}

int request_spoil(struct request *request, const char *words)
{
	const struct command_entry *entry;
	char *copy;
	int r;

	if (!request_has_private(request))
		return reply_problem(request,
				"I can't reach you alone here, so I won't tell it. Please ask me in "
				"a private message.");
	copy = str_copy(words); /* owned by an argument that is freed */
	if (!copy)
		return -ENOMEM;
	words = copy;
	entry = spoiled_command(request, &words);
	request_release_arguments(request);
	request->entry = entry ? entry : commands_find("episode");
	request->is_spoiling = true;
	r = request_parse(request, words);
	if (!r)
		r = request->entry->command->run(request);
	request->reply->is_private = true;
	free(copy);
	return r == -EINVAL ? 0 : r;
}

/* ---------------------------------------------------------------- pictures */

/* The link is in the text, because not every network shows pictures. A picture shows what its text tells. */
static int tell_picture(struct request *request, const char *image, bool tells)
{
	if (!image || !*image)
		return reply_text(request, "I have no picture of it.");
	if (picture_is_file(image))
		reply_text(request, "This picture is a file of mine: Discord and the lobby's page show it.");
	else
		reply_text(request, "%s", image);
	if (tells)
		return reply_image(request, image);
	request->reply->is_text_veiled = true;
	veil_words(request);
	return 0;
}

/* "bruno" is a character, though it may also be in the story of an episode. */
static bool is_part_of_name(struct request *request, const char *words)
{
	struct character_match match;
	const struct character *character =
			character_find(request->show, words, line_limit(request_line(request)), &match);

	return character && strcasestr(character->name, words);
}

static int tell_character_picture(struct request *request, const char *words)
{
	struct character_match match;
	const struct character *character =
			character_find(request->show, words, line_limit(request_line(request)), &match);

	if (!character)
		return reply_problem(request, "%s", match.reason);
	reply_title(request, "%s", character->name);
	return tell_picture(request, character->image,
			may_tell(request, character->about.reveal) && request_may_name(request, character));
}

int reply_picture(struct request *request, const struct episode *episode, const char *words)
{
	char label[EPISODE_LABEL_BYTES];

	if (words && (!episode || is_part_of_name(request, words)))
		return tell_character_picture(request, words);
	if (!episode) {
		reply_title(request, "%s", request->show->name);
		return tell_picture(request, request->show->image, true);
	}
	request_about(request, episode);
	reply_title(request, "%s", request_label(request, episode, label));
	return tell_picture(request, episode->image, may_tell_episode(request, episode));
}
