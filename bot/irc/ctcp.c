/* CTCP queries. */

#include "bot/irc/ctcp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/homepage.h"
#include "bot/base/str.h"

#define QUESTION_MAX_BYTES 100 /* a longer PING is not echoed */

enum { CLIENTINFO, PING, SOURCE, TIME, VERSION };
static const char *const words[] = {"CLIENTINFO", "PING", "SOURCE", "TIME", "VERSION"};

static bool is_allowed(struct irc_ctcp *ctcp, const char *who, uint64_t now_ms)
{
	uint64_t asker = str_hash(0, who, strlen(who));
	unsigned own = 0, i;

	if (ctcp->answers == 0 || now_ms - ctcp->window_ms >= IRC_CTCP_WINDOW_MS) {
		ctcp->window_ms = now_ms;
		ctcp->answers = 0;
	}
	for (i = 0; i < ctcp->answers; i++)
		own += ctcp->askers[i] == asker;
	if (ctcp->answers == IRC_CTCP_ANSWERS_MAX || own == IRC_CTCP_PERSON_MAX)
		return false;
	ctcp->askers[ctcp->answers++] = asker;
	return true;
}

int irc_ctcp_answer(struct irc_ctcp *ctcp, const char *who, const char *text, uint64_t now_ms,
		uint64_t wall_ms, char ret[IRC_CTCP_ANSWER_MAX_BYTES])
{
	char word[QUESTION_MAX_BYTES + 1], time[CLOCK_ISO_BYTES], *arguments;
	size_t length = strcspn(text + 1, "\x01");
	const char *answer;
	size_t i;

	if (length > QUESTION_MAX_BYTES)
		return -ENOENT;
	memcpy(word, text + 1, length);
	word[length] = '\0';
	arguments = word + strcspn(word, " ");
	if (*arguments)
		*arguments++ = '\0';

	clock_iso(wall_ms, time);
	for (i = 0; i < sizeof(words) / sizeof(words[0]) && !str_equal_nocase(word, words[i]); i++)
		;
	switch (i) {
	case CLIENTINFO:
		answer = *homepage ? "ACTION CLIENTINFO PING SOURCE TIME VERSION"
				   : "ACTION CLIENTINFO PING TIME VERSION";
		break;
	case PING: answer = arguments; break;
	case SOURCE: answer = homepage; break;
	case TIME: answer = time; break;
	case VERSION: answer = "episoded " EPISODED_VERSION; break;
	default: return -ENOENT;
	}
	if (i == SOURCE && !*homepage)
		return -ENOENT;
	if (!is_allowed(ctcp, who, now_ms))
		return -ENOENT;
	snprintf(ret, IRC_CTCP_ANSWER_MAX_BYTES, "\x01%s %s\x01", words[i], answer);
	return 0;
}
