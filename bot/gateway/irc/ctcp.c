/* Client-to-client questions. */

#include "bot/gateway/irc/ctcp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/clock.h"

#define SOURCE_URL         "https://github.com/episoded/episoded"
#define QUESTION_MAX_BYTES 100 /* a longer PING is not echoed */

static bool is_allowed(struct irc_ctcp *ctcp, uint64_t now_ms)
{
	if (ctcp->answers == 0 || now_ms - ctcp->window_ms >= IRC_CTCP_WINDOW_MS) {
		ctcp->window_ms = now_ms;
		ctcp->answers = 0;
	}
	if (ctcp->answers == IRC_CTCP_ANSWERS_MAX)
		return false;
	ctcp->answers++;
	return true;
}

int irc_ctcp_answer(struct irc_ctcp *ctcp, const char *text, uint64_t now_ms, uint64_t wall_ms,
	char ret[IRC_CTCP_ANSWER_MAX_BYTES])
{
	char word[QUESTION_MAX_BYTES + 1], time[CLOCK_ISO_BYTES], *arguments;
	size_t length = strcspn(text + 1, "\x01");
	const char *answer;

	if (length > QUESTION_MAX_BYTES)
		return -ENOENT;
	memcpy(word, text + 1, length);
	word[length] = '\0';
	arguments = word + strcspn(word, " ");
	if (*arguments)
		*arguments++ = '\0';

	clock_iso(wall_ms, time);
	if (strcmp(word, "VERSION") == 0)
		answer = "episoded " EPISODED_VERSION;
	else if (strcmp(word, "PING") == 0)
		answer = arguments;
	else if (strcmp(word, "TIME") == 0)
		answer = time;
	else if (strcmp(word, "CLIENTINFO") == 0)
		answer = "ACTION CLIENTINFO PING SOURCE TIME VERSION";
	else if (strcmp(word, "SOURCE") == 0)
		answer = SOURCE_URL;
	else
		return -ENOENT;
	if (!is_allowed(ctcp, now_ms))
		return -ENOENT;
	snprintf(ret, IRC_CTCP_ANSWER_MAX_BYTES, "\x01%s %s\x01", word, answer);
	return 0;
}
