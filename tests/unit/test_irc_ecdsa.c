/* ECDSA-NIST256P-CHALLENGE. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "bot/irc/ecdsa.h"
#include "tests/unit/irc_sasl_exchange.h"

/* Of irctest: with the parameters that "openssl ecparam -genkey" writes before a key. */
#define KEY                                                                                                  \
	"-----BEGIN EC PARAMETERS-----\n"                                                                    \
	"BggqhkjOPQMBBw==\n"                                                                                 \
	"-----END EC PARAMETERS-----\n"                                                                      \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                                   \
	"MHcCAQEEIIJueQ3W2IrGbe9wKdOI75yGS7PYZSj6W4tg854hlsvmoAoGCCqGSM49\n"                                 \
	"AwEHoUQDQgAEAZmaVhNSMmV5r8FXPvKuMnqDKyIA9pDHN5TNMfiF3mMeikGgK10W\n"                                 \
	"IRX9cyi2wdYg9mUUYyh9GKdBCYHGUJAiCA==\n"                                                             \
	"-----END EC PRIVATE KEY-----\n"
#define PUBLIC_KEY "AgGZmlYTUjJlea/BVz7yrjJ6gysiAPaQxzeUzTH4hd5j"
#define CHALLENGE  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void test_public_key(void **state)
{
	struct str text = STR(100);

	(void)state;
	assert_int_equal(irc_ecdsa_check(KEY), 0);
	assert_int_equal(irc_ecdsa_public(KEY, &text), 0);
	assert_string_equal(str_text(&text), PUBLIC_KEY);
	str_release(&text);
}

static char *pem_of(const char *type, const char *curve, const char *passphrase, char *ret, size_t size)
{
	EVP_PKEY *key = curve ? EVP_PKEY_Q_keygen(NULL, NULL, type, curve)
			      : EVP_PKEY_Q_keygen(NULL, NULL, type);
	BIO *bio = BIO_new(BIO_s_mem());
	int length;

	assert_non_null(key);
	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, passphrase ? EVP_aes_128_cbc() : NULL,
					 (const unsigned char *)passphrase,
					 passphrase ? (int)strlen(passphrase) : 0, NULL, NULL),
			1);
	length = BIO_read(bio, ret, (int)size - 1);
	assert_true(length > 0);
	ret[length] = '\0';
	BIO_free(bio);
	EVP_PKEY_free(key);
	return ret;
}

static void test_keys_refused(void **state)
{
	char pem[IRC_ECDSA_PEM_MAX_BYTES];

	(void)state;
	assert_int_equal(irc_ecdsa_check(""), -EINVAL);
	assert_int_equal(irc_ecdsa_check("password\n"), -EINVAL);
	assert_int_equal(irc_ecdsa_check("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
			-EINVAL);
	assert_int_equal(irc_ecdsa_check(pem_of("EC", "P-256", NULL, pem, sizeof(pem))), 0);
	assert_int_equal(irc_ecdsa_check(pem_of("EC", "P-256", "secret", pem, sizeof(pem))), -EINVAL);
	assert_int_equal(irc_ecdsa_check(pem_of("EC", "P-384", NULL, pem, sizeof(pem))), -ENOTSUP);
	assert_int_equal(irc_ecdsa_check(pem_of("ED25519", NULL, NULL, pem, sizeof(pem))), -ENOTSUP);
}

/* Verify with the public half: what is signed is the challenge itself. */
static void assert_signed(const void *challenge, const void *signature, size_t length)
{
	BIO *bio = BIO_new_mem_buf(KEY, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

	assert_int_equal(EVP_PKEY_verify_init(context), 1);
	assert_int_equal(
			EVP_PKEY_verify(context, signature, length, challenge, IRC_ECDSA_CHALLENGE_BYTES), 1);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

static void test_signature(void **state)
{
	unsigned char challenge[IRC_ECDSA_CHALLENGE_BYTES + 1];
	struct str signature = STR(IRC_ECDSA_SIGNATURE_MAX_BYTES);

	(void)state;
	for (size_t i = 0; i < sizeof(challenge); i++)
		challenge[i] = (unsigned char)i;
	assert_int_equal(irc_ecdsa_sign(KEY, challenge, IRC_ECDSA_CHALLENGE_BYTES, &signature), 0);
	assert_signed(challenge, signature.bytes, signature.length);
	assert_int_equal(irc_ecdsa_sign(KEY, challenge, IRC_ECDSA_CHALLENGE_BYTES - 1, &signature), -EBADMSG);
	assert_int_equal(irc_ecdsa_sign(KEY, challenge, IRC_ECDSA_CHALLENGE_BYTES + 1, &signature), -EBADMSG);
	assert_int_equal(irc_ecdsa_sign("", challenge, IRC_ECDSA_CHALLENGE_BYTES, &signature), -EINVAL);
	str_release(&signature);
}

/* ---------------------------------------------------------------- the exchange */

static void start(struct exchange *exchange, enum sasl_mechanism mechanism, const char *offered)
{
	start_with(exchange, &(struct irc_login){.mechanism = mechanism, .account = "jilles", .key = KEY},
			true, offered);
}

static void test_login(void **state)
{
	unsigned char challenge[100], signature[100];
	size_t length = 0, signature_length = 0;
	struct exchange exchange;
	char *answer;

	(void)state;
	start(&exchange, SASL_ECDSA, "");
	sent(&exchange, "AUTHENTICATE ECDSA-NIST256P-CHALLENGE\n");
	hears(&exchange, "AUTHENTICATE +");
	sent(&exchange, "AUTHENTICATE amlsbGVz\n");
	hears(&exchange, "AUTHENTICATE " CHALLENGE);
	answer = exchange.sent.bytes + strlen("AUTHENTICATE ");
	assert_int_equal(irc_base64_decode(answer, strcspn(answer, "\n"), signature, sizeof(signature),
					 &signature_length),
			0);
	irc_base64_decode(CHALLENGE, strlen(CHALLENGE), challenge, sizeof(challenge), &length);
	assert_signed(challenge, signature, signature_length);
	hears(&exchange, ":s 903 x :ok");
	assert_int_equal(exchange.sasl.state, IRC_SASL_DONE);
	stop(&exchange);
}

/* The log shows the command that mends it. */
static void test_unknown_key(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_ECDSA, "");
	hears(&exchange, "AUTHENTICATE +");
	hears(&exchange, ":s 904 x :no");
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	assert_string_equal(exchange.sasl.why,
			"ECDSA-NIST256P-CHALLENGE: the server refused the login; the account needs "
			"this key: /msg NickServ SET PUBKEY " PUBLIC_KEY);
	stop(&exchange);
}

static void test_wrong_challenges(void **state)
{
	static const char *const challenges[] = {
			"AUTHENTICATE +", "AUTHENTICATE AAAA", ("AUTHENTICATE " CHALLENGE)};
	struct exchange exchange;

	(void)state;
	for (size_t i = 0; i < sizeof(challenges) / sizeof(challenges[0]); i++) {
		start(&exchange, SASL_ECDSA, "");
		if (i < 2) /* the last one comes before it is expected */
			hears(&exchange, "AUTHENTICATE +");
		str_clear(&exchange.sent);
		hears(&exchange, challenges[i]);
		sent(&exchange, "AUTHENTICATE *\n");
		assert_non_null(strstr(exchange.sasl.why, "invalid challenge"));
		stop(&exchange);
	}
}

/* "auto" tries the key first, and never the password in PLAIN after it. */
static void test_auto(void **state)
{
	struct exchange exchange;

	(void)state;
	start(&exchange, SASL_AUTO, "PLAIN,SCRAM-SHA-256,ECDSA-NIST256P-CHALLENGE");
	exchange.login.password = "sesame";
	sent(&exchange, "AUTHENTICATE ECDSA-NIST256P-CHALLENGE\n");
	hears(&exchange, ":s 904 x :no");
	sent(&exchange, "AUTHENTICATE SCRAM-SHA-256\n");
	hears(&exchange, ":s 904 x :no");
	sent(&exchange, "");
	stop(&exchange);
	start(&exchange, SASL_AUTO, "PLAIN");
	sent(&exchange, "");
	assert_int_equal(exchange.sasl.state, IRC_SASL_FAILED);
	stop(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_public_key),
			cmocka_unit_test(test_keys_refused),
			cmocka_unit_test(test_signature),
			cmocka_unit_test(test_login),
			cmocka_unit_test(test_unknown_key),
			cmocka_unit_test(test_wrong_challenges),
			cmocka_unit_test(test_auto),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
