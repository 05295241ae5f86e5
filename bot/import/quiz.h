#ifndef EPISODED_IMPORT_QUIZ_H
#define EPISODED_IMPORT_QUIZ_H

/* A question of a quiz as a fact of a show. A dataset's facts are understood on their own, so a fact has both the question and
 * its answer: "Who keeps the lighthouse? Ada Lund." */

#include "bot/import/source.h"

#define QUIZ_CHOICES_MAX 8

struct quiz_question {
	const char *text;   /* as a draft reads texts: HTML, or plain text without a tag or an entity in it */
	const char *answer; /* the one that is shown */
	/* All choices, of a question that offers some ("Which of these ..."); else 0. */
	const char *choices[QUIZ_CHOICES_MAX];
	size_t choice_count;
	bool is_statement; /* text is no question: it is true or false */
	bool is_true;      /* of a statement */
	struct origin at;
};

/* The reveal that "--reveal" asks for; without it REVEAL_LAST, because a quiz does not know episodes. -EBADMSG with a note. */
int quiz_reveal(const struct import_options *options, const struct import_input *input, struct notes *notes,
		struct draft_reveal *ret);

/* Add it to the trivia of the show. */
void quiz_add(struct show_draft *draft, const struct quiz_question *question, struct draft_reveal reveal,
		struct notes *notes);

#endif
