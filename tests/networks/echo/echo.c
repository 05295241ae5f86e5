/*
 * The echo gateway: a complete network, as small as possible. The server is on this machine. Its protocol has lines
 * of words, the last of which may contain spaces:
 *
 *	AUTH TOKEN                      first line of the bot
 *	JOIN CHANNEL, PART CHANNEL
 *	SAY ID CHANNEL TEXT             the answer to a message
 *	QUIT REASON                     last line of the bot; the server may still send OK
 *
 *	WELCOME                         the server has accepted the token
 *	REFUSED REASON                  it has not
 *	MSG ID CHANNEL AUTHOR TEXT      a message; AUTHOR is the person's account
 *	OK ID                           the answer is delivered; the bot may send the next one
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/trace.h"
#include "bot/base/utf8.h"
#include "bot/gateway/gateway.h"
#include "bot/net/backoff.h"
#include "bot/net/loop.h"
#include "bot/net/stream.h"
#include "tests/networks/echo/config.h"

#define ADDRESS        "127.0.0.1"
#define LINE_MAX_BYTES (64 * 1024) /* a longer line closes the connection */
#define ANSWERS_MAX    100         /* queued */
#define GOODBYE_MS     1500        /* for the last confirmation */
#define RETRY_BASE_MS  100
#define RETRY_CAP_MS   10000

struct echo_answer {
	struct echo_answer *next;
	char *message_id, *line;
};

struct echo_gateway {
	struct gateway_head head;
	const struct echo_config *config; /* a reference */
	struct config_channels channels;
	struct stream *stream; /* NULL: not connected */
	unsigned connection;   /* its number in the trace */
	struct str received;   /* an incomplete line */
	struct timer *timer;   /* the next try to connect, or the deadline of stop() */
	struct backoff backoff;
	struct random random;
	uint64_t ready_ms; /* since when it is READY */
	struct echo_answer *answers, **answers_end;
	size_t answer_count;
	bool is_unconfirmed; /* the first answer is sent, and its OK has not come */
	bool is_stopping;
	struct gateway_status status;
};

static struct echo_gateway *as_echo(struct gateway *gateway)
{
	return (struct echo_gateway *)(void *)gateway;
}

static struct gateway *as_gateway(struct echo_gateway *echo)
{
	return (struct gateway *)(void *)echo;
}

__attribute__((format(printf, 3, 4))) static void set_state(
		struct echo_gateway *echo, enum gateway_state state, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(echo->status.detail, sizeof(echo->status.detail), format, arguments);
	va_end(arguments);
	echo->status.state = state;
	echo->head.host->on_state(echo->head.host->bot, as_gateway(echo));
}

/* ---------------------------------------------------------------- lines */

static void trace_line(const struct echo_gateway *echo, enum trace_direction direction, const char *line)
{
	struct str safe = STR(2 * LINE_MAX_BYTES);

	if (!trace_is_on || !trace_wants(echo->head.name))
		return;
	trace_hide(&safe, line, strlen(line), (const char *const[]){echo->config->token}, 1);
	trace_write(echo->head.name, -1, echo->connection, direction, str_text(&safe), safe.length);
	str_release(&safe);
}

/* A line that cannot be sent closes the connection. */
static void send_line(struct echo_gateway *echo, const char *verb, const char *text)
{
	struct str line = STR(LINE_MAX_BYTES);
	int r;

	str_printf(&line, "%s %s", verb, text);
	trace_line(echo, TRACE_OUT, str_text(&line));
	str_append_char(&line, '\n');
	r = line.error ? line.error : stream_send(echo->stream, line.bytes, line.length);
	if (r < 0)
		stream_close(echo->stream);
	str_release(&line);
}

/* ---------------------------------------------------------------- answers */

static void drop_first(struct echo_gateway *echo)
{
	struct echo_answer *first = echo->answers;

	echo->answers = first->next;
	if (!echo->answers)
		echo->answers_end = &echo->answers;
	echo->answer_count--;
	echo->is_unconfirmed = false;
	free(first->message_id);
	free(first->line);
	free(first);
}

static void drop_answers(struct echo_gateway *echo)
{
	while (echo->answers)
		drop_first(echo);
}

/* The part of a reply that begins at delivery->position, in lines. */
static int make_line(const struct echo_gateway *echo, const struct delivery *delivery, char **ret,
		size_t *ret_next)
{
	const struct gateway_host *host = echo->head.host;
	const char *prefix = delivery->prefix ? delivery->prefix : host->prefix(host->bot);
	const struct message *message = delivery->message;
	struct str line = STR(LINE_MAX_BYTES);
	struct reply_line *lines;
	size_t count, end;
	int r = reply_lines(delivery->reply, prefix, &lines, &count);

	if (r < 0)
		return r;
	end = count - delivery->position > echo->config->lines ? delivery->position + echo->config->lines
							       : count;
	str_printf(&line, "%s %s", message->id, message->channel);
	for (size_t i = delivery->position; i < end; i++) {
		const char *veil = lines[i].is_veiled ? "||" : "";

		str_printf(&line, "%s%s%s%s", i > delivery->position ? " / " : " ", veil, lines[i].text,
				veil);
	}
	if (end < count)
		str_printf(&line, " (%smore)", prefix);
	reply_lines_free(lines, count);
	r = str_take(&line, ret);
	if (r == 0)
		*ret_next = end < count ? end : 0;
	return r;
}

static int echo_say(struct gateway *gateway, struct delivery *delivery)
{
	struct echo_gateway *echo = as_echo(gateway);
	struct echo_answer *answer;
	size_t next = 0;
	int r;

	if (echo->status.state != GATEWAY_READY)
		return -ENOTCONN;
	if (echo->answer_count == ANSWERS_MAX) {
		echo->status.dropped++;
		return -EAGAIN;
	}
	answer = calloc(1, sizeof(*answer));
	if (!answer)
		return -ENOMEM;
	answer->message_id = str_copy(delivery->message->id);
	r = answer->message_id ? make_line(echo, delivery, &answer->line, &next) : -ENOMEM;
	if (r < 0) {
		free(answer->message_id);
		free(answer);
		return r;
	}
	*echo->answers_end = answer;
	echo->answers_end = &answer->next;
	echo->answer_count++;
	delivery->position = next;
	return 0;
}

/* What is queued when the gateway stops is not sent: its questions stay open in the journal. */
static void echo_flush(struct gateway *gateway)
{
	struct echo_gateway *echo = as_echo(gateway);

	if (!echo->answers || echo->is_unconfirmed || echo->is_stopping)
		return;
	send_line(echo, "SAY", echo->answers->line);
	echo->is_unconfirmed = true;
}

/* ---------------------------------------------------------------- the server's lines */

static void on_open_question(void *user, const struct message *message)
{
	struct echo_gateway *echo = user;

	echo->head.host->on_message(echo->head.host->bot, as_gateway(echo), message);
}

/* No answer is under way on a new connection, so all open questions are asked again. */
static void on_welcome(struct echo_gateway *echo)
{
	const struct gateway_host *host = echo->head.host;

	for (size_t i = 0; i < echo->channels.count; i++)
		send_line(echo, "JOIN", echo->channels.names[i]);
	echo->ready_ms = loop_now_ms(host->loop);
	set_state(echo, GATEWAY_READY, "port %u", echo->config->port);
	host->each_open(host->bot, as_gateway(echo), on_open_question, echo);
}

static void on_refused(struct echo_gateway *echo, const char *reason)
{
	set_state(echo, GATEWAY_FAILED, "the server refuses the token: %s", reason);
	stream_close(echo->stream);
}

static void on_msg(struct echo_gateway *echo, char *rest)
{
	const char *id = strsep(&rest, " "), *channel = strsep(&rest, " "), *author = strsep(&rest, " ");
	struct message message = {
			.id = id,
			.channel = channel,
			.author_id = author,
			.author_name = author,
			.account = author,
			.text = rest,
			.fingerprint = "",
			.time_ms = clock_wall_ms(),
	};

	if (!rest || !*id || !*channel || !*author)
		return;
	echo->status.heard++;
	echo->head.host->on_message(echo->head.host->bot, as_gateway(echo), &message);
}

static void on_ok(struct echo_gateway *echo, const char *id)
{
	if (!echo->is_unconfirmed || !str_equal(echo->answers->message_id, id))
		return;
	echo->status.answered++;
	echo->head.host->on_completed(echo->head.host->bot, as_gateway(echo), id);
	drop_first(echo);
	if (echo->is_stopping)
		stream_close(echo->stream);
}

static void on_line(struct echo_gateway *echo, char *line)
{
	bool is_ready = echo->status.state == GATEWAY_READY;
	const char *verb;

	trace_line(echo, TRACE_IN, line);
	verb = strsep(&line, " ");
	if (str_equal(verb, "WELCOME") && !is_ready)
		on_welcome(echo);
	else if (str_equal(verb, "REFUSED") && !is_ready)
		on_refused(echo, line ? line : "");
	else if (str_equal(verb, "MSG") && is_ready && line)
		on_msg(echo, line);
	else if (str_equal(verb, "OK") && is_ready && line)
		on_ok(echo, line);
}

/* ---------------------------------------------------------------- the connection */

static void on_open(void *user)
{
	struct echo_gateway *echo = user;

	send_line(echo, "AUTH", echo->config->token);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	struct echo_gateway *echo = user;
	const char *end;

	while ((end = memchr(bytes, '\n', length)) != NULL && echo->status.state != GATEWAY_FAILED) {
		struct str line = STR(3 * LINE_MAX_BYTES); /* utf8_clean() may write three bytes for one */
		size_t taken = (size_t)(end - bytes);

		str_append_bytes(&echo->received, bytes, taken);
		if (echo->received.error)
			break;
		utf8_clean(&line, str_text(&echo->received), echo->received.length);
		if (!line.error && line.length)
			on_line(echo, line.bytes);
		str_release(&line);
		str_truncate(&echo->received, 0);
		bytes = end + 1;
		length -= taken + 1;
	}
	str_append_bytes(&echo->received, bytes, length);
	if (echo->received.error)
		stream_close(echo->stream);
}

static void on_close(void *user, int error, const char *reason)
{
	struct echo_gateway *echo = user;
	const struct gateway_host *host = echo->head.host;
	bool was_ready = echo->status.state == GATEWAY_READY;
	uint64_t delay_ms;

	(void)error;
	echo->stream = NULL;
	str_truncate(&echo->received, 0);
	drop_answers(echo);
	if (echo->is_stopping) {
		timer_cancel(echo->timer);
		echo->status.state = GATEWAY_STOPPED;
		host->on_stopped(host->bot, as_gateway(echo));
	} else if (echo->status.state != GATEWAY_FAILED) {
		delay_ms = backoff_next(&echo->backoff,
				was_ready ? loop_now_ms(host->loop) - echo->ready_ms : 0, &echo->random);
		timer_set(echo->timer, delay_ms);
		echo->status.reconnects += was_ready;
		set_state(echo, GATEWAY_CONNECTING, "%s; next try in %.1f s", reason,
				(double)delay_ms / 1000);
		if (!was_ready)
			log_gateway(LOG_LEVEL_WARNING, echo->head.name, "not connected: %s",
					echo->status.detail);
	}
}

static int connect_now(struct echo_gateway *echo)
{
	static const struct stream_events events = {on_open, on_bytes, on_close};
	const struct stream_options options = {
			.address = ADDRESS,
			.host = ADDRESS,
			.port = (unsigned short)echo->config->port,
	};

	echo->connection = trace_connection();
	return stream_connect(echo->head.host->loop, &options, &events, echo, &echo->stream);
}

static void on_timer(void *user)
{
	struct echo_gateway *echo = user;
	int r = 0;

	if (echo->is_stopping)
		stream_close(echo->stream);
	else
		r = connect_now(echo);
	if (r < 0)
		on_close(echo, r, strerror(-r));
}

/* ---------------------------------------------------------------- for the bot */

static void echo_free(struct gateway *gateway)
{
	struct echo_gateway *echo = as_echo(gateway);

	if (!echo)
		return;
	stream_abandon(echo->stream);
	drop_answers(echo);
	timer_free(echo->timer);
	str_release(&echo->received);
	config_channels_release(&echo->channels);
	gateway_config_unref(&echo->config->head);
	free(echo);
}

static int echo_create(
		const struct gateway_wanted *wanted, const struct gateway_host *host, struct gateway **ret)
{
	struct echo_gateway *echo = calloc(1, sizeof(*echo));
	int r;

	if (!echo)
		return -ENOMEM;
	echo->config = echo_config(gateway_config_ref(wanted->config));
	echo->head = (struct gateway_head){&echo_gateway, host, echo->config->head.name};
	echo->received = STR(LINE_MAX_BYTES);
	echo->answers_end = &echo->answers;
	backoff_init(&echo->backoff, RETRY_BASE_MS, RETRY_CAP_MS);
	random_seed_from_system(&echo->random);
	echo->timer = timer_new(host->loop, on_timer, echo);
	r = echo->timer ? config_channels_copy(&wanted->channels, &echo->channels) : -ENOMEM;
	if (r < 0)
		echo_free(as_gateway(echo));
	else
		*ret = as_gateway(echo);
	return r;
}

static int echo_start(struct gateway *gateway)
{
	struct echo_gateway *echo = as_echo(gateway);

	echo->status.state = GATEWAY_CONNECTING;
	return connect_now(echo);
}

/* Without the last confirmation, the next process would send that answer again. */
static void echo_stop(struct gateway *gateway, const char *reason)
{
	struct echo_gateway *echo = as_echo(gateway);

	echo->is_stopping = true;
	if (!echo->stream) {
		on_close(echo, 0, reason);
		return;
	}
	if (echo->status.state == GATEWAY_READY)
		send_line(echo, "QUIT", reason);
	if (echo->is_unconfirmed)
		timer_set(echo->timer, GOODBYE_MS);
	else
		stream_close(echo->stream);
}

static bool has_channel(const struct config_channels *channels, const char *name)
{
	for (size_t i = 0; i < channels->count; i++)
		if (str_equal(channels->names[i], name))
			return true;
	return false;
}

/* Send verb for each channel of one list that is not in the other. */
static void send_difference(struct echo_gateway *echo, const char *verb,
		const struct config_channels *channels, const struct config_channels *without)
{
	for (size_t i = 0; i < channels->count; i++)
		if (!has_channel(without, channels->names[i]))
			send_line(echo, verb, channels->names[i]);
}

static int echo_reconfigure(struct gateway *gateway, const struct gateway_wanted *wanted)
{
	struct echo_gateway *echo = as_echo(gateway);
	const struct echo_config *before = echo->config;
	struct config_channels channels;
	int r;

	if (echo->status.state == GATEWAY_FAILED)
		return -ENOTSUP;
	r = config_channels_copy(&wanted->channels, &channels);
	if (r < 0)
		return r;
	if (echo->status.state == GATEWAY_READY) {
		send_difference(echo, "PART", &echo->channels, &channels);
		send_difference(echo, "JOIN", &channels, &echo->channels);
	}
	config_channels_release(&echo->channels);
	echo->channels = channels;
	echo->config = echo_config(gateway_config_ref(wanted->config));
	echo->head.name = echo->config->head.name;
	gateway_config_unref(&before->head);
	return 0;
}

static void echo_status(const struct gateway *gateway, struct gateway_status *ret)
{
	const struct echo_gateway *echo = (const struct echo_gateway *)(const void *)gateway;

	*ret = echo->status;
	ret->channels = ret->state == GATEWAY_READY ? (unsigned)echo->channels.count : 0;
}

const struct gateway_class echo_gateway = {
		.is_confirmed = true,
		.looks_at_open = true,
		.create = echo_create,
		.free = echo_free,
		.start = echo_start,
		.stop = echo_stop,
		.reconfigure = echo_reconfigure,
		.say = echo_say,
		.flush = echo_flush,
		.status = echo_status,
};
