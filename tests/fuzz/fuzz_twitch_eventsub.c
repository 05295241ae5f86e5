/* Any frames and any responses from Twitch, with time between them: the session stays consistent, and its requests are
 * JSON, go to known paths, and never exceed what Twitch allows at once. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/span.h"
#include "bot/base/utf8.h"
#include "bot/gateway/twitch/eventsub.h"
#include "bot/gateway/twitch/helix.h"

#define STEP_MS  1300 /* between two inputs */
#define HELD_MAX 64
#define TEXT_MAX 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed {
	struct twitch_eventsub *session;
	struct irc_now now;
	struct twitch_request held[HELD_MAX];
	size_t held_count;
	bool is_open[TWITCH_LINKS], is_refused, is_stopped;
};

static void on_connect(void *user, size_t link, const char *url)
{
	struct fuzzed *fuzzed = user;

	assert(link < TWITCH_LINKS && !fuzzed->is_open[link]);
	assert(!url || *url);
	fuzzed->is_open[link] = true;
}

static void on_drop(void *user, size_t link)
{
	struct fuzzed *fuzzed = user;

	assert(link < TWITCH_LINKS && fuzzed->is_open[link]);
	fuzzed->is_open[link] = false;
}

static int on_request(void *user, const struct twitch_request *request)
{
	static const char *const paths[] = {
			"/users", "/eventsub/subscriptions", "/chat/settings?", "/chat/messages"};
	struct fuzzed *fuzzed = user;
	bool is_known = false;

	assert(!fuzzed->is_refused && !fuzzed->is_stopped);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		is_known = is_known || strncmp(request->path, paths[i], strlen(paths[i])) == 0;
	assert(is_known && !strpbrk(request->path, " \r\n\"#"));
	if (request->body) {
		const char *end = request->body + strlen(request->body);

		assert(span_skip_value(request->body, end) == end &&
				utf8_valid(request->body, strlen(request->body)));
	}
	if (fuzzed->held_count == HELD_MAX)
		return -1;
	fuzzed->held[fuzzed->held_count] = *request;
	fuzzed->held[fuzzed->held_count].path = fuzzed->held[fuzzed->held_count].body = NULL;
	fuzzed->held_count++;
	return 0;
}

static void on_refused(void *user)
{
	((struct fuzzed *)user)->is_refused = true;
}

static void on_ready(void *user)
{
	assert(user);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	(void)user;
	assert(*reason && delay_ms < UINT64_MAX / 2);
}

static void on_text(void *user, const char *text)
{
	(void)user;
	assert(*text && utf8_valid(text, strlen(text)));
}

static void on_stopped(void *user)
{
	((struct fuzzed *)user)->is_stopped = true;
}

static void on_rooms(void *user)
{
	char silence[TWITCH_STATUS_MAX_BYTES];
	struct fuzzed *fuzzed = user;

	if (fuzzed->session)
		twitch_chat_silence(twitch_eventsub_chat(fuzzed->session), fuzzed->now.ms, silence);
}

/* Answer every message with its text. */
static void on_message(void *user, const struct message *message)
{
	struct fuzzed *fuzzed = user;
	char *text = strdup(message->text);
	struct twitch_say say = {.channel = message->channel,
			.asked_id = message->id,
			.author_id = message->author_id,
			.is_again = strlen(message->text) % 2,
			.lines = &text,
			.line_count = 1};

	assert(utf8_valid(message->text, strlen(message->text)) && strlen(message->text) <= TEXT_MAX);
	assert(*message->channel == '#' && *message->author_id && *message->id && !*message->account);
	twitch_chat_say(twitch_eventsub_chat(fuzzed->session), &say, &fuzzed->now);
	free(text);
}

static void on_completed(void *user, const char *message_id, bool is_said)
{
	(void)user;
	(void)is_said;
	assert(*message_id);
}

/* The first byte says what it is: a frame, a response with a status, or an event of a connection. */
static void feed(struct fuzzed *fuzzed, const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 202, 204, 400, 401, 403, 409, 422, 429, 500, 503, 0};
	const char *text = (const char *)data + 1;
	size_t length = size - 1, link = *data % TWITCH_LINKS;

	if (*data >= 'a' && *data <= 'l' && fuzzed->held_count > 0) {
		struct twitch_request request = fuzzed->held[0];
		char *body = strndup(text, length);
		int status = statuses[*data - 'a'];

		fuzzed->held_count--;
		memmove(fuzzed->held, fuzzed->held + 1, fuzzed->held_count * sizeof(request));
		twitch_eventsub_response(fuzzed->session, &request,
				&(struct twitch_response){.error = status ? 0 : -1,
						.is_unsent = length % 2,
						.reason = "reset",
						.status = status,
						.body = body,
						.length = strlen(body)},
				&fuzzed->now);
		twitch_helix_pause_ms(status, body, body, body);
		free(body);
	} else if (*data == 'C' || *data == 'D') {
		if (fuzzed->is_open[link]) {
			fuzzed->is_open[link] = false;
			twitch_eventsub_closed(fuzzed->session, link, 4000 + (unsigned)length % 9, "closed",
					&fuzzed->now);
		}
	} else if (*data == 'A') {
		fuzzed->is_refused = false;
		twitch_eventsub_authorize(fuzzed->session, length ? "77" : "", &fuzzed->now);
	} else if (fuzzed->is_open[link]) {
		twitch_eventsub_receive(fuzzed->session, link, text, length, &fuzzed->now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct twitch_eventsub_events events = {
			on_connect, on_drop, on_request, on_refused, on_ready, on_down, on_text, on_stopped};
	static const struct twitch_chat_events chat_events = {on_rooms, on_message, on_completed, on_text};
	static char one[] = "#tv", two[] = "#two";
	char *channels[] = {one, two};
	struct twitch_eventsub_config config = {
			.login = "bot", .channels = channels, .channel_count = 2, .seed = 1};
	struct fuzzed fuzzed = {.now = {1000, 1795425089000u}};

	if (twitch_eventsub_new(&config, &events, &fuzzed, &fuzzed.session) < 0)
		return 0;
	twitch_chat_listen(twitch_eventsub_chat(fuzzed.session), &chat_events, &fuzzed);
	twitch_eventsub_authorize(fuzzed.session, "", &fuzzed.now);
	while (size > 0) { /* a NUL ends an input, and time passes */
		const uint8_t *end = memchr(data, '\0', size);
		size_t length = end ? (size_t)(end - data) : size;

		if (length > 0)
			feed(&fuzzed, data, length);
		twitch_chat_flush(twitch_eventsub_chat(fuzzed.session), &fuzzed.now);
		fuzzed.now.ms += STEP_MS;
		fuzzed.now.wall_ms += STEP_MS;
		twitch_eventsub_tick(fuzzed.session, &fuzzed.now);
		twitch_eventsub_next_ms(fuzzed.session);
		length += end != NULL;
		data += length;
		size -= length;
	}
	config.channel_count = 1;
	twitch_eventsub_configure(fuzzed.session, &config, &fuzzed.now);
	twitch_eventsub_quit(fuzzed.session, &fuzzed.now);
	twitch_eventsub_free(fuzzed.session);
	return 0;
}
