/* Reads a received message. */

#include "bot/gateway/irc/incoming.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/irc/mask.h"

#define STALE_MS    (30 * 1000) /* a message sent longer ago was delayed, or is playback */
#define FUTURE_MS   (60 * 1000) /* clocks differ; a later time is invalid */
#define BEFORE_MS   2000        /* the accuracy to which the time of 001 gives the server's clock */
#define PLAYBACK_MS (60 * 1000) /* after our registration, bouncers play their buffers */
#define MADE_UP     "local:"    /* prefix of ids that we made */

bool irc_envelope_read(const struct irc_line *line, const char *own_nick, const struct irc_isupport *isupport,
		struct irc_envelope *ret)
{
	const char *target = irc_line_param(line, 0), *channel = irc_isupport_channel(isupport, target);
	struct irc_source source;

	if (!line->source)
		return false;
	irc_source_split(line->source, &source);
	if (source.nick_length == 0 || source.nick_length > IRC_NICK_MAX_BYTES)
		return false;
	if (source.host_length == 0 && memchr(source.nick, '.', source.nick_length))
		return false; /* sent by a server */
	ret->is_private = irc_casemap_equal(isupport->casemap, channel, own_nick);
	if (!ret->is_private && !irc_isupport_is_channel(isupport, channel))
		return false;
	memcpy(ret->nick, source.nick, source.nick_length);
	ret->nick[source.nick_length] = '\0';
	ret->channel = ret->is_private ? ret->nick : channel;
	ret->target = channel != target ? target : NULL;
	ret->source = line->source;
	return true;
}

/* Find an open batch. NULL: not open, or dropped for newer ones. */
static const struct irc_batch *find_batch(const struct irc_batches *batches, const char *ref)
{
	for (size_t i = 0; i < IRC_BATCHES_MAX; i++) {
		if (*ref && strcmp(batches->open[i].ref, ref) == 0)
			return &batches->open[i];
	}
	return NULL;
}

/* An invalid value counts as no account. */
static void read_account(const struct irc_tag *tag, struct irc_incoming *incoming)
{
	if (irc_tag_value(tag, incoming->account, sizeof(incoming->account)) < 0 ||
			strcmp(incoming->account, "*") == 0)
		incoming->account[0] = '\0';
}

static void read_batch(
		const struct irc_batches *batches, const struct irc_tag *tag, struct irc_incoming *incoming)
{
	char ref[IRC_BATCH_REF_BYTES];
	const struct irc_batch *batch =
			irc_tag_value(tag, ref, sizeof(ref)) == 0 ? find_batch(batches, ref) : NULL;

	incoming->is_playback = incoming->is_playback || (batch && !batch->is_live);
	if (batch && batch->is_missed) {
		incoming->is_missed = true;
		incoming->played_ms = batch->played_ms;
	}
	incoming->is_late = incoming->is_late || !batch;
}

static void read_tag(
		const struct irc_batches *batches, const struct irc_tag *tag, struct irc_incoming *incoming)
{
	char text[64];

	if (irc_tag_is(tag, "msgid"))
		irc_tag_value(tag, incoming->id, sizeof(incoming->id));
	else if (irc_tag_is(tag, "account"))
		read_account(tag, incoming);
	else if (irc_tag_is(tag, "time") && irc_tag_value(tag, text, sizeof(text)) == 0)
		clock_from_iso(text, &incoming->time_ms);
	else if (irc_tag_is(tag, "batch"))
		read_batch(batches, tag, incoming);
	else if (irc_tag_is(tag, "bot") || irc_tag_is(tag, "draft/bot") ||
			irc_tag_is(tag, "inspircd.org/bot"))
		incoming->is_bot = true;
	else if (irc_tag_is(tag, IRC_HISTORY_CONTEXT))
		incoming->is_playback = true;
}

/*
 * Is a message live by its time? Playback is in a batch, if the server has batches at all: then a message with an old
 * time was delayed on its way, or another server of the network, whose clock is wrong, wrote the time. Without batches,
 * one from before our registration is a bouncer's buffer, as long as bouncers play them.
 *
 * The buffer is the first that a bouncer sends, so nothing has told its time yet. Only there this machine's clock decides.
 */
static void judge_time(const struct irc_server_time *time, struct irc_incoming *incoming)
{
	uint64_t sent_ms = incoming->time_ms, now_ms = time->now_ms, age_ms;
	bool is_doubtful = now_ms - time->welcomed_ms < PLAYBACK_MS && !time->marks_playback;
	bool was_known = time->clock->source != REMOTE_CLOCK_UNKNOWN;

	if (!sent_ms)
		incoming->time_ms = was_known ? remote_clock_now(time->clock, now_ms) : time->wall_ms;
	if (!sent_ms || incoming->is_playback)
		return;
	age_ms = remote_clock_age(time->clock, sent_ms, now_ms);
	if (!was_known && time->is_bouncer && time->wall_ms > sent_ms)
		age_ms = time->wall_ms - sent_ms;
	/* is_late: the batch that it is in is not known. */
	incoming->is_playback = age_ms > STALE_MS && (is_doubtful || incoming->is_late);
	if (incoming->is_playback || incoming->is_late)
		return;
	remote_clock_hear_relayed(time->clock, sent_ms, now_ms);
	age_ms = remote_clock_age(time->clock, sent_ms, now_ms);
	/* A time in the future would hide all messages until then from the catch-up. */
	if (sent_ms > remote_clock_now(time->clock, now_ms) + FUTURE_MS)
		incoming->time_ms = remote_clock_now(time->clock, now_ms);
	incoming->is_late = age_ms > STALE_MS || age_ms > now_ms - time->welcomed_ms + BEFORE_MS ||
			    (is_doubtful && !was_known); /* nothing tells how old it is */
}

static void read_tags(
		const struct irc_batches *batches, const struct irc_line *line, struct irc_incoming *ret)
{
	const char *cursor = line->tags;
	struct irc_tag tag;

	ret->id[0] = '\0';
	ret->account[0] = '\0';
	ret->time_ms = 0;
	ret->is_bot = false;
	ret->is_playback = false;
	ret->is_missed = false;
	ret->played_ms = 0;
	ret->is_late = false;
	ret->is_further = false;
	while (irc_tag_next(&cursor, &tag))
		read_tag(batches, &tag, ret);
}

void irc_incoming_read(const struct irc_batches *batches, const struct irc_line *line,
		const struct irc_server_time *time, struct irc_incoming *ret)
{
	read_tags(batches, line, ret);
	judge_time(time, ret);
}

/* ---------------------------------------------------------------- batches */

void irc_batches_init(struct irc_batches *batches)
{
	memset(batches, 0, sizeof(*batches));
}

/* Types whose lines are live; any other type is playback of old messages or search results. */
static bool is_live_type(const char *type)
{
	static const char *const types[] = {
			"netsplit", "netjoin", "labeled-response", "multiline", "draft/multiline"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

static struct irc_batch *free_place(struct irc_batches *batches)
{
	struct irc_batch *place;

	for (size_t i = 0; i < IRC_BATCHES_MAX; i++) {
		if (batches->open[i].ref[0] == '\0')
			return &batches->open[i];
	}
	place = &batches->open[batches->next];
	batches->next = (batches->next + 1) % IRC_BATCHES_MAX;
	return place;
}

bool irc_batches_line(struct irc_batches *batches, const struct irc_line *line,
		const struct irc_server_time *time, struct irc_incoming *ret)
{
	const char *ref = irc_line_param(line, 0);
	const struct irc_batch *known = *ref ? find_batch(batches, ref + 1) : NULL;
	struct irc_batch *batch = known ? &batches->open[known - batches->open] : NULL;

	if (*ref == '-') {
		if (batch)
			batch->ref[0] = '\0';
		return false;
	}
	if (*ref != '+' || ref[1] == '\0' || strlen(ref + 1) >= IRC_BATCH_REF_BYTES)
		return false;
	read_tags(batches, line, ret);
	if (is_live_type(irc_line_param(line, 1)))
		judge_time(time, ret);
	else
		ret->is_playback = true;
	if (!batch)
		batch = free_place(batches);
	memcpy(batch->ref, ref + 1, strlen(ref)); /* with its NUL: ref has one byte more in front */
	batch->is_missed = strcmp(irc_line_param(line, 1), "znc.in/playback") == 0;
	batch->played_ms = ret->time_ms;
	batch->is_live = !ret->is_playback && !ret->is_late;
	return true;
}

/* ---------------------------------------------------------------- texts and names */

/* The text after "nick: ", "nick, " or "@nick ". NULL: the text does not begin with our nick. */
static const char *addressed(const char *text, const char *nick, enum irc_casemap casemap)
{
	bool has_at = *text == '@';
	size_t length = strlen(nick);
	const char *end;

	text += has_at;
	if (strnlen(text, length) < length || !irc_casemap_equal_bytes(casemap, text, length, nick))
		return NULL;
	end = text + length;
	if (*end == ':' || *end == ',')
		end++;
	else if (!has_at || (*end != ' ' && *end != '\0'))
		return NULL;
	return end + strspn(end, " ");
}

static void write_made_up(uint64_t value, char ret[IRC_MSGID_MAX_BYTES + 1])
{
	snprintf(ret, IRC_MSGID_MAX_BYTES + 1, MADE_UP "%016llx", (unsigned long long)value);
}

static void make_past_id(const struct irc_past *past, const char *channel, char ret[IRC_MSGID_MAX_BYTES + 1])
{
	uint64_t hash = str_hash(past->time_ms, past->nick, strlen(past->nick) + 1);

	hash = str_hash(hash, channel, strlen(channel) + 1);
	write_made_up(str_hash(hash, past->text, strlen(past->text)), ret);
}

void irc_incoming_to_past(const struct irc_incoming *incoming, const struct irc_envelope *envelope,
		const char *text, struct irc_past *ret)
{
	*ret = (struct irc_past){
			.id = (char *)(uintptr_t)incoming->id,
			.nick = (char *)(uintptr_t)envelope->nick,
			.account = (char *)(uintptr_t)incoming->account,
			.text = (char *)(uintptr_t)text,
			.target = (char *)(uintptr_t)envelope->target,
			.time_ms = incoming->time_ms,
			.is_bot = incoming->is_bot,
	};
}

int irc_incoming_from_past(const struct irc_past *past, const char *channel, struct irc_incoming *ret,
		struct irc_envelope *ret_envelope)
{
	if (strlen(past->id) >= sizeof(ret->id) || strlen(past->account) >= sizeof(ret->account) ||
			*past->nick == '\0' || strlen(past->nick) > IRC_NICK_MAX_BYTES)
		return -EMSGSIZE;
	*ret = (struct irc_incoming){
			.time_ms = past->time_ms, .is_late = true, .is_further = past->is_further};
	snprintf(ret->id, sizeof(ret->id), "%s", past->id);
	snprintf(ret->account, sizeof(ret->account), "%s", past->account);
	*ret_envelope = (struct irc_envelope){.target = past->target, .is_private = !channel};
	snprintf(ret_envelope->nick, sizeof(ret_envelope->nick), "%s", past->nick);
	ret_envelope->channel = channel ? channel : ret_envelope->nick;
	if (*past->id == '\0')
		make_past_id(past, channel ? channel : "", ret->id);
	return 0;
}

void irc_incoming_message(const struct irc_incoming *incoming, const struct irc_envelope *envelope,
		const char *text, const char *own_nick, enum irc_casemap casemap, struct message *ret)
{
	const char *words = addressed(text, own_nick, casemap);

	*ret = (struct message){
			.id = incoming->id,
			.channel = envelope->channel,
			.author_name = envelope->nick,
			.account = incoming->account,
			.text = words ? words : text,
			.source = envelope->source,
			.extra = envelope->target,
			.time_ms = incoming->time_ms,
			.origin = incoming->is_late ? MESSAGE_BACKLOG : MESSAGE_LIVE,
			.is_private = envelope->is_private,
			.is_addressed = (envelope->is_private && !incoming->is_further) || words,
			.has_private = true,
	};
}

void irc_incoming_author_id(const char *account, const char *nick, enum irc_casemap casemap,
		char ret[IRC_AUTHOR_ID_MAX_BYTES + 1])
{
	const char *name = *account ? account : nick;
	size_t length = 0;

	if (!*account)
		ret[length++] = '~';
	for (; *name && length < IRC_AUTHOR_ID_MAX_BYTES; name++)
		ret[length++] = irc_casemap_lower(casemap, *name);
	ret[length] = '\0';
}

void irc_incoming_make_id(uint64_t *next, char *ret, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = (*next)++;
	size_t length = strlen(MADE_UP);

	if (size < length + 17)
		return;
	memcpy(ret, MADE_UP, length);
	for (size_t i = 0; i < 16; i++)
		ret[length + i] = digits[value >> (60 - 4 * i) & 15];
	ret[length + 16] = '\0';
}

void irc_incoming_line_id(const char *id, unsigned number, char ret[IRC_MSGID_MAX_BYTES + 1])
{
	ret[0] = '\0';
	if (*id)
		write_made_up(str_hash(number, id, strlen(id)), ret);
}

bool irc_incoming_is_made_up(const char *id)
{
	return str_starts(id, MADE_UP);
}
