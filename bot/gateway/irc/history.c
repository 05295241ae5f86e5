/* Requests for the history of channels (CHATHISTORY). */

#include "bot/gateway/irc/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/irc/incoming.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/mask.h"
#include "bot/gateway/irc/multiline_in.h"
#include "bot/gateway/irc/person.h"

#define TAG_MAX_BYTES   256
#define REFERENCE_BYTES (IRC_HISTORY_ID_BYTES + 16)
#define SILENCES_MAX    2
#define NO_LINE         SIZE_MAX

void irc_history_init(struct irc_history *history)
{
	*history = (struct irc_history){.deadline_ms = UINT64_MAX};
}

static void free_past(struct irc_past *past)
{
	free(past->id);
	free(past->nick);
	free(past->account);
	free(past->text);
	free(past->reply_to);
	free(past->target);
}

static void free_lines(struct irc_past *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_past(&lines[i]);
	free(lines);
}

static void free_first_request(struct irc_history *history)
{
	struct irc_history_request *request = history->requests;

	history->requests = request->next;
	free(request->since_id);
	free(request);
}

void irc_history_lose(struct irc_history *history)
{
	unsigned asked = history->asked; /* kept, so that labels are never reused */
	bool is_without_targets = history->is_without_targets;

	free_lines(history->lines, history->line_count);
	while (history->requests)
		free_first_request(history);
	irc_history_init(history);
	history->asked = asked;
	history->is_without_targets = is_without_targets;
}

void irc_history_release(struct irc_history *history)
{
	irc_history_lose(history);
}

void irc_history_offer(
		struct irc_history *history, const char *reference_types, size_t limit, bool has_labels)
{
	history->has_times = !reference_types || strstr(reference_types, "timestamp");
	history->has_ids = !reference_types || strstr(reference_types, "msgid");
	history->limit = limit;
	history->has_labels = has_labels;
	history->is_usable = (history->has_times || history->has_ids) && history->silent < SILENCES_MAX;
}

/* ---------------------------------------------------------------- requests */

int irc_history_ask(struct irc_history *history, const char *channel, uint64_t since_ms, const char *since_id,
		bool is_check)
{
	struct irc_history_request *request, **end = &history->requests;
	size_t size = strlen(channel) + 1;

	for (; *end; end = &(*end)->next) {
		if (strcmp((*end)->channel, channel) != 0 || (end == &history->requests && history->is_asked))
			continue;
		(*end)->is_check = (*end)->is_check && is_check;
		if (since_ms < (*end)->since_ms)
			(*end)->since_ms = since_ms;
		return 0;
	}
	request = calloc(1, sizeof(*request) + size);
	if (!request)
		return -ENOMEM;
	request->since_id = str_copy(since_id);
	if (!request->since_id) {
		free(request);
		return -ENOMEM;
	}
	memcpy(request->channel, channel, size);
	request->since_ms = since_ms;
	request->is_check = is_check;
	*end = request;
	return 0;
}

int irc_history_ask_targets(struct irc_history *history, uint64_t since_ms, uint64_t until_ms)
{
	struct irc_history_request *request, **end = &history->requests;

	if (!history->is_usable || !history->has_times || history->is_without_targets)
		return -ENOTSUP;
	request = calloc(1, sizeof(*request) + 1);
	if (!request)
		return -ENOMEM;
	request->since_ms = since_ms;
	request->until_ms = until_ms;
	while (*end)
		end = &(*end)->next;
	*end = request;
	return 0;
}

bool irc_history_is_private(const struct irc_history *history, const struct irc_isupport *isupport)
{
	for (const struct irc_history_request *request = history->requests; request;
			request = request->next) {
		if (!request->is_check && !irc_isupport_is_channel(isupport, request->channel))
			return true;
	}
	return false;
}

bool irc_history_is_asking(const struct irc_history *history, const char *channel, enum irc_casemap casemap)
{
	for (const struct irc_history_request *request = history->requests; request;
			request = request->next) {
		if (irc_casemap_equal(casemap, request->channel, channel))
			return true;
	}
	return false;
}

static void format_time(uint64_t time_ms, char ret[REFERENCE_BYTES])
{
	char time[CLOCK_ISO_BYTES];

	clock_iso(time_ms, time);
	snprintf(ret, REFERENCE_BYTES, "timestamp=%s", time);
}

/* The reference after which the next page begins. Prefer an id, because two lines may have the same time. "":
 * read from the newest line. */
static void fill_reference(struct irc_history *history, char ret[REFERENCE_BYTES])
{
	const struct irc_history_request *request = history->requests;
	const char *id = history->pages ? history->newest_id : request->since_id;

	ret[0] = '\0';
	history->used_id = history->has_ids && id && *id && (history->pages || !history->has_times);
	if (history->used_id)
		snprintf(ret, REFERENCE_BYTES, "msgid=%s", id);
	else if (history->has_times && (history->pages || request->since_ms))
		format_time(history->pages ? history->newest_ms - 1 : request->since_ms, ret);
}

static size_t page_size(const struct irc_history *history)
{
	return history->limit && history->limit < IRC_HISTORY_PAGE ? history->limit : IRC_HISTORY_PAGE;
}

static void ask_page(struct irc_history *history, struct irc_outbox *outbox, uint64_t now_ms)
{
	char reference[REFERENCE_BYTES], until[REFERENCE_BYTES], limit[24], tags[32];
	const struct irc_history_request *request = history->requests;
	const char *channel = request->channel;
	struct irc_line line;

	fill_reference(history, reference);
	snprintf(limit, sizeof(limit), "%zu", page_size(history));
	if (request->until_ms) {
		format_time(history->pages ? history->newest_ms - 1 : request->since_ms, reference);
		format_time(request->until_ms, until);
		line = *IRC_LINE("CHATHISTORY", "TARGETS", reference, until, limit);
	} else if (*reference)
		line = *IRC_LINE("CHATHISTORY", "AFTER", channel, reference, limit);
	else
		line = *IRC_LINE("CHATHISTORY", "LATEST", channel, "*", limit);
	history->asked++;
	if (history->has_labels) {
		snprintf(tags, sizeof(tags), "label=h%x", history->asked);
		line.tags = tags;
	}
	history->is_asked = true;
	history->is_done = false;
	history->page_count = 0;
	history->ref[0] = '\0';
	history->deadline_ms = UINT64_MAX;
	memset(history->nested, 0, sizeof(history->nested));
	if (irc_outbox_push_marked(outbox, "", &line, IRC_HISTORY_MARK | history->asked, now_ms) < 0)
		history->is_done = true;
}

void irc_history_sent(struct irc_history *history, uint64_t mark, uint64_t now_ms)
{
	if (history->is_asked && !history->is_done && mark == (IRC_HISTORY_MARK | history->asked))
		history->deadline_ms = now_ms + IRC_HISTORY_WAIT_MS;
}

void irc_history_run(struct irc_history *history, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (!history->requests)
		return;
	if (history->is_asked && !history->is_done && now_ms >= history->deadline_ms) {
		history->is_done = true;
		if (history->requests->until_ms)
			history->is_without_targets = true;
		else
			history->is_usable = ++history->silent < SILENCES_MAX;
	}
	if (!history->is_asked && !history->is_usable)
		history->is_asked = history->is_done = true; /* the other requests stay unanswered */
	if (!history->is_asked)
		ask_page(history, outbox, now_ms);
	/* A full page means that another page follows. */
	if (history->is_done && history->page_count >= page_size(history) && history->is_usable &&
			history->pages + 1 < IRC_HISTORY_PAGES_MAX) {
		history->pages++;
		ask_page(history, outbox, now_ms);
	}
}

uint64_t irc_history_next_ms(const struct irc_history *history)
{
	return history->is_asked && !history->is_done ? history->deadline_ms : UINT64_MAX;
}

/* ---------------------------------------------------------------- replies */

/* The tags that are used here. */
struct tagged {
	char batch[TAG_MAX_BYTES], label[TAG_MAX_BYTES], msgid[TAG_MAX_BYTES];
	char account[TAG_MAX_BYTES], reply_to[TAG_MAX_BYTES];
	uint64_t time_ms;
	bool is_bot;
	bool is_context; /* not part of the page */
};

static void read_tags(const struct irc_line *line, struct tagged *tagged)
{
	const char *cursor = line->tags;
	char time[64];
	struct irc_tag tag;

	*tagged = (struct tagged){0};
	while (irc_tag_next(&cursor, &tag)) {
		if (irc_tag_is(&tag, "batch"))
			irc_tag_value(&tag, tagged->batch, sizeof(tagged->batch));
		else if (irc_tag_is(&tag, "label"))
			irc_tag_value(&tag, tagged->label, sizeof(tagged->label));
		else if (irc_tag_is(&tag, "msgid"))
			irc_tag_value(&tag, tagged->msgid, sizeof(tagged->msgid));
		else if (irc_tag_is(&tag, "account"))
			irc_tag_value(&tag, tagged->account, sizeof(tagged->account));
		else if (irc_tag_is(&tag, "+reply") || irc_tag_is(&tag, "+draft/reply"))
			irc_tag_value(&tag, tagged->reply_to, sizeof(tagged->reply_to));
		else if (irc_tag_is(&tag, "time") && irc_tag_value(&tag, time, sizeof(time)) == 0)
			clock_from_iso(time, &tagged->time_ms);
		else if (irc_tag_is(&tag, "bot") || irc_tag_is(&tag, "draft/bot") ||
				irc_tag_is(&tag, "inspircd.org/bot"))
			tagged->is_bot = true;
		else if (irc_tag_is(&tag, IRC_HISTORY_CONTEXT))
			tagged->is_context = true;
	}
}

/* Is the line there already? Without ids (soju 0.7), the last second of a page is read again with the next. */
static bool is_known(const struct irc_history *history, const struct irc_past *past)
{
	for (size_t i = 0; i < history->line_count; i++) {
		const struct irc_past *line = &history->lines[i];

		if (*past->id ? strcmp(line->id, past->id) == 0
			      : *line->id == '\0' && line->time_ms == past->time_ms &&
								strcmp(line->nick, past->nick) == 0 &&
								strcmp(line->text, past->text) == 0)
			return true;
	}
	return false;
}

/* Append an empty line; NULL when out of memory or at the limit. */
static struct irc_past *add_place(struct irc_history *history)
{
	if (!history->lines)
		history->lines = calloc(IRC_HISTORY_LINES_MAX, sizeof(*history->lines));
	if (!history->lines || history->line_count == IRC_HISTORY_LINES_MAX)
		return NULL;
	return &history->lines[history->line_count];
}

/* Append a copy of what past points to. True when it was appended to the lines. */
static bool append(struct irc_history *history, const struct irc_past *from)
{
	struct irc_past *past;

	if (is_known(history, from))
		return false;
	past = add_place(history);
	if (!past)
		return false;
	*past = *from;
	past->id = str_copy(from->id);
	past->nick = str_copy(from->nick);
	past->account = str_copy(from->account);
	past->text = str_copy(from->text);
	past->reply_to = str_copy(from->reply_to);
	past->target = str_copy(from->target);
	past->place = history->line_count;
	if (!past->id || !past->nick || !past->account || !past->text || !past->reply_to ||
			(from->target && !past->target)) {
		free_past(past);
		return false;
	}
	history->line_count++;
	return true;
}

/* Keep a message. True when it was appended to the lines. */
static bool keep(struct irc_history *history, const struct irc_line *line, struct tagged *tagged,
		const char *target, const char *text, bool is_own)
{
	char nick[TAG_MAX_BYTES], place[TAG_MAX_BYTES], kept[IRC_HISTORY_TEXT_MAX + 1];
	struct irc_source source;

	history->page_count++;
	if (tagged->time_ms >= history->newest_ms) {
		history->newest_ms = tagged->time_ms;
		snprintf(history->newest_id, sizeof(history->newest_id), "%s", tagged->msgid);
	}
	if (!tagged->time_ms || !line->source)
		return false;
	irc_source_split(line->source, &source);
	snprintf(nick, sizeof(nick), "%.*s", (int)source.nick_length, source.nick);
	snprintf(place, sizeof(place), "%s", target);
	snprintf(kept, sizeof(kept), "%s", text);
	return append(history,
			&(struct irc_past){
					.id = tagged->msgid,
					.nick = nick,
					.account = tagged->account,
					.text = kept,
					.reply_to = tagged->reply_to,
					.target = irc_target_channel(place) != place ? place : NULL,
					.time_ms = tagged->time_ms,
					.is_own = is_own,
					.is_bot = tagged->is_bot ||
						  !irc_is_person(&(struct irc_people){0}, line->source),
					.is_notice = str_equal_nocase(line->verb, "NOTICE"),
			});
}

/* CHATHISTORY TARGETS name time */
static void keep_target(struct irc_history *history, const struct irc_line *line)
{
	char nothing[1] = "", name[TAG_MAX_BYTES];
	uint64_t time_ms;

	if (!str_equal_nocase(irc_line_param(line, 0), "TARGETS") ||
			strlen(irc_line_param(line, 1)) >= sizeof(name) ||
			clock_from_iso(irc_line_param(line, 2), &time_ms) < 0)
		return;
	snprintf(name, sizeof(name), "%s", irc_line_param(line, 1));
	history->page_count++;
	if (time_ms > history->newest_ms)
		history->newest_ms = time_ms;
	append(history, &(struct irc_past){.id = nothing,
					.nick = name,
					.account = nothing,
					.text = nothing,
					.reply_to = nothing,
					.time_ms = time_ms});
}

static struct irc_history_batch *nested_of(struct irc_history *history, const char *ref)
{
	for (size_t i = 0; *ref && i < IRC_HISTORY_NESTED; i++) {
		if (strcmp(history->nested[i].ref, ref) == 0)
			return &history->nested[i];
	}
	return NULL;
}

/* A nested batch. Each line of a multiline message becomes a line of the history, with the tags of the batch; the first
 * one is there without its text. */
static void open_nested(
		struct irc_history *history, const struct irc_line *line, struct tagged *tagged, bool is_own)
{
	struct irc_history_batch *batch = &history->nested[history->next_nested];
	bool is_message = strstr(irc_line_param(line, 1), "multiline") != NULL;

	history->next_nested = (history->next_nested + 1) % IRC_HISTORY_NESTED;
	memcpy(batch->ref, irc_line_param(line, 0) + 1, strlen(irc_line_param(line, 0)));
	batch->count = 0;
	batch->first = batch->line = NO_LINE;
	if (tagged->is_context)
		batch->count = 1; /* its lines are skipped */
	else if (is_message && keep(history, line, tagged, irc_line_param(line, 2), "", is_own))
		batch->first = batch->line = history->line_count - 1;
	else if (is_message)
		batch->count = 1; /* a message that is known, or too many: its lines are skipped */
}

/* Set the text of a line, or append to it if head is its text. */
static void set_text(struct irc_past *past, const char *head, const char *text)
{
	struct str whole = STR(IRC_HISTORY_TEXT_MAX);
	char *taken = NULL;

	str_append(&whole, head);
	str_append(&whole, text);
	if (str_take(&whole, &taken) == 0) {
		free(past->text);
		past->text = taken;
	}
	str_release(&whole);
}

/* A line of a multiline message. */
static void keep_nested(
		struct irc_history *history, struct irc_history_batch *batch, const struct irc_line *line)
{
	char id[IRC_MSGID_MAX_BYTES + 1];
	struct irc_past further;

	if (batch->first == NO_LINE)
		return;
	if (batch->count == 0) {
		set_text(&history->lines[batch->line], "", irc_line_param(line, 1));
		history->lines[batch->line].is_notice = str_equal_nocase(line->verb, "NOTICE");
		batch->count = 1;
		return;
	}
	if (history->lines[batch->first].is_own)
		return; /* the first line identifies an answer */
	if (irc_multiline_continues(line)) {
		set_text(&history->lines[batch->line], history->lines[batch->line].text,
				irc_line_param(line, 1));
		return;
	}
	further = history->lines[batch->first];
	irc_incoming_line_id(further.id, ++batch->count, id);
	further.id = id;
	further.is_further = true;
	if (append(history, &further)) {
		batch->line = history->line_count - 1;
		set_text(&history->lines[batch->line], "", irc_line_param(line, 1));
	}
}

static void end_page(struct irc_history *history)
{
	history->ref[0] = '\0';
	history->is_done = true;
}

static bool is_own_label(const struct irc_history *history, const char *label)
{
	char own[24];

	snprintf(own, sizeof(own), "h%x", history->asked);
	return history->has_labels && strcmp(label, own) == 0;
}

/* A server that does not know TARGETS may take it for another request. */
static bool is_other_reply(
		const struct irc_history *history, const struct irc_line *line, const struct tagged *tagged)
{
	return history->requests->until_ms && strstr(irc_line_param(line, 1), "chathistory") &&
	       is_own_label(history, tagged->label);
}

/* Is a batch of this type, for this target, the reply to the request? */
static bool is_reply(const struct irc_history *history, const struct irc_line *line, enum irc_casemap casemap)
{
	const char *type = irc_line_param(line, 1);

	if (history->requests->until_ms)
		return strstr(type, "chathistory-targets") != NULL;
	return strstr(type, "chathistory") &&
	       irc_casemap_equal(casemap, irc_line_param(line, 2), history->requests->channel);
}

static bool on_batch(struct irc_history *history, const struct irc_line *line, struct tagged *tagged,
		bool is_own, enum irc_casemap casemap)
{
	const char *ref = irc_line_param(line, 0);
	struct irc_history_batch *nested = nested_of(history, *ref ? ref + 1 : "");

	if (*ref == '-' && nested) {
		nested->ref[0] = '\0';
		return true;
	}
	if (*ref == '-' && *history->ref && strcmp(ref + 1, history->ref) == 0) {
		end_page(history);
		return true;
	}
	if (*ref != '+' || ref[1] == '\0' || strlen(ref + 1) >= IRC_HISTORY_REF_BYTES)
		return false;
	if (*history->ref &&
			(strcmp(tagged->batch, history->ref) == 0 || nested_of(history, tagged->batch))) {
		open_nested(history, line, tagged, is_own);
		return true;
	}
	if (line->source && strchr(line->source, '!'))
		return false; /* sent by a person; only the server's own lines are replies */
	/* A batch with our label is the reply, whatever its type. */
	if (*history->ref || (!is_reply(history, line, casemap) && !is_other_reply(history, line, tagged)))
		return false;
	if (history->has_labels && *tagged->batch == '\0' && !is_own_label(history, tagged->label))
		return false; /* sent by the server without a request */
	memcpy(history->ref, ref + 1, strlen(ref));
	return true;
}

/* The request was refused. A reference type that the server does not support is not used again. */
static bool on_refusal(struct irc_history *history, const struct irc_line *line, const struct tagged *tagged)
{
	bool is_fail = str_equal_nocase(line->verb, "FAIL"), is_own = is_own_label(history, tagged->label);
	bool is_about_us = is_fail && str_equal_nocase(irc_line_param(line, 0), "CHATHISTORY");
	unsigned numeric = irc_line_numeric(line);

	if (numeric == 421 && str_equal_nocase(irc_line_param(line, 1), "CHATHISTORY"))
		history->is_usable = false;
	else if (!is_about_us &&
			!(is_own && (is_fail || numeric >= 400 || str_equal_nocase(line->verb, "ACK"))))
		return false;
	end_page(history);
	history->page_count = 0;
	history->is_without_targets =
			history->is_without_targets ||
			(history->requests->until_ms && !strstr(irc_line_param(line, 1), "MESSAGE_ERROR"));
	/* soju 0.7 refuses msgid references as INVALID_PARAMS, and does not announce which it knows. */
	if (is_fail && (strstr(irc_line_param(line, 1), "MSGREFTYPE") ||
				       (history->used_id && history->has_times &&
						       strstr(irc_line_param(line, 1), "INVALID_PARAMS")))) {
		history->has_ids = history->has_ids && !history->used_id;
		history->has_times = history->has_times && history->used_id;
		history->is_usable = history->has_ids || history->has_times;
		history->is_asked = history->is_done =
				!history->is_usable; /* try again with the other reference type */
	}
	return true;
}

bool irc_history_hear(struct irc_history *history, const struct irc_line *line, bool is_own,
		enum irc_casemap casemap)
{
	struct irc_history_batch *nested;
	struct tagged tagged;

	if (!history->is_asked || history->is_done)
		return false;
	read_tags(line, &tagged);
	if (str_equal_nocase(line->verb, "BATCH"))
		return on_batch(history, line, &tagged, is_own, casemap);
	nested = nested_of(history, tagged.batch);
	if (!nested && (!*history->ref || strcmp(tagged.batch, history->ref) != 0))
		return on_refusal(history, line, &tagged);
	if (history->requests->until_ms && str_equal_nocase(line->verb, "CHATHISTORY"))
		keep_target(history, line);
	if (history->requests->until_ms ||
			(!str_equal_nocase(line->verb, "PRIVMSG") && !str_equal_nocase(line->verb, "NOTICE")))
		return true; /* JOIN and similar events are skipped */
	if (tagged.is_context)
		return true; /* and tells no position */
	if (nested && (nested->first != NO_LINE || nested->count))
		keep_nested(history, nested, line);
	else
		keep(history, line, &tagged, irc_line_param(line, 0), irc_line_param(line, 1), is_own);
	return true;
}

/* ---------------------------------------------------------------- done */

static int by_time(const void *a, const void *b)
{
	const struct irc_past *first = a, *second = b;

	if (first->time_ms != second->time_ms)
		return first->time_ms < second->time_ms ? -1 : 1;
	return (first->place > second->place) - (first->place < second->place);
}

bool irc_history_take(struct irc_history *history, struct irc_history_result *ret)
{
	char *channel = history->requests && history->is_done ? str_copy(history->requests->channel) : NULL;

	if (!channel)
		return false;
	if (history->line_count > 1)
		qsort(history->lines, history->line_count, sizeof(*history->lines), by_time);
	*ret = (struct irc_history_result){
			.channel = channel,
			.is_check = history->requests->is_check,
			.is_targets = history->requests->until_ms != 0,
			.lines = history->lines,
			.line_count = history->line_count,
			.newest_ms = history->newest_ms,
	};
	history->lines = NULL;
	history->line_count = 0;
	free_first_request(history);
	history->is_asked = false;
	history->is_done = false;
	history->pages = 0;
	history->page_count = 0;
	history->newest_ms = 0;
	history->newest_id[0] = '\0';
	history->deadline_ms = UINT64_MAX;
	return true;
}

void irc_history_result_release(struct irc_history_result *result)
{
	free_lines(result->lines, result->line_count);
	free(result->channel);
	*result = (struct irc_history_result){0};
}
