/* SCRAM and SASL. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/irc_sasl_exchange.h"

/* RFC 7677's example in the published form of its nonces. */
#define CLIENT_NONCE "rOprNGfwEbeRWgbNEkqO"
#define CHALLENGE    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define FINAL                                                                                                \
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"                                       \
	"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SIGNATURE "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

/* The first message with the example's nonce in place of a drawn one. */
static void begin_example_with(struct irc_scram *scram, enum irc_scram_hash hash)
{
	static const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES] = {0};
	struct str first = STR(1000);

	assert_int_equal(irc_scram_first(scram, hash, "user", random, &first), 0);
	assert_string_equal(str_text(&first), "n,,n=user,r=AAAAAAAAAAAAAAAAAAAAAAAA");
	str_release(&first);
	str_clear(&scram->bare);
	str_append(&scram->bare, "n=user,r=" CLIENT_NONCE);
	memcpy(scram->nonce, CLIENT_NONCE, sizeof(CLIENT_NONCE));
}

static void begin_example(struct irc_scram *scram)
{
	begin_example_with(scram, IRC_SCRAM_SHA_256);
}

static int final_of(const char *password, const char *challenge)
{
	struct irc_scram scram = {0};
	struct str final = STR(4000);
	int r;

	begin_example(&scram);
	r = irc_scram_final(&scram, password, challenge, &final);
	str_release(&final);
	irc_scram_release(&scram);
	return r;
}

static void test_example(void **state)
{
	struct irc_scram scram = {0};
	struct str final = STR(4000);

	(void)state;
	begin_example(&scram);
	assert_int_equal(irc_scram_check(&scram, SIGNATURE), -EACCES); /* nothing is signed yet */
	assert_int_equal(irc_scram_final(&scram, "pencil", CHALLENGE, &final), 0);
	assert_string_equal(str_text(&final), FINAL);
	assert_int_equal(irc_scram_check(&scram, SIGNATURE), 0);
	assert_int_equal(irc_scram_check(&scram, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8="), -EACCES);
	assert_int_equal(irc_scram_check(&scram, "v="), -EACCES);
	assert_int_equal(irc_scram_check(&scram, "e=invalid-proof"), -EACCES);
	assert_int_equal(irc_scram_check(&scram, "x"), -EBADMSG);
	str_release(&final);
	irc_scram_release(&scram);
}

/* The same exchange with the other hash; calculated with Python's hashlib. */
static void test_example_of_512_bits(void **state)
{
	struct irc_scram scram = {0};
	struct str final = STR(4000);

	(void)state;
	begin_example_with(&scram, IRC_SCRAM_SHA_512);
	assert_int_equal(irc_scram_final(&scram, "pencil", CHALLENGE, &final), 0);
	assert_string_equal(str_text(&final),
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
			"p=gMGXRcevScNtxZ6/"
			"8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==");
	assert_int_equal(irc_scram_check(&scram, SIGNATURE), -EACCES); /* of the shorter hash */
	assert_int_equal(irc_scram_check(&scram,
					 "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+"
					 "5ZxXnJq199RVG2rR7N7Zw=="),
			0);
	str_release(&final);
	irc_scram_release(&scram);
}

static void test_challenges_refused(void **state)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
			{"", -EBADMSG},
			{"m=x,r=" CLIENT_NONCE "x,s=AAAA,i=4096", -EPROTO},
			{"r=" CLIENT_NONCE ",s=AAAA,i=4096", -EPROTO}, /* adds nothing of its own */
			{"r=other,s=AAAA,i=4096", -EPROTO},
			{"r=" CLIENT_NONCE "x,i=4096", -EBADMSG},
			{"r=" CLIENT_NONCE "x,s=,i=4096", -EBADMSG},
			{"r=" CLIENT_NONCE "x,s=A,i=4096", -EBADMSG},
			{"r=" CLIENT_NONCE "x,s=AAAA", -EBADMSG},
			{"r=" CLIENT_NONCE "x,s=AAAA,i=", -EBADMSG},
			{"r=" CLIENT_NONCE "x,s=AAAA,i=4096x", -EBADMSG},
			{"r=" CLIENT_NONCE "x,s=AAAA,i=4095", -ERANGE},
			{"r=" CLIENT_NONCE "x,s=AAAA,i=250001", -ERANGE},
			{"r=" CLIENT_NONCE "x,s=AAAA,i=99999999999999", -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(final_of("pencil", cases[i].text), cases[i].error);
	assert_int_equal(final_of("\xff", CHALLENGE), -EINVAL);
}

/* U+00AD is nothing, U+2168 is "IX", a full-width letter is the letter. */
static void test_password_is_prepared(void **state)
{
	struct irc_scram plain = {0}, fancy = {0};
	struct str a = STR(4000), b = STR(4000);

	(void)state;
	begin_example(&plain);
	begin_example(&fancy);
	assert_int_equal(irc_scram_final(&plain, "IX", CHALLENGE, &a), 0);
	assert_int_equal(irc_scram_final(&fancy, "\xe2\x85\xa8\xc2\xad", CHALLENGE, &b), 0);
	assert_string_equal(str_text(&a), str_text(&b));
	str_release(&a);
	str_release(&b);
	irc_scram_release(&plain);
	irc_scram_release(&fancy);
}

static void test_account_is_escaped(void **state)
{
	static const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES] = {0};
	struct irc_scram scram = {0};
	struct str first = STR(1000);

	(void)state;
	assert_int_equal(irc_scram_first(&scram, IRC_SCRAM_SHA_256, "a,b=c", random, &first), 0);
	assert_string_equal(str_text(&first), "n,,n=a=2Cb=3Dc,r=AAAAAAAAAAAAAAAAAAAAAAAA");
	str_release(&first);
	irc_scram_release(&scram);
}

static void test_base64(void **state)
{
	static const char *const wrong[] = {"A", "AAA", "A===", "=AAA", "AA=A", "A A=", "AAAAA", "AA\nA"};
	unsigned char bytes[16];
	size_t length;

	(void)state;
	assert_int_equal(irc_base64_decode("", 0, bytes, sizeof(bytes), &length), 0);
	assert_int_equal(length, 0);
	assert_int_equal(irc_base64_decode("YWI=", 4, bytes, sizeof(bytes), &length), 0);
	assert_int_equal(length, 2);
	assert_string_equal((char *)bytes, "ab");
	assert_int_equal(irc_base64_decode("YWJj", 4, bytes, 3, &length), -EMSGSIZE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(irc_base64_decode(wrong[i], strlen(wrong[i]), bytes, sizeof(bytes), &length),
				-EBADMSG);
}

/* ---------------------------------------------------------------- the exchange */

static void start(struct exchange *exchange, enum sasl_mechanism mechanism, bool is_private,
		const char *offered)
{
	start_with(exchange, &(struct irc_login){mechanism, "jilles", "sesame", false, true, NULL},
			is_private, offered);
}

static void test_plain(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_PLAIN, true, "");
	sent(&exchange, "AUTHENTICATE PLAIN\n");
	hears(&exchange, "AUTHENTICATE +");
	sent(&exchange, "AUTHENTICATE amlsbGVzAGppbGxlcwBzZXNhbWU=\n");
	hears(&exchange, ":s 903 x :ok");
	assert_int_equal(exchange.sasl.state, IRC_SASL_DONE);
	stop(&exchange);
}

static void test_password_is_not_shown(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_AUTO, false, "PLAIN");
	sent(&exchange, "");
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	assert_non_null(strstr(exchange.sasl.why, "needs TLS"));
	stop(&exchange);
}

static void test_success_without_proof(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_AUTO, true, "PLAIN,SCRAM-SHA-256");
	hears(&exchange, "AUTHENTICATE +");
	str_clear(&exchange.sent);
	hears(&exchange, ":s 903 x :ok");
	sent(&exchange, "AUTHENTICATE *\n");
	hears(&exchange, ":s 906 x :aborted");
	sent(&exchange, ""); /* no PLAIN for this one */
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	assert_true(exchange.sasl.is_lying);
	stop(&exchange);
}

static void test_each_mechanism_once(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_AUTO, true, "PLAIN,SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-512");
	hears(&exchange, ":s 904 x :no");
	sent(&exchange, "AUTHENTICATE SCRAM-SHA-512\nAUTHENTICATE SCRAM-SHA-256\n");
	hears(&exchange, ":s 904 x :no");
	sent(&exchange, "");
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	assert_int_equal(exchange.sasl.deadline_ms, UINT64_MAX);
	assert_non_null(strstr(exchange.sasl.why, "PLAIN is not tried after it"));
	stop(&exchange);
}

/* However SCRAM fails, and whatever the list of mechanisms: the password is not sent on this connection. */
static void test_no_failure_leads_to_plain(void **state)
{
	static const char *const offers[] = {"", "PLAIN,SCRAM-SHA-256", "PLAIN,SCRAM-SHA-512"};
	static const char *const failures[] = {
			":s 902 x :locked",
			":s 904 x :no",
			":s 905 x :too long",
			":s 906 x :aborted",
			":s 907 x :already",
			":s 908 x PLAIN :are available",
			"AUTHENTICATE +",
			"AUTHENTICATE *",
			"AUTHENTICATE ZT1vdGhlci1lcnJvcg==", /* e=other-error */
			"AUTHENTICATE !!",
	};
	struct exchange exchange;

	(void)state;
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		for (size_t k = 0; k < sizeof(failures) / sizeof(failures[0]); k++) {
			start(&exchange, SASL_AUTO, true, offers[i]);
			hears(&exchange, failures[k]);
			hears(&exchange, failures[k]);
			hears(&exchange, ":s 908 x PLAIN :are available");
			hears(&exchange, ":s 906 x :aborted");
			hears(&exchange, ":s 904 x :no");
			irc_sasl_run(&exchange.sasl, &exchange.login, &exchange.outbox, 20000);
			irc_sasl_run(&exchange.sasl, &exchange.login, &exchange.outbox, 40000);
			assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
			begin_again(&exchange, true, "PLAIN"); /* CAP NEW */
			reconnect(&exchange, true, "PLAIN");
			reconnect(&exchange, true, "");
			assert_null(strstr(str_text(&exchange.sent), "PLAIN"));
			stop(&exchange);
		}
	}
}

static void test_silence_does_not_lead_to_plain(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_AUTO, true, "PLAIN,SCRAM-SHA-256");
	irc_sasl_run(&exchange.sasl, &exchange.login, &exchange.outbox, 16000);
	hears(&exchange, ":s 906 x :aborted");
	sent(&exchange, "AUTHENTICATE SCRAM-SHA-256\nAUTHENTICATE *\n");
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	stop(&exchange);
}

static void test_external_does_not_lead_to_plain(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_AUTO, true, "");
	exchange.login.has_certificate = true;
	reconnect(&exchange, true, "EXTERNAL,PLAIN,SCRAM-SHA-256");
	str_clear(&exchange.sent);
	hears(&exchange, ":s 904 x :no");
	sent(&exchange, "AUTHENTICATE SCRAM-SHA-256\n");
	reconnect(&exchange, true, "EXTERNAL,PLAIN");
	hears(&exchange, ":s 904 x :no");
	sent(&exchange, "AUTHENTICATE EXTERNAL\n");
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	stop(&exchange);
}

static void test_scram_that_is_gone(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_AUTO, true, "PLAIN,SCRAM-SHA-256");
	reconnect(&exchange, true, "PLAIN");
	sent(&exchange, "AUTHENTICATE SCRAM-SHA-256\n");
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	assert_string_equal(exchange.sasl.why, "the server offers PLAIN and no SCRAM, as it did before: the "
					       "password is not sent; if that is right, "
					       "set \"mechanism\": \"plain\" in \"sasl\"");
	exchange.login.mechanism = SASL_PLAIN; /* the operator has decided */
	reconnect(&exchange, true, "PLAIN");
	sent(&exchange, "AUTHENTICATE PLAIN\n");
	stop(&exchange);
}

/* On an untrusted connection, a list of mechanisms says nothing about the network. */
static void test_scram_offered_in_the_clear(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_EXTERNAL, false, "PLAIN,SCRAM-SHA-256");
	exchange.login.mechanism = SASL_AUTO;
	reconnect(&exchange, true, "PLAIN");
	sent(&exchange, "AUTHENTICATE PLAIN\n");
	stop(&exchange);
}

static void test_silence(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_PLAIN, true, "");
	str_clear(&exchange.sent);
	irc_sasl_run(&exchange.sasl, &exchange.login, &exchange.outbox, 15999);
	sent(&exchange, "");
	irc_sasl_run(&exchange.sasl, &exchange.login, &exchange.outbox, 16000);
	sent(&exchange, "AUTHENTICATE *\n");
	irc_sasl_run(&exchange.sasl, &exchange.login, &exchange.outbox, 18000);
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	stop(&exchange);
}

/* After a challenge of exactly 400 characters the client waits for the rest, here an empty one. */
static void test_full_piece(void **state)
{
	struct exchange exchange;
	char piece[14 + 400] = "AUTHENTICATE ";

	(void)state;
	start(&exchange, SASL_SCRAM_SHA_256, true, "");
	hears(&exchange, "AUTHENTICATE +");
	str_clear(&exchange.sent);
	memset(piece + 13, 'A', 400);
	piece[413] = '\0';
	hears(&exchange, piece);
	sent(&exchange, "");
	hears(&exchange, "AUTHENTICATE +");
	sent(&exchange, "AUTHENTICATE *\n"); /* and it is invalid */
	stop(&exchange);
}

static void test_endless_answer(void **state)
{
	struct exchange exchange;
	char piece[14 + 400] = "AUTHENTICATE ";

	(void)state;
	start(&exchange, SASL_SCRAM_SHA_256, true, "");
	memset(piece + 13, 'A', 400);
	piece[413] = '\0';
	for (int i = 0; i < 20; i++)
		hears(&exchange, piece);
	sent(&exchange, "AUTHENTICATE SCRAM-SHA-256\nAUTHENTICATE *\n");
	stop(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_example),
			cmocka_unit_test(test_example_of_512_bits),
			cmocka_unit_test(test_challenges_refused),
			cmocka_unit_test(test_password_is_prepared),
			cmocka_unit_test(test_account_is_escaped),
			cmocka_unit_test(test_base64),
			cmocka_unit_test(test_plain),
			cmocka_unit_test(test_password_is_not_shown),
			cmocka_unit_test(test_success_without_proof),
			cmocka_unit_test(test_each_mechanism_once),
			cmocka_unit_test(test_no_failure_leads_to_plain),
			cmocka_unit_test(test_silence_does_not_lead_to_plain),
			cmocka_unit_test(test_external_does_not_lead_to_plain),
			cmocka_unit_test(test_scram_that_is_gone),
			cmocka_unit_test(test_scram_offered_in_the_clear),
			cmocka_unit_test(test_silence),
			cmocka_unit_test(test_full_piece),
			cmocka_unit_test(test_endless_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
