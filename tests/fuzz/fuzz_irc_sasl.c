/* Any lines from a server during a login with SCRAM, PLAIN or any offered mechanism; one per input line. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/sasl.h"

#define LINE_BYTES 600

static void on_send(void *user, const char *line, size_t length)
{
	const struct irc_login *login = user;

	/* If SCRAM was tried first or was offered, the password is never sent. */
	if (login->mechanism == SASL_AUTO && length >= 18 && memcmp(line, "AUTHENTICATE PLAIN", 18) == 0)
		abort();
	if (memchr(line, '\n', length) || memchr(line, '\r', length) || length > 510)
		abort();
}

static void hear(struct irc_sasl *sasl, const struct irc_login *login, struct irc_outbox *outbox,
		const uint8_t *bytes, size_t length)
{
	char text[LINE_BYTES + 1];
	struct irc_line line;

	if (length > LINE_BYTES)
		return;
	memcpy(text, bytes, length);
	text[length] = '\0';
	if (irc_line_parse(text, length, &line) == 0)
		irc_sasl_read(sasl, login, &line, outbox, 1000);
	/* SCRAM succeeds only with a server that knows the password. */
	if (login->mechanism != SASL_PLAIN && sasl->state == IRC_SASL_DONE)
		abort();
}

static void login_with(enum sasl_mechanism mechanism, const uint8_t *bytes, size_t length)
{
	static const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES] = {1, 2, 3};
	struct irc_login login = {
			.mechanism = mechanism, .account = "bot", .password = "pencil", .is_required = true};
	struct irc_outbox outbox;
	struct irc_sasl sasl = {0};

	irc_outbox_init(&outbox, on_send, &login);
	irc_sasl_reset(&sasl);
	irc_sasl_begin(&sasl, &login, true, random, &outbox, 0);
	while (length > 0) {
		const uint8_t *end = memchr(bytes, '\n', length);
		size_t line_length = end ? (size_t)(end - bytes) : length;

		hear(&sasl, &login, &outbox, bytes, line_length);
		line_length += end != NULL;
		bytes += line_length;
		length -= line_length;
	}
	irc_sasl_run(&sasl, &login, &outbox, 20000);
	irc_sasl_reset(&sasl);
	irc_outbox_clear(&outbox);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	login_with(SASL_SCRAM_SHA_256, data, size);
	login_with(SASL_SCRAM_SHA_512, data, size);
	login_with(SASL_PLAIN, data, size);
	login_with(SASL_AUTO, data, size);
	return 0;
}
