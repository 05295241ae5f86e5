/* The CAs to trust: where the system has them, and what happens when the files change. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/net/authorities.h"
#include "tests/unit/certificates.h"

static struct certificates made;
static char folder[CERTIFICATES_PATH_BYTES], ca_file[CERTIFICATES_PATH_BYTES];

static int make(void **state)
{
	static const struct certificate_plan plans[] = {
			{.name = "of-good", .authority = "ca-good", .names = "DNS:localhost"},
			{.name = "of-other", .authority = "ca-other", .names = "DNS:localhost"},
	};

	(void)state;
	certificates_begin(&made);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		certificates_make(&made, &plans[i]);
	certificates_path(&made, "hashed", "", folder);
	certificates_path(&made, "trust", ".pem", ca_file);
	return 0;
}

static int end(void **state)
{
	(void)state;
	certificates_end(&made);
	return 0;
}

static int begin_test(void **state)
{
	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	unlink(ca_file);
	setenv("SSL_CERT_DIR", folder, 1);
	setenv("SSL_CERT_FILE", ca_file, 1);
	return 0;
}

static int end_test(void **state)
{
	char path[2 * CERTIFICATES_PATH_BYTES];
	DIR *entries = opendir(folder);
	const struct dirent *entry;

	(void)state;
	assert_non_null(entries);
	while ((entry = readdir(entries))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(entries);
	rmdir(folder);
	unlink(ca_file);
	unsetenv("SSL_CERT_DIR");
	unsetenv("SSL_CERT_FILE");
	return 0;
}

/* Write a CA file with some CAs, NULL at the end; each only as far as bytes. */
static void write_file(const char *const *names, size_t bytes)
{
	FILE *out = certificates_open(&made, "trust", ".pem", "w");

	for (; *names; names++) {
		FILE *in = certificates_open(&made, *names, ".pem", "r");
		int byte;

		for (size_t i = 0; i < bytes && (byte = getc(in)) != EOF; i++)
			putc(byte, out);
		fclose(in);
	}
	fclose(out);
}

#define WRITE(...) write_file((const char *const[]){__VA_ARGS__, NULL}, SIZE_MAX)

/* Put a CA into the folder under its hashed name. */
static void hash_in(const char *name)
{
	char from[CERTIFICATES_PATH_BYTES], path[2 * CERTIFICATES_PATH_BYTES];
	X509 *certificate = certificates_read(&made, name);

	snprintf(path, sizeof(path), "%s/%08lx.0", folder,
			X509_NAME_hash_ex(X509_get_subject_name(certificate), NULL, NULL, NULL));
	assert_int_equal(symlink(certificates_path(&made, name, ".pem", from), path), 0);
	X509_free(certificate);
}

/* A TLS context that trusts these CAs. */
static SSL_CTX *trusting(const char *file)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	char reason[AUTHORITIES_REASON_BYTES];

	assert_non_null(tls);
	assert_int_equal(authorities_trust(file, tls, reason), 0);
	return tls;
}

/* Does a TLS context confirm a certificate? */
static bool confirms(SSL_CTX *tls, const char *name)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509 *certificate = certificates_read(&made, name);
	bool is_good;

	assert_non_null(context);
	assert_int_equal(X509_STORE_CTX_init(context, SSL_CTX_get_cert_store(tls), certificate, NULL), 1);
	is_good = X509_verify_cert(context) == 1;
	X509_STORE_CTX_free(context);
	X509_free(certificate);
	return is_good;
}

static bool is_trusted(const char *file, const char *name)
{
	SSL_CTX *tls = trusting(file);
	bool is_good = confirms(tls, name);

	SSL_CTX_free(tls);
	return is_good;
}

static unsigned long edition_of(const char *file)
{
	char reason[AUTHORITIES_REASON_BYTES];
	unsigned long edition = 0;

	assert_int_equal(authorities_look(file, &edition, reason), 0);
	return edition;
}

/* A container may have the bundle alone. */
static void a_bundle_without_a_hashed_folder(void **state)
{
	(void)state;
	WRITE("ca-other", "ca-good");
	assert_true(is_trusted(NULL, "of-good"));
	assert_true(is_trusted(NULL, "of-other"));
	assert_true(authorities_exist());
}

static void a_hashed_folder_without_a_bundle(void **state)
{
	(void)state;
	hash_in("ca-good");
	assert_true(is_trusted(NULL, "of-good"));
	assert_false(is_trusted(NULL, "of-other"));
}

/* A container whose administrator mounted a CA as the bundle, beside the folder of the image. */
static void a_ca_that_only_the_bundle_has(void **state)
{
	(void)state;
	hash_in("ca-good");
	WRITE("ca-other");
	assert_true(is_trusted(NULL, "of-other"));
	assert_true(is_trusted(NULL, "of-good"));
}

static void a_machine_without_any_ca(void **state)
{
	char reason[AUTHORITIES_REASON_BYTES] = "";

	(void)state;
	assert_false(authorities_exist());
	assert_int_equal(authorities_look(NULL, NULL, reason), -ENOENT);
	assert_string_equal(reason, "this machine has no CA certificates: install the package "
				    "ca-certificates, or set \"ca_file\" "
				    "(SSL_CERT_FILE or SSL_CERT_DIR names a place without any)");
	assert_int_equal(authorities_look("/nowhere/ca.pem", NULL, reason), -ENOENT);
	assert_string_equal(reason, "the CA file /nowhere/ca.pem cannot be read: No such file or directory");
}

/* ca-certificates was updated while the bot ran. */
static void a_bundle_that_was_replaced(void **state)
{
	unsigned long edition;

	(void)state;
	WRITE("ca-good");
	assert_true(is_trusted(NULL, "of-good"));
	edition = edition_of(NULL);
	assert_int_equal(edition_of(NULL), edition);
	WRITE("ca-other");
	assert_int_not_equal(edition_of(NULL), edition);
	assert_true(is_trusted(NULL, "of-other"));
	assert_false(is_trusted(NULL, "of-good")); /* removed */
}

/* How often the bundle was opened since the last call. */
static unsigned opened(int watch)
{
	char events[64 * sizeof(struct inotify_event)]; /* of a file: without a name */
	ssize_t length = read(watch, events, sizeof(events));

	return length < 0 ? 0 : (unsigned)((size_t)length / sizeof(struct inotify_event));
}

/* Each handshake looks for the intermediate CAs of the server, which the bundle does not have. */
static void a_bundle_is_not_read_again_for_a_ca_that_it_lacks(void **state)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	(void)state;
	WRITE("ca-good");
	assert_true(watch >= 0 && inotify_add_watch(watch, ca_file, IN_OPEN) >= 0);
	assert_false(is_trusted(NULL, "of-other"));
	assert_int_equal(opened(watch), 1);
	for (int i = 0; i < 10; i++)
		assert_false(is_trusted(NULL, "of-other"));
	assert_int_equal(opened(watch), 0);
	assert_true(is_trusted(NULL, "of-good"));
	assert_int_equal(opened(watch), 1);
	assert_true(is_trusted(NULL, "of-good"));
	assert_int_equal(opened(watch), 0);
	close(watch);
}

/* The bundle changes between two look-ups for one connection. */
static void a_bundle_that_is_replaced_during_a_handshake(void **state)
{
	SSL_CTX *tls;

	(void)state;
	WRITE("ca-good");
	tls = trusting(NULL);
	assert_false(confirms(tls, "of-other"));
	WRITE("ca-other", "ca-good");
	assert_true(confirms(tls, "of-other"));
	assert_true(confirms(tls, "of-good"));
	SSL_CTX_free(tls);
}

/* The CAs before a damaged one are found, those behind it once it is mended. */
static void a_bundle_with_a_damaged_ca(void **state)
{
	SSL_CTX *tls;
	FILE *out;

	(void)state;
	WRITE("ca-good");
	out = certificates_open(&made, "trust", ".pem", "a");
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", out);
	fclose(out);
	tls = trusting(NULL);
	assert_true(confirms(tls, "of-good"));
	assert_false(confirms(tls, "of-other"));
	WRITE("ca-other");
	assert_true(confirms(tls, "of-other"));
	SSL_CTX_free(tls);
}

static void a_ca_file_that_was_replaced(void **state)
{
	(void)state;
	WRITE("ca-good");
	assert_true(is_trusted(ca_file, "of-good"));
	WRITE("ca-other");
	assert_true(is_trusted(ca_file, "of-other"));
	assert_false(is_trusted(ca_file, "of-good"));
}

/* An administrator's editor, a copy over a slow line, a deleted file: the old CAs stay in use. */
static void a_ca_file_that_is_half_written(void **state)
{
	static const char *const other[] = {"ca-other", NULL};
	unsigned long edition;

	(void)state;
	WRITE("ca-good");
	assert_true(is_trusted(ca_file, "of-good"));
	edition = edition_of(ca_file);
	for (size_t bytes = 0; bytes < 400; bytes += 100) {
		write_file(other, bytes);
		assert_true(is_trusted(ca_file, "of-good"));
		assert_int_equal(edition_of(ca_file), edition);
	}
	unlink(ca_file);
	assert_true(is_trusted(ca_file, "of-good"));
	WRITE("ca-other");
	assert_true(is_trusted(ca_file, "of-other"));
	assert_false(is_trusted(ca_file, "of-good"));
}

/* A refused certificate makes the CAs be read again: they may be incomplete, when memory ran out. */
static void doubted_cas_are_read_again(void **state)
{
	unsigned long edition;

	(void)state;
	WRITE("ca-good");
	edition = edition_of(ca_file);
	authorities_doubt(ca_file);
	assert_int_not_equal(edition_of(ca_file), edition);
	assert_true(is_trusted(ca_file, "of-good"));
}

/* More CA files than are kept: each is read again. */
static void many_ca_files(void **state)
{
	char path[2 * CERTIFICATES_PATH_BYTES], good[CERTIFICATES_PATH_BYTES];

	(void)state;
	certificates_path(&made, "ca-good", ".pem", good);
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "%s/%d", folder, i);
		assert_int_equal(symlink(good, path), 0);
		assert_true(is_trusted(path, "of-good"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(a_machine_without_any_ca),
			TEST(a_bundle_without_a_hashed_folder),
			TEST(a_hashed_folder_without_a_bundle),
			TEST(a_ca_that_only_the_bundle_has),
			TEST(a_bundle_that_was_replaced),
			TEST(a_bundle_is_not_read_again_for_a_ca_that_it_lacks),
			TEST(a_bundle_that_is_replaced_during_a_handshake),
			TEST(a_bundle_with_a_damaged_ca),
			TEST(a_ca_file_that_was_replaced),
			TEST(a_ca_file_that_is_half_written),
			TEST(doubted_cas_are_read_again),
			TEST(many_ca_files),
	};

	return cmocka_run_group_tests(tests, make, end);
}
