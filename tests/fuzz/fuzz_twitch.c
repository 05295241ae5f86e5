/* Any bytes from Twitch on either connection, with time between them: the session stays consistent, and sends complete
 * lines and never a chat command. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/twitch/session.h"

#define STEP_MS        1300 /* between two messages */
#define LINE_MAX_BYTES 8192
#define TEXT_MAX       4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed {
	struct twitch_session *session;
	struct irc_now now;
	bool wants_other;
};

static void on_send(void *user, size_t link, const char *line, size_t length)
{
	static const char message[] = "PRIVMSG ";
	const char *text = memmem(line, length, message, strlen(message));

	(void)user;
	assert(link < TWITCH_LINKS);
	assert(length > 0 && length <= LINE_MAX_BYTES);
	assert(!memchr(line, '\n', length) && !memchr(line, '\r', length) && !memchr(line, '\0', length));
	if (*line != '@')
		return;
	assert(text);
	text = memchr(text + strlen(message), ' ', length - (size_t)(text - line) - strlen(message));
	assert(text);
	text += text[1] == ':' ? 2 : 1;
	assert(*text != '/' && *text != '.');
}

/* Answer every message with its text. */
static void on_message(void *user, const struct message *message)
{
	struct fuzzed *fuzzed = user;
	char *text = strdup(message->text);
	struct twitch_say say = {.channel = message->channel,
			.asked_id = message->id,
			.author_id = message->author_id,
			.lines = &text,
			.line_count = 1};

	assert(utf8_valid(message->text, strlen(message->text)));
	assert(strlen(message->text) <= TEXT_MAX);
	assert(*message->channel == '#' && *message->author_id && *message->id && !*message->account);
	twitch_chat_say(twitch_session_chat(fuzzed->session), &say, &fuzzed->now);
	free(text);
}

static void on_completed(void *user, const char *message_id, bool is_said)
{
	(void)user;
	(void)is_said;
	assert(*message_id);
}

static void on_ready(void *user, size_t link)
{
	(void)user;
	assert(link < TWITCH_LINKS);
}

static void on_rooms(void *user)
{
	char silence[TWITCH_STATUS_MAX_BYTES];
	struct fuzzed *fuzzed = user;

	if (fuzzed->session)
		twitch_chat_silence(twitch_session_chat(fuzzed->session), fuzzed->now.ms, silence);
}

static void on_note(void *user, const char *text)
{
	(void)user;
	assert(*text);
}

static void on_lost(void *user, size_t link, const char *reason, bool stay_away)
{
	(void)user;
	(void)stay_away;
	assert(link < TWITCH_LINKS && reason);
}

static void on_refused(void *user, size_t link, const char *reason)
{
	(void)user;
	assert(link < TWITCH_LINKS && *reason);
}

static void on_renew(void *user)
{
	((struct fuzzed *)user)->wants_other = true;
}

static void on_let_go(void *user, size_t link)
{
	(void)user;
	assert(link < TWITCH_LINKS);
}

/* Enable the capabilities of a connection: without them, lines are ignored. */
static void open_link(struct fuzzed *fuzzed, size_t link)
{
	static const char ack[] = ":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands";

	twitch_session_open(fuzzed->session, link, &fuzzed->now);
	twitch_session_receive(fuzzed->session, link, ack, sizeof(ack) - 1, &fuzzed->now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct twitch_session_events events = {
			on_send, on_ready, on_lost, on_refused, on_note, on_renew, on_let_go};
	static const struct twitch_chat_events chat_events = {on_rooms, on_message, on_completed, on_note};
	static char one[] = "#tv", two[] = "#two";
	char *channels[] = {one, two};
	struct twitch_session_config config = {
			.login = "bot", .token = "abc", .channels = channels, .channel_count = 2, .seed = 1};
	struct fuzzed fuzzed = {.now = {1000, 1795425089000u}};
	size_t link = 0;

	if (twitch_session_new(&config, &events, &fuzzed, &fuzzed.session) < 0)
		return 0;
	twitch_chat_listen(twitch_session_chat(fuzzed.session), &chat_events, &fuzzed);
	open_link(&fuzzed, 0);
	while (size > 0) { /* a NUL ends a message from the server, and time passes */
		const uint8_t *end = memchr(data, '\0', size);
		size_t length = end ? (size_t)(end - data) : size;

		if (length == 1) /* one byte: an event of the connections */
			link = *data % TWITCH_LINKS;
		else
			twitch_session_receive(fuzzed.session, link, (const char *)data, length, &fuzzed.now);
		twitch_chat_flush(twitch_session_chat(fuzzed.session), &fuzzed.now);
		if (length == 1 && *data & 2)
			twitch_session_close(fuzzed.session, link, &fuzzed.now);
		if (fuzzed.wants_other || (length == 1 && *data & 4))
			open_link(&fuzzed, (twitch_chat_current(twitch_session_chat(fuzzed.session)) + 1) %
							   TWITCH_LINKS);
		fuzzed.wants_other = false;
		fuzzed.now.ms += STEP_MS;
		fuzzed.now.wall_ms += STEP_MS;
		twitch_session_tick(fuzzed.session, &fuzzed.now);
		twitch_session_next_ms(fuzzed.session);
		length += end != NULL;
		data += length;
		size -= length;
	}
	twitch_session_quit(fuzzed.session, &fuzzed.now);
	twitch_session_free(fuzzed.session);
	return 0;
}
