/* Pauses and gaps between lines to throttled targets. */

#include "bot/gateway/irc/pace.h"

#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/irc/isupport.h"

static struct irc_pace *find(struct irc_paces *paces, const char *target)
{
	const char *name = irc_target_channel(target);

	for (size_t i = 0; i < paces->count; i++) {
		if (str_equal_nocase(paces->list[i].name, name))
			return &paces->list[i];
	}
	return NULL;
}

static struct irc_pace *add(struct irc_paces *paces, const char *target)
{
	const char *name = irc_target_channel(target);
	size_t length = strlen(name);
	struct irc_pace *pace = &paces->list[0];

	if (length >= IRC_PACE_NAME_BYTES)
		return NULL;
	for (size_t i = 1; i < paces->count; i++) {
		if (paces->list[i].refused_ms < pace->refused_ms)
			pace = &paces->list[i];
	}
	if (paces->count < IRC_PACES_MAX)
		pace = &paces->list[paces->count++];
	*pace = (struct irc_pace){.gap_ms = IRC_PACE_GAP_MS};
	memcpy(pace->name, name, length + 1);
	return pace;
}

/* A line that was on the way when the target was refused does not lengthen the gap again. */
void irc_paces_refused(struct irc_paces *paces, const char *target, uint64_t hold_ms, uint64_t now_ms)
{
	struct irc_pace *pace = find(paces, target);

	if (!pace)
		pace = add(paces, target);
	else if (now_ms - pace->refused_ms > IRC_PACE_REMEMBERS_MS)
		pace->gap_ms = IRC_PACE_GAP_MS;
	else if (now_ms >= pace->ready_ms || now_ms - pace->refused_ms >= hold_ms)
		pace->gap_ms = pace->gap_ms < IRC_PACE_GAP_MAX_MS ? pace->gap_ms * 2 : IRC_PACE_GAP_MAX_MS;
	if (!pace)
		return;
	pace->refused_ms = now_ms;
	if (pace->ready_ms < now_ms + hold_ms)
		pace->ready_ms = now_ms + hold_ms;
}

void irc_paces_sent(struct irc_paces *paces, const char *target, size_t lines, uint64_t now_ms)
{
	struct irc_pace *pace = find(paces, target);

	if (pace && now_ms - pace->refused_ms <= IRC_PACE_REMEMBERS_MS)
		pace->ready_ms = now_ms + pace->gap_ms * lines;
}

uint64_t irc_paces_ready_ms(const struct irc_paces *paces, const char *target)
{
	const char *name = irc_target_channel(target);

	for (size_t i = 0; i < paces->count; i++) {
		if (str_equal_nocase(paces->list[i].name, name))
			return paces->list[i].ready_ms;
	}
	return 0;
}
