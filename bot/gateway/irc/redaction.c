/* Answers that are taken back because their question was. */

#include "bot/gateway/irc/redaction.h"

#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"

#define REASON "its question was taken back"

static void clear(struct irc_redaction_answer *answer)
{
	free(answer->target);
	free(answer->ids);
	*answer = (struct irc_redaction_answer){0};
}

void irc_redaction_release(struct irc_redaction *redaction)
{
	for (size_t i = 0; i < IRC_REDACTION_MAX; i++)
		clear(&redaction->answers[i]);
	redaction->next = 0;
}

static uint64_t hash_of(const char *question)
{
	uint64_t hash = str_hash(0, question, strlen(question));

	return hash ? hash : 1;
}

static struct irc_redaction_answer *find(struct irc_redaction *redaction, const char *question)
{
	uint64_t hash = hash_of(question);

	for (size_t i = 0; i < IRC_REDACTION_MAX; i++) {
		if (redaction->answers[i].question == hash)
			return &redaction->answers[i];
	}
	return NULL;
}

static struct irc_redaction_answer *add(struct irc_redaction *redaction, const char *question)
{
	struct irc_redaction_answer *answer = &redaction->answers[redaction->next];

	redaction->next = (redaction->next + 1) % IRC_REDACTION_MAX;
	clear(answer);
	answer->question = hash_of(question);
	return answer;
}

static void redact(const char *target, const char *id, struct irc_outbox *outbox, uint64_t now_ms)
{
	/* What the queue has no room for stays: a flood of REDACT would end the connection. */
	(void)irc_outbox_push(outbox, "", IRC_LINE("REDACT", target, id, REASON), now_ms);
}

/* The echo and the history may tell of the same message. */
static bool has_id(const char *ids, const char *id)
{
	size_t length = strlen(id);

	for (; *ids; ids += strcspn(ids, " "), ids += *ids == ' ') {
		if (strcspn(ids, " ") == length && memcmp(ids, id, length) == 0)
			return true;
	}
	return false;
}

static void keep(struct irc_redaction_answer *answer, const char *target, const char *id)
{
	struct str ids = STR(IRC_REDACTION_IDS_BYTES);
	char *text;

	if (answer->ids && has_id(answer->ids, id))
		return;
	str_printf(&ids, "%s%s%s", answer->ids ? answer->ids : "", answer->ids ? " " : "", id);
	if (!answer->target)
		answer->target = str_copy(target);
	if (answer->target && !ids.error && str_take(&ids, &text) == 0) {
		free(answer->ids);
		answer->ids = text;
	}
	str_release(&ids);
}

void irc_redaction_note(struct irc_redaction *redaction, const char *question, const char *target,
		const char *id, struct irc_outbox *outbox, uint64_t now_ms)
{
	struct irc_redaction_answer *answer;

	if (!*question || !*id || strchr(id, ' '))
		return;
	answer = find(redaction, question);
	if (answer && answer->is_unwanted)
		redact(target, id, outbox, now_ms);
	else
		keep(answer ? answer : add(redaction, question), target, id);
}

void irc_redaction_take_back(struct irc_redaction *redaction, const char *question, bool is_under_way,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	struct irc_redaction_answer *answer = find(redaction, question);
	char *id, *rest;

	if (!answer && is_under_way)
		answer = add(redaction, question);
	if (!answer)
		return;
	rest = answer->ids;
	while (answer->target && (id = strsep(&rest, " ")) != NULL)
		redact(answer->target, id, outbox, now_ms);
	free(answer->ids);
	answer->ids = NULL;
	answer->is_unwanted = is_under_way;
}
