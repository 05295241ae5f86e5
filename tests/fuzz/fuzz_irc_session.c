/* Any bytes from a server, with time between them: the session stays consistent and sends complete lines only. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/answer.h"
#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/sasl.h"
#include "bot/gateway/irc/session.h"

#define STEP_MS     7000 /* between two messages */
#define TAGS_MAX    4096
#define LINELEN_MAX 4096
#define TEXT_MAX    4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed {
	struct irc_session *session;
	struct irc_now now;
	bool is_in_batch;
	bool may_vouch; /* somewhere, the server acknowledges account-tag */
};

/* True if the line is this command, ignoring tags. */
static bool is_command(const char *line, const char *command)
{
	if (*line == '@' && strchr(line, ' '))
		line = strchr(line, ' ') + 1;
	return strncmp(line, command, strlen(command)) == 0;
}

static void on_send(void *user, const char *line, size_t length)
{
	struct fuzzed *fuzzed = user;

	assert(length > 0 && length <= TAGS_MAX + LINELEN_MAX * 3);
	assert(!memchr(line, '\n', length) && !memchr(line, '\r', length) && !memchr(line, '\0', length));
	/* No other line is sent inside a batch. */
	assert(!fuzzed->is_in_batch || is_command(line, "BATCH -") || strncmp(line, "@batch=", 7) == 0);
	if (is_command(line, "BATCH "))
		fuzzed->is_in_batch = is_command(line, "BATCH +");
}

/* Random enough against a fuzzer. */
static void on_random(void *user, void *ret, size_t length)
{
	(void)user;
	memset(ret, 1, length);
}

static bool is_private(void *user)
{
	(void)user;
	return true;
}

/* Answer every message with its text, three times, so that it takes several lines. */
static void on_message(void *user, const struct message *message)
{
	struct fuzzed *fuzzed = user;
	struct delivery delivery = {.message = message};
	struct reply reply;

	assert(utf8_valid(message->text, strlen(message->text)));
	assert(strlen(message->text) <= TEXT_MAX);
	assert(*message->channel && *message->author_name && *message->author_id);
	assert(!*message->account || message->fingerprint || fuzzed->may_vouch);
	assert(!message->extra || !*message->extra || strlen(message->extra) > strlen(message->channel));
	assert(irc_session_room(fuzzed->session, "PRIVMSG", message->channel) >= 64);
	reply_init(&reply);
	delivery.reply = &reply;
	reply_set_title(&reply, message->text);
	reply_set_text(&reply, message->text);
	reply_set_footer(&reply, message->text);
	reply.is_private = *message->text == 'p';
	reply.is_text_veiled = *message->text == 's';
	if (reply.is_text_veiled)
		reply_set_spoiler(&reply, message->author_name);
	irc_answer(fuzzed->session, &delivery, "!", &fuzzed->now);
	reply_release(&reply);
	if (!message->fingerprint)
		irc_session_identify(fuzzed->session, message, &fuzzed->now);
	else
		assert(!message->fingerprint[strspn(message->fingerprint, "0123456789abcdef")]);
}

static void on_completed(void *user, const struct irc_completed *completed)
{
	(void)user;
	assert(*completed->id && *completed->target);
}

static void on_nothing(void *user)
{
	(void)user;
}

static void on_note(void *user, const char *text)
{
	(void)user;
	assert(*text);
}

static void on_lost(void *user, const char *reason, bool stay_away)
{
	(void)user;
	(void)stay_away;
	assert(reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct irc_session_events events = {
			.on_send = on_send,
			.on_ready = on_nothing,
			.on_channels = on_nothing,
			.on_message = on_message,
			.on_note = on_note,
			.on_lost = on_lost,
			.on_completed = on_completed,
			.on_random = on_random,
			.is_private = is_private,
	};
	static const struct irc_login login = {
			.mechanism = SASL_AUTO, .account = "bot", .password = "pencil"};
	static char one[] = "#tv", two[] = "#two";
	char *channels[] = {one, two};
	struct irc_session_config config = {.nick = "bot",
			.username = "user",
			.realname = "A bot",
			.channels = channels,
			.channel_count = 2,
			.login = &login,
			.services = "NickServ",
			.asks_account = true,
			.asks_fingerprint = true};
	/* A person for whom the bot has something. */
	const struct message away = {.author_id = "anna", .author_name = "anna", .account = "anna"};
	struct fuzzed fuzzed = {.now = {1000, 1795425089000u},
			.may_vouch = memmem(data, size, "account-tag", strlen("account-tag")) != NULL};

	if (irc_session_new(&config, &events, &fuzzed, &fuzzed.session) < 0)
		return 0;
	irc_session_open(fuzzed.session, &fuzzed.now);
	while (size > 0) { /* a NUL ends a message from the server, and time passes */
		const uint8_t *end = memchr(data, '\0', size);
		size_t length = end ? (size_t)(end - data) : size;

		irc_session_receive(fuzzed.session, (const char *)data, length, &fuzzed.now);
		(void)irc_session_reach(fuzzed.session, &away, &fuzzed.now);
		irc_session_flush(fuzzed.session, &fuzzed.now);
		fuzzed.now.ms += STEP_MS;
		fuzzed.now.wall_ms += STEP_MS;
		irc_session_tick(fuzzed.session, &fuzzed.now);
		irc_session_next_ms(fuzzed.session, fuzzed.now.ms);
		length += end != NULL;
		data += length;
		size -= length;
	}
	irc_session_quit(fuzzed.session, "done", &fuzzed.now);
	irc_session_free(fuzzed.session);
	return 0;
}
