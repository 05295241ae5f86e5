#ifndef EPISODED_TESTS_IRC_SASL_EXCHANGE_H
#define EPISODED_TESTS_IRC_SASL_EXCHANGE_H

/* A login by SASL: what the server says, and what the bot sends. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/irc/sasl.h"

struct exchange {
	struct irc_sasl sasl;
	struct irc_outbox outbox;
	struct irc_login login;
	struct str sent;
};

static inline void on_send(void *user, const char *line, size_t length)
{
	struct exchange *exchange = user;

	str_append_bytes(&exchange->sent, line, length);
	str_append_char(&exchange->sent, '\n');
}

static inline void begin_again(struct exchange *exchange, bool is_private, const char *offered)
{
	static const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES] = {0};

	irc_sasl_set_offered(&exchange->sasl, offered);
	irc_sasl_begin(&exchange->sasl, &exchange->login, is_private, random, &exchange->outbox, 1000);
}

static inline void reconnect(struct exchange *exchange, bool is_private, const char *offered)
{
	irc_sasl_reset(&exchange->sasl);
	begin_again(exchange, is_private, offered);
}

static inline void start_with(struct exchange *exchange, const struct irc_login *login, bool is_private,
		const char *offered)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->sent = STR(10000);
	exchange->login = *login;
	irc_outbox_init(&exchange->outbox, on_send, exchange);
	reconnect(exchange, is_private, offered);
}

static inline void hears(struct exchange *exchange, const char *text)
{
	char bytes[5000];
	struct irc_line line;

	snprintf(bytes, sizeof(bytes), "%s", text);
	assert_int_equal(irc_line_parse(bytes, strlen(bytes), &line), 0);
	irc_sasl_read(&exchange->sasl, &exchange->login, &line, &exchange->outbox, 2000);
}

static inline void sent(struct exchange *exchange, const char *wanted)
{
	assert_string_equal(str_text(&exchange->sent), wanted);
	str_clear(&exchange->sent);
}

static inline void stop(struct exchange *exchange)
{
	irc_sasl_reset(&exchange->sasl);
	irc_outbox_clear(&exchange->outbox);
	str_release(&exchange->sent);
}

#endif
