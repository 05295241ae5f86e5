/* The wanted channels and the joined ones. */

#include "bot/gateway/irc/channels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_DELAY_MS     (30 * 1000)
#define RETRY_DELAY_MAX_MS (60 * 60 * 1000)
#define RETRY_SLOW         4 /* failures that a ban counts as: first retry after 8 minutes */
#define ASK_AGAIN_MS       (60 * 1000)
#define INVITE_EVERY_MS    (60 * 1000) /* between accepted invitations to one channel; doubled with each */
#define INVITE_FORGET_MS   (60 * 60 * 1000)
#define INVITES_COUNTED    6           /* 64 minutes */
#define REJOIN_DELAY_MS    (10 * 1000) /* after a kick; doubled with each */
#define KICKS_MAX          3           /* in KICK_WINDOW_MS; after that the channel is not joined again */
#define KICK_WINDOW_MS     (10 * 60 * 1000)
#define JOIN_MAX_BYTES     (IRC_LINELEN_DEFAULT - 2 - 5) /* names in a JOIN, without "JOIN " and CRLF */

void irc_channels_release(struct irc_channels *channels)
{
	size_t i;

	for (i = 0; i < channels->count; i++) {
		free(channels->list[i].name);
		free(channels->list[i].current);
	}
	free(channels->list);
	*channels = (struct irc_channels){0};
}

/* By the present or the configured name. NULL if the channel is neither wanted nor joined. */
static struct irc_channel *find(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	struct irc_channel *configured = NULL;

	for (size_t i = 0; i < channels->count; i++) {
		struct irc_channel *channel = &channels->list[i];

		if (irc_casemap_equal(isupport->casemap, irc_channel_current(channel), name))
			return channel;
		if (channel->current && irc_casemap_equal(isupport->casemap, channel->name, name))
			configured = channel;
	}
	return configured;
}

struct irc_channel *irc_channels_renamed(struct irc_channels *channels, const char *from, const char *to,
		const struct irc_isupport *isupport)
{
	struct irc_channel *channel = find(channels, from, isupport);
	char *current;

	if (!channel || strlen(to) > IRC_CHANNEL_NAME_MAX_BYTES)
		return NULL;
	current = str_copy(to);
	if (!current)
		return NULL;
	free(channel->current);
	channel->current = current;
	return channel;
}

const char *irc_channels_configured(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	const struct irc_channel *channel = find(channels, name, isupport);

	return channel && channel->current ? channel->name : name;
}

const char *irc_channels_current(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	const struct irc_channel *channel = find(channels, name, isupport);

	return channel && channel->current ? channel->current : name;
}

static void forget(struct irc_channels *channels, struct irc_channel *channel)
{
	free(channel->name);
	free(channel->current);
	*channel = channels->list[--channels->count];
}

static void forget_unwanted(struct irc_channels *channels)
{
	size_t i = channels->count;

	while (i-- > 0) {
		struct irc_channel *channel = &channels->list[i];

		if (!channel->is_wanted && channel->state != IRC_CHANNEL_JOINED &&
				channel->state != IRC_CHANNEL_ASKED)
			forget(channels, channel);
	}
}

/* Allocate space for count more channels and copy each new name; all or nothing. */
static int add_new(struct irc_channels *channels, char *const *names, size_t count,
		const struct irc_isupport *isupport)
{
	size_t before = channels->count, i;
	struct irc_channel *list;

	if (before + count > IRC_CHANNELS_MAX)
		return -E2BIG;
	list = realloc(channels->list, (before + count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	channels->list = list;
	for (i = 0; i < count; i++) {
		if (strlen(names[i]) > IRC_CHANNEL_NAME_MAX_BYTES || find(channels, names[i], isupport))
			continue;
		list[channels->count] = (struct irc_channel){.name = str_copy(names[i])};
		if (!list[channels->count].name)
			goto undo;
		channels->count++;
	}
	return 0;
undo:
	while (channels->count > before)
		free(list[--channels->count].name);
	return -ENOMEM;
}

int irc_channels_set(struct irc_channels *channels, char *const *names, size_t count,
		const struct irc_isupport *isupport)
{
	int r = add_new(channels, names, count, isupport);
	size_t i;

	if (r < 0)
		return r;
	for (i = 0; i < channels->count; i++)
		channels->list[i].is_wanted = false;
	for (i = 0; i < count; i++) {
		struct irc_channel *channel = find(channels, names[i], isupport);

		if (channel)
			channel->is_wanted = true;
	}
	forget_unwanted(channels);
	return 0;
}

void irc_channels_reset(struct irc_channels *channels)
{
	size_t i;

	for (i = 0; i < channels->count; i++) {
		struct irc_channel *channel = &channels->list[i];

		*channel = (struct irc_channel){.name = channel->name,
				.current = channel->current,
				.is_known = channel->is_known,
				.is_wanted = channel->is_wanted};
	}
	forget_unwanted(channels);
}

struct irc_channel *irc_channels_joined(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	struct irc_channel *channel = find(channels, name, isupport);

	if (!channel)
		return NULL;
	channel->state = IRC_CHANNEL_JOINED;
	channel->next_ms = 0;
	channel->failures = 0;
	channel->is_colourless = false;
	return channel;
}

void irc_channels_parted(struct irc_channels *channels, const char *name, const struct irc_isupport *isupport,
		uint64_t now_ms)
{
	struct irc_channel *channel = find(channels, name, isupport);

	if (!channel)
		return;
	channel->state = IRC_CHANNEL_OUT;
	if (channel->is_wanted) /* an operator made us leave (SAPART): treat it as a kick */
		irc_channels_kicked(channels, name, isupport, now_ms);
	forget_unwanted(channels);
}

struct irc_channel *irc_channels_kicked(struct irc_channels *channels, const char *name,
		const struct irc_isupport *isupport, uint64_t now_ms)
{
	struct irc_channel *channel = find(channels, name, isupport);

	if (!channel)
		return NULL;
	if (channel->kicks == 0 || now_ms - channel->first_kick_ms > KICK_WINDOW_MS) {
		channel->kicks = 0;
		channel->first_kick_ms = now_ms;
	}
	channel->kicks++;
	channel->state = channel->kicks >= KICKS_MAX ? IRC_CHANNEL_BARRED : IRC_CHANNEL_OUT;
	channel->next_ms = now_ms + ((uint64_t)REJOIN_DELAY_MS << (channel->kicks - 1));
	return channel;
}

struct irc_channel *irc_channels_refused(struct irc_channels *channels, const char *name, bool is_slow,
		const struct irc_isupport *isupport, uint64_t now_ms)
{
	struct irc_channel *channel = find(channels, name, isupport);
	uint64_t delay_ms = RETRY_DELAY_MS;
	unsigned i;

	if (!channel || channel->state != IRC_CHANNEL_ASKED)
		return NULL;
	if (is_slow && channel->failures < RETRY_SLOW)
		channel->failures = RETRY_SLOW;
	for (i = 0; i < channel->failures && delay_ms < RETRY_DELAY_MAX_MS; i++)
		delay_ms *= 2;
	channel->failures++;
	channel->state = IRC_CHANNEL_OUT;
	channel->next_ms = now_ms + (delay_ms < RETRY_DELAY_MAX_MS ? delay_ms : RETRY_DELAY_MAX_MS);
	return channel;
}

void irc_channels_need_account(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	struct irc_channel *channel = find(channels, name, isupport);

	if (channel)
		channel->needs_account = true;
}

void irc_channels_logged_in(struct irc_channels *channels, uint64_t now_ms)
{
	size_t i;

	for (i = 0; i < channels->count; i++) {
		struct irc_channel *channel = &channels->list[i];

		if (channel->needs_account && channel->state == IRC_CHANNEL_OUT)
			channel->next_ms = now_ms;
		channel->needs_account = false;
	}
}

struct irc_channel *irc_channels_invited(struct irc_channels *channels, const char *name,
		const struct irc_isupport *isupport, uint64_t now_ms)
{
	struct irc_channel *channel = find(channels, name, isupport);

	if (!channel || !channel->is_wanted || now_ms < channel->invite_ms ||
			(channel->state != IRC_CHANNEL_OUT && channel->state != IRC_CHANNEL_BARRED))
		return NULL;
	if (channel->invite_ms == 0 || now_ms - channel->invite_ms > INVITE_FORGET_MS)
		channel->invites = 0;
	channel->invite_ms = now_ms + ((uint64_t)INVITE_EVERY_MS << channel->invites);
	channel->invites += channel->invites < INVITES_COUNTED;
	channel->state = IRC_CHANNEL_OUT;
	channel->next_ms = now_ms;
	return channel;
}

bool irc_channels_is_outside(
		const struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	const struct irc_channel *channel = find(channels, name, isupport);

	return channel && channel->state != IRC_CHANNEL_JOINED;
}

bool irc_channels_is_wanted(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	const struct irc_channel *channel = find(channels, name, isupport);

	return channel && channel->is_wanted;
}

static bool is_due(const struct irc_channel *channel, uint64_t now_ms)
{
	bool is_waiting = channel->state == IRC_CHANNEL_OUT || channel->state == IRC_CHANNEL_ASKED;

	return channel->is_wanted && is_waiting && channel->next_ms <= now_ms;
}

static void join(struct str *names, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (names->length > 0)
		irc_outbox_push(outbox, "", IRC_LINE("JOIN", str_text(names)), now_ms);
	str_clear(names);
}

void irc_channels_run(struct irc_channels *channels, struct irc_outbox *outbox,
		const struct irc_isupport *isupport, uint64_t now_ms)
{
	struct str names = STR(JOIN_MAX_BYTES);
	size_t in_line = 0, i;

	for (i = 0; i < channels->count; i++) {
		struct irc_channel *channel = &channels->list[i];

		if (!channel->is_wanted && channel->state == IRC_CHANNEL_JOINED &&
				channel->next_ms <= now_ms) {
			channel->next_ms = now_ms + ASK_AGAIN_MS;
			irc_outbox_push(outbox, "", IRC_LINE("PART", irc_channel_current(channel)), now_ms);
		}
		if (!is_due(channel, now_ms))
			continue;
		if (names.length + 1 + strlen(irc_channel_current(channel)) > JOIN_MAX_BYTES ||
				in_line == isupport->join_targets) {
			join(&names, outbox, now_ms);
			in_line = 0;
		}
		str_printf(&names, "%s%s", names.length > 0 ? "," : "", irc_channel_current(channel));
		in_line++;
		channel->state = IRC_CHANNEL_ASKED;
		channel->next_ms = now_ms + ASK_AGAIN_MS;
	}
	outbox->is_short |= names.error == -ENOMEM;
	join(&names, outbox, now_ms);
	str_release(&names);
}

uint64_t irc_channels_next_ms(const struct irc_channels *channels)
{
	uint64_t next_ms = UINT64_MAX;
	size_t i;

	for (i = 0; i < channels->count; i++) {
		const struct irc_channel *channel = &channels->list[i];
		bool is_settled = channel->is_wanted ? channel->state == IRC_CHANNEL_JOINED
						     : channel->state != IRC_CHANNEL_JOINED;

		if (channel->state != IRC_CHANNEL_BARRED && !is_settled && channel->next_ms < next_ms)
			next_ms = channel->next_ms;
	}
	return next_ms;
}

unsigned irc_channels_joined_count(const struct irc_channels *channels)
{
	unsigned count = 0;
	size_t i;

	for (i = 0; i < channels->count; i++)
		count += channels->list[i].state == IRC_CHANNEL_JOINED;
	return count;
}

/* ---------------------------------------------------------------- colours */

static bool is_colour_mode(const struct irc_isupport *isupport, char mode)
{
	return mode == 'c' || (mode == 'S' && isupport->has_strip_mode);
}

/* Parse "+nt-c". Removing one of +c and +S counts as removing both, until the 324 of the next join corrects
 * that. */
void irc_channels_mode(struct irc_channels *channels, const char *name, const char *modes, bool is_all,
		const struct irc_isupport *isupport)
{
	struct irc_channel *channel = find(channels, name, isupport);
	bool is_set = true;

	if (!channel)
		return;
	channel->is_colourless = channel->is_colourless && !is_all;
	for (; *modes && isupport->has_colour_mode; modes++) {
		if (*modes == '+' || *modes == '-')
			is_set = *modes == '+';
		else if (is_colour_mode(isupport, *modes))
			channel->is_colourless = is_set;
	}
}

void irc_channels_refused_colour(
		struct irc_channels *channels, const char *name, const struct irc_isupport *isupport)
{
	struct irc_channel *channel = find(channels, irc_isupport_channel(isupport, name), isupport);

	if (channel)
		channel->is_colourless = true;
}

bool irc_channels_has_colour(
		const struct irc_channels *channels, const char *target, const struct irc_isupport *isupport)
{
	const struct irc_channel *channel = find(channels, irc_isupport_channel(isupport, target), isupport);

	return !channel || !channel->is_colourless;
}
