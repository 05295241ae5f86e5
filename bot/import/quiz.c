/* A question of a quiz as a fact of a show. */

#include "bot/import/quiz.h"

#include <errno.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/catalogue/html.h"

#define QUESTION_BYTES 65536

int quiz_reveal(const struct import_options *options, const struct import_input *input, struct notes *notes,
		struct draft_reveal *ret)
{
	*ret = (struct draft_reveal){.kind = REVEAL_LAST};
	if (!options->reveal || draft_reveal_from(options->reveal, ret) == 0)
		return 0;
	notes_add(notes, NOTE_PROBLEM, (struct origin){.input = input},
			"--reveal \"%s\" is not an episode; write s02e02, last, or 0 for no spoiler",
			options->reveal);
	return -EBADMSG;
}

/* The last sign of a text as people read it; '\0': it is empty. */
static char last_sign(const char *html)
{
	struct str plain = STR(QUESTION_BYTES);
	char last;

	html_plain(&plain, html);
	last = plain.length > 0 ? str_text(&plain)[plain.length - 1] : '\0';
	str_release(&plain);
	return last;
}

/* Append a text, and the sign that ends a sentence where it has no such sign. */
static void append_sentence(struct str *str, const char *html, char end)
{
	char last = last_sign(html);

	str_append(str, html);
	if (last && !strchr(".?!:\"", last))
		str_append_char(str, end);
}

/* Append an answer as a sentence: "lamp" as "Lamp.", but "iPod" stays. */
static void append_answer(struct str *str, const char *html)
{
	bool is_word = *html >= 'a' && *html <= 'z' && !(html[1] >= 'A' && html[1] <= 'Z');

	if (is_word)
		str_append_char(str, (char)(*html - 'a' + 'A'));
	append_sentence(str, html + is_word, '.');
}

/* Only a question that speaks of its choices needs them. */
static bool offers_choices(const char *text)
{
	static const char *const WORDS[] = {"of these", "of the following", "which one", "following"};

	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		if (strcasestr(text, WORDS[i]))
			return true;
	}
	return false;
}

/* " (Ada, Ben or Cleo)", in the order of the alphabet, so that the place does not tell the answer. */
static void append_choices(struct str *str, const struct quiz_question *question)
{
	size_t order[QUIZ_CHOICES_MAX];

	for (size_t i = 0; i < question->choice_count; i++) {
		size_t place = i;

		for (; place > 0 && strcasecmp(question->choices[order[place - 1]], question->choices[i]) > 0;
				place--)
			order[place] = order[place - 1];
		order[place] = i;
	}
	for (size_t i = 0; i < question->choice_count; i++) {
		str_append(str, i == 0 ? " (" : i + 1 == question->choice_count ? " or " : ", ");
		str_append(str, question->choices[order[i]]);
	}
	str_append_char(str, ')');
}

static void append_question(struct str *str, const struct quiz_question *question)
{
	append_sentence(str, question->text, ':');
	if (question->choice_count > 1 && offers_choices(question->text))
		append_choices(str, question);
	str_append_char(str, ' ');
	if (last_sign(question->text) == '?')
		append_answer(str, question->answer);
	else
		append_sentence(str, question->answer, '.');
}

static void append_statement(struct str *str, const struct quiz_question *question)
{
	if (!question->is_true)
		str_append(str, "True or false: ");
	append_sentence(str, question->text, '.');
	if (!question->is_true)
		str_append(str, " False.");
}

void quiz_add(struct show_draft *draft, const struct quiz_question *question, struct draft_reveal reveal,
		struct notes *notes)
{
	struct str fact = STR(QUESTION_BYTES);

	if (question->is_statement)
		append_statement(&fact, question);
	else
		append_question(&fact, question);
	if (fact.error == -ENOMEM)
		draft->arena.error = -ENOMEM;
	if (fact.error == -EMSGSIZE)
		notes_add(notes, NOTE_DROPPED, question->at, "a question of over %d bytes", QUESTION_BYTES);
	else if (fact.error == 0)
		draft_add_fact(draft, &draft->lists[SHOW_TRIVIA], question->at, str_text(&fact), reveal,
				notes);
	str_release(&fact);
}
