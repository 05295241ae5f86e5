/* SASL login. */

#include "bot/gateway/irc/sasl.h"
#include "bot/base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "bot/irc/ecdsa.h"

#define ANSWER_MS       (15 * 1000) /* for the whole exchange of a mechanism */
#define ABORT_MS        2000
#define DECODED_MAX     (IRC_SASL_GATHER_MAX_BYTES / 4 * 3 + 1)
#define PLAIN_MAX_BYTES 2000
#define ENCODED_MAX     (4 * PLAIN_MAX_BYTES)

/* In the order of preference. */
static const struct {
	const char *name;
	enum sasl_mechanism mechanism;
} mechanisms[] = {
		{"EXTERNAL", SASL_EXTERNAL},
		{"ECDSA-NIST256P-CHALLENGE", SASL_ECDSA},
		{"SCRAM-SHA-512", SASL_SCRAM_SHA_512},
		{"SCRAM-SHA-256", SASL_SCRAM_SHA_256},
		{"PLAIN", SASL_PLAIN},
};
#define MECHANISM_COUNT (sizeof(mechanisms) / sizeof(mechanisms[0]))

static const char *name_of(enum sasl_mechanism mechanism)
{
	size_t i;

	for (i = 0; i < MECHANISM_COUNT; i++) {
		if (mechanisms[i].mechanism == mechanism)
			return mechanisms[i].name;
	}
	return "SASL";
}

void irc_sasl_reset(struct irc_sasl *sasl)
{
	irc_scram_release(&sasl->scram);
	if (sasl->gathered.bytes)
		OPENSSL_cleanse(sasl->gathered.bytes, sasl->gathered.length);
	str_release(&sasl->gathered);
	*sasl = (struct irc_sasl){
			.deadline_ms = UINT64_MAX,
			.gathered = STR(IRC_SASL_GATHER_MAX_BYTES),
			.has_scram = sasl->has_scram,
			.has_better = sasl->has_better,
	};
}

void irc_sasl_set_offered(struct irc_sasl *sasl, const char *list)
{
	/* A list that does not fit is dropped: a truncated one could hide a mechanism. */
	snprintf(sasl->offered, sizeof(sasl->offered), "%s",
			strlen(list) <= IRC_SASL_LIST_MAX_BYTES ? list : "");
}

bool irc_sasl_is_working(const struct irc_sasl *sasl)
{
	return sasl->state == IRC_SASL_ASKED || sasl->state == IRC_SASL_TALKING ||
	       sasl->state == IRC_SASL_ABORTING;
}

static void set_why(struct irc_sasl *sasl, const char *what, const char *fix)
{
	utf8_print(sasl->why, sizeof(sasl->why), "%s: %s; %s", name_of(sasl->mechanism), what, fix);
}

static bool is_scram(enum sasl_mechanism mechanism)
{
	return mechanism == SASL_SCRAM_SHA_512 || mechanism == SASL_SCRAM_SHA_256;
}

static bool is_named(const struct irc_sasl *sasl, const char *name)
{
	const char *list = sasl->offered;

	while (*list) {
		size_t length = strcspn(list, ",");

		if (length == strlen(name) && strncasecmp(list, name, length) == 0)
			return true;
		list += length;
		list += *list == ',';
	}
	return false;
}

/* A server without a list predates SCRAM-SHA-512. A configured key is tried: the operator knows the services. */
static bool is_offered(const struct irc_sasl *sasl, const struct irc_login *login, size_t index)
{
	if (*sasl->offered)
		return is_named(sasl, mechanisms[index].name);
	return login->mechanism != SASL_AUTO || mechanisms[index].mechanism != SASL_SCRAM_SHA_512;
}

static bool is_plain_barred(const struct irc_sasl *sasl, const struct irc_login *login)
{
	return login->mechanism == SASL_AUTO && (sasl->has_scram || sasl->has_better);
}

static bool is_possible(
		const struct irc_sasl *sasl, const struct irc_login *login, enum sasl_mechanism mechanism)
{
	if (login->mechanism != SASL_AUTO && login->mechanism != mechanism)
		return false;
	if (mechanism == SASL_EXTERNAL)
		return login->has_certificate;
	if (mechanism == SASL_ECDSA)
		return login->account && login->key;
	if (mechanism == SASL_PLAIN && (!sasl->is_private || is_plain_barred(sasl, login)))
		return false;
	return login->account && login->password;
}

/* On an unencrypted connection the list may be forged. */
static void note_scram(struct irc_sasl *sasl)
{
	for (size_t i = 0; i < MECHANISM_COUNT && sasl->is_private; i++) {
		if (is_scram(mechanisms[i].mechanism) && is_named(sasl, mechanisms[i].name))
			sasl->has_scram = true;
	}
}

/* Set the reason when no mechanism could be tried. */
static void explain_nothing(struct irc_sasl *sasl, const struct irc_login *login)
{
	if (sasl->is_private && login->password && is_plain_barred(sasl, login))
		utf8_print(sasl->why, sizeof(sasl->why),
				"the server offers %.40s and no SCRAM, as it did before: the password is not "
				"sent; "
				"if that "
				"is right, set \"mechanism\": \"plain\" in \"sasl\"",
				*sasl->offered ? sasl->offered : "nothing");
	else
		utf8_print(sasl->why, sizeof(sasl->why), "no mechanism fits: the server offers %.80s%s",
				*sasl->offered ? sasl->offered : "none",
				sasl->is_private ? "; see \"mechanism\" in \"sasl\""
						 : "; a password needs TLS (ircs:// or wss://)");
}

static void try_next(struct irc_sasl *sasl, const struct irc_login *login, struct irc_outbox *outbox,
		uint64_t now_ms)
{
	size_t i;

	irc_scram_release(&sasl->scram);
	str_clear(&sasl->gathered);
	sasl->step = 0;
	sasl->deadline_ms = UINT64_MAX;
	for (i = 0; i < MECHANISM_COUNT && !sasl->is_lying; i++) {
		unsigned bit = 1u << mechanisms[i].mechanism;

		if ((sasl->tried & bit) || !is_possible(sasl, login, mechanisms[i].mechanism) ||
				!is_offered(sasl, login, i))
			continue;
		sasl->has_better = sasl->has_better || mechanisms[i].mechanism != SASL_PLAIN;
		sasl->tried |= bit;
		sasl->mechanism = mechanisms[i].mechanism;
		sasl->state = IRC_SASL_ASKED;
		sasl->deadline_ms = now_ms + ANSWER_MS;
		irc_outbox_urgent(outbox, IRC_LINE("AUTHENTICATE", mechanisms[i].name), now_ms);
		return;
	}
	if (!sasl->tried)
		explain_nothing(sasl, login);
	sasl->failures++;
	sasl->state = IRC_SASL_FAILED;
}

void irc_sasl_begin(struct irc_sasl *sasl, const struct irc_login *login, bool is_private,
		const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES], struct irc_outbox *outbox,
		uint64_t now_ms)
{
	if (sasl->failures >= IRC_SASL_FAILURES_MAX) {
		/* Stop after several failures, because services lock an account after too many attempts. */
		utf8_print(sasl->why, sizeof(sasl->why),
				"the login was refused several times; giving up on this connection");
		sasl->state = IRC_SASL_FAILED;
		return;
	}
	memcpy(sasl->random, random, sizeof(sasl->random));
	sasl->is_private = is_private;
	sasl->tried = 0;
	note_scram(sasl);
	try_next(sasl, login, outbox, now_ms);
}

/* ---------------------------------------------------------------- messages to the server */

/* Send bytes in base64, in pieces of 400 bytes; a full last piece is followed by "+". */
static void send_bytes(struct irc_outbox *outbox, const void *bytes, size_t length, uint64_t now_ms)
{
	struct str text = STR(ENCODED_MAX);
	char piece[IRC_SASL_PIECE_BYTES + 1];
	size_t at = 0, count;

	irc_base64_append(&text, bytes, length);
	do {
		count = text.length - at < IRC_SASL_PIECE_BYTES ? text.length - at : IRC_SASL_PIECE_BYTES;
		memcpy(piece, count ? text.bytes + at : "+", count ? count : 1);
		piece[count ? count : 1] = '\0';
		irc_outbox_urgent(outbox, IRC_LINE("AUTHENTICATE", piece), now_ms);
		at += count;
	} while (count == IRC_SASL_PIECE_BYTES);
	OPENSSL_cleanse(piece, sizeof(piece));
	if (text.bytes)
		OPENSSL_cleanse(text.bytes, text.length);
	str_release(&text);
}

static void abort_login(struct irc_sasl *sasl, struct irc_outbox *outbox, uint64_t now_ms)
{
	sasl->state = IRC_SASL_ABORTING;
	sasl->deadline_ms = now_ms + ABORT_MS;
	irc_outbox_urgent(outbox, IRC_LINE("AUTHENTICATE", "*"), now_ms);
}

static void send_plain(const struct irc_login *login, struct irc_outbox *outbox, uint64_t now_ms)
{
	struct str text = STR(PLAIN_MAX_BYTES);

	str_append(&text, login->account);
	str_append_char(&text, '\0');
	str_append(&text, login->account);
	str_append_char(&text, '\0');
	str_append(&text, login->password);
	if (!text.error)
		send_bytes(outbox, text.bytes, text.length, now_ms);
	if (text.bytes)
		OPENSSL_cleanse(text.bytes, text.length);
	str_release(&text);
}

/* The account, then the signature of the challenge. 0, or a negative errno after which the login is given up. */
static int ecdsa_step(struct irc_sasl *sasl, const struct irc_login *login, const void *bytes, size_t length,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	struct str answer = STR(PLAIN_MAX_BYTES);
	int r = -EBADMSG;

	switch (sasl->step++) {
	case 0:
		r = length == 0 ? 0 : -EBADMSG;
		str_append(&answer, login->account);
		break;
	case 1: r = irc_ecdsa_sign(login->key, bytes, length, &answer); break;
	default: break;
	}
	if (r == 0)
		send_bytes(outbox, answer.bytes, answer.length, now_ms);
	else
		set_why(sasl, r == -EBADMSG ? "invalid challenge from the server" : strerror(-r),
				r == -EBADMSG ? "tell the network's operators" : "check \"key\" in \"sasl\"");
	str_release(&answer);
	return r;
}

static const char *challenge_fault(int error)
{
	switch (error) {
	case -ERANGE: return "the server requests too few or too many iterations";
	case -EPROTO: return "the server's message belongs to another login";
	case -EINVAL: return "the password is not valid UTF-8";
	case -EACCES: return "server verification failed: the server does not know the password";
	default: return "invalid challenge from the server";
	}
}

/* 0, or a negative errno after which the login is given up. */
static int scram_step(struct irc_sasl *sasl, const struct irc_login *login, const char *text, size_t length,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	struct str answer = STR(2 * IRC_SCRAM_MESSAGE_MAX_BYTES);
	int r = -EBADMSG;

	if (strlen(text) != length) /* a NUL inside */
		goto out;
	switch (sasl->step++) {
	case 0:
		r = length == 0 ? irc_scram_first(&sasl->scram,
						  sasl->mechanism == SASL_SCRAM_SHA_512 ? IRC_SCRAM_SHA_512
											: IRC_SCRAM_SHA_256,
						  login->account, sasl->random, &answer)
				: -EBADMSG;
		break;
	case 1: r = irc_scram_final(&sasl->scram, login->password, text, &answer); break;
	case 2: r = irc_scram_check(&sasl->scram, text); break;
	default: break;
	}
out:
	if (r == 0)
		send_bytes(outbox, answer.bytes, answer.length, now_ms);
	else {
		/* After a protocol violation, do not try another mechanism, above all not PLAIN. */
		sasl->is_lying = r != -ENOMEM && r != -EINVAL && strncmp(text, "e=", 2) != 0;
		set_why(sasl, challenge_fault(r), "is this the right server?");
	}
	str_release(&answer);
	return r;
}

static void on_message(struct irc_sasl *sasl, const struct irc_login *login, struct irc_outbox *outbox,
		uint64_t now_ms)
{
	unsigned char bytes[DECODED_MAX] = "";
	size_t length = 0;
	int r = irc_base64_decode(
			str_text(&sasl->gathered), sasl->gathered.length, bytes, sizeof(bytes), &length);

	str_clear(&sasl->gathered);
	if (r < 0) {
		set_why(sasl, "the server's message is not valid base64", "tell the network's operators");
	} else if (is_scram(sasl->mechanism)) {
		sasl->state = IRC_SASL_TALKING;
		r = scram_step(sasl, login, (const char *)bytes, length, outbox, now_ms);
	} else if (sasl->mechanism == SASL_ECDSA) {
		sasl->state = IRC_SASL_TALKING;
		r = ecdsa_step(sasl, login, bytes, length, outbox, now_ms);
	} else if (sasl->state == IRC_SASL_ASKED) {
		sasl->state = IRC_SASL_TALKING;
		if (sasl->mechanism == SASL_PLAIN)
			send_plain(login, outbox, now_ms);
		else
			send_bytes(outbox, "", 0, now_ms); /* the certificate identifies the account */
	} else {
		set_why(sasl, "the server requests more data than the mechanism has",
				"tell the network's operators");
		r = -EBADMSG;
	}
	if (r < 0)
		abort_login(sasl, outbox, now_ms);
	OPENSSL_cleanse(bytes, sizeof(bytes));
}

static void on_authenticate(struct irc_sasl *sasl, const struct irc_login *login, const char *text,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	size_t length = strlen(text);

	if (sasl->state != IRC_SASL_ASKED && sasl->state != IRC_SASL_TALKING)
		return;
	if (strcmp(text, "+") != 0)
		str_append_bytes(&sasl->gathered, text, length);
	if (length > IRC_SASL_PIECE_BYTES || sasl->gathered.error) {
		str_release(&sasl->gathered);
		sasl->gathered = STR(IRC_SASL_GATHER_MAX_BYTES);
		set_why(sasl, "the server's message is too long", "tell the network's operators");
		abort_login(sasl, outbox, now_ms);
		return;
	}
	if (length < IRC_SASL_PIECE_BYTES)
		on_message(sasl, login, outbox, now_ms);
}

/* ---------------------------------------------------------------- the result */

static void on_success(struct irc_sasl *sasl, struct irc_outbox *outbox, uint64_t now_ms)
{
	/* With SCRAM, accept success only after the server's signature was verified, in the third message. */
	if (is_scram(sasl->mechanism) && sasl->step < 3) {
		sasl->is_lying = true;
		set_why(sasl, "the server reports success without server verification",
				"is this the right server?");
		abort_login(sasl, outbox, now_ms);
		return;
	}
	irc_scram_release(&sasl->scram);
	sasl->has_scram = sasl->has_scram || (is_scram(sasl->mechanism) && sasl->is_private);
	sasl->state = IRC_SASL_DONE;
	sasl->deadline_ms = UINT64_MAX;
}

/* The services know the public key by another command: show it. */
static void set_why_of_key(struct irc_sasl *sasl, const struct irc_login *login)
{
	struct str fix = STR(IRC_SASL_WHY_MAX_BYTES);

	str_append(&fix, "the account needs this key: /msg NickServ SET PUBKEY ");
	if (irc_ecdsa_public(login->key, &fix) == 0 && !fix.error)
		set_why(sasl, "the server refused the login", str_text(&fix));
	else
		set_why(sasl, "the server refused the login", "check \"key\" in \"sasl\"");
	str_release(&fix);
}

static const char *fix_of(const struct irc_sasl *sasl)
{
	if (sasl->mechanism == SASL_EXTERNAL)
		return "add the certificate's fingerprint to the account";
	if (is_scram(sasl->mechanism))
		return "see \"account\" and \"password\" in \"sasl\"; PLAIN is not tried after it";
	return "see \"account\" and \"password\" in \"sasl\"";
}

void irc_sasl_read(struct irc_sasl *sasl, const struct irc_login *login, const struct irc_line *line,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	unsigned numeric = irc_line_numeric(line);
	bool is_mine = irc_sasl_is_working(sasl), is_aborting = sasl->state == IRC_SASL_ABORTING;

	if (!is_mine)
		return;
	switch (numeric) {
	case 0: on_authenticate(sasl, login, irc_line_param(line, 0), outbox, now_ms); return;
	case 903:
	case 907:
		if (!is_aborting)
			on_success(sasl, outbox, now_ms);
		return;
	case 908:
		irc_sasl_set_offered(sasl, irc_line_param(line, 1));
		note_scram(sasl);
		return;
	case 902:
	case 904:
		if (!is_aborting && sasl->mechanism == SASL_ECDSA)
			set_why_of_key(sasl, login);
		else if (!is_aborting)
			set_why(sasl, "the server refused the login", fix_of(sasl));
		break;
	case 905:
		if (!is_aborting)
			set_why(sasl, "too long for the server", fix_of(sasl));
		break;
	case 906:
		if (!is_aborting)
			set_why(sasl, "the server ended the login", "its services may be down");
		break;
	default: return;
	}
	try_next(sasl, login, outbox, now_ms);
}

void irc_sasl_run(struct irc_sasl *sasl, const struct irc_login *login, struct irc_outbox *outbox,
		uint64_t now_ms)
{
	if (now_ms < sasl->deadline_ms)
		return;
	if (sasl->state == IRC_SASL_ABORTING) { /* no reply to the abort either: give up */
		sasl->failures++;
		sasl->state = IRC_SASL_FAILED;
		sasl->deadline_ms = UINT64_MAX;
		return;
	}
	(void)login;
	set_why(sasl, "no answer within 15 s", "the network's services may be down");
	abort_login(sasl, outbox, now_ms);
}
