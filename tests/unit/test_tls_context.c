/* A TLS context while memory is scarce. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "bot/net/tls_context.h"

#define ALLOCATIONS_MAX 100000

static long until_failure; /* counts down; 0: no allocation fails */
static long failures;

static int fails(void)
{
	if (!until_failure || --until_failure)
		return 0;
	failures++;
	return 1;
}

static void *allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(size);
}

static void *reallocate(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(memory, size);
}

static void release(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

static SSL_CTX *make_failing(long at)
{
	SSL_CTX *tls;

	failures = 0;
	until_failure = at;
	tls = tls_context_new();
	until_failure = 0;
	return tls;
}

/* Each allocation fails in turn, in a process that has made no context yet and in one that has. */
static void test_a_context_without_a_signature_algorithm_was_used(void **state)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	size_t made = 0, refused = 0, whole;

	(void)state;
	assert_non_null(tls);
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	whole = tls_context_hello_bytes(tls);
	assert_true(whole > 0);
	SSL_CTX_free(tls);
	for (long at = 1; at < ALLOCATIONS_MAX; at++) {
		tls = make_failing(at);
		if (tls)
			assert_int_equal(tls_context_hello_bytes(tls), whole);
		made += tls != NULL;
		refused += tls == NULL;
		SSL_CTX_free(tls);
		if (!failures)
			break;
	}
	assert_int_equal(failures, 0); /* the last context was made without a failure */
	assert_true(made > 10 && refused > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_context_without_a_signature_algorithm_was_used),
	};

	if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
