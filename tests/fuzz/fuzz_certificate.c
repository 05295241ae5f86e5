/* Any bytes as a server's certificate: only the pinned certificate is accepted by fingerprint, and no certificate
 * without a name. The input: the length of the host name, the host name, the certificate. */

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "bot/net/tls.h"
#include "tests/fuzz/fuzzed.h"

#define DIGITS (2 * EVP_MAX_MD_SIZE + 1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pinned(X509_STORE_CTX *context, X509 *certificate)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char digits[DIGITS], pins[2 * DIGITS + 8], reason[CERTIFICATE_REASON_BYTES] = "";
	unsigned count = 0;

	assert(X509_digest(certificate, EVP_sha256(), digest, &count) == 1);
	for (unsigned i = 0; i < count; i++)
		snprintf(digits + 2 * (size_t)i, 3, "%02x", digest[i]);
	assert(certificate_verify(context, "x", digits, reason));
	snprintf(pins, sizeof(pins), "abcd %s", digits);
	assert(certificate_verify(context, "x", pins, reason));
	digits[0] ^= 1;
	assert(!certificate_verify(context, "x", digits, reason) && *reason);
	digits[2] = '\0'; /* a truncated fingerprint does not match */
	assert(!certificate_verify(context, "x", digits, reason));
	assert(!certificate_verify(context, "x", "", reason));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	size_t length = fuzzed_byte(&input);
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	char reason[CERTIFICATE_REASON_BYTES] = "";
	X509 *certificate = NULL;
	const uint8_t *at;
	char *host;

	assert(context && store);
	length = length < input.length ? length : input.length;
	host = fuzzed_text((const char *)input.bytes, length);
	at = input.bytes + length;
	certificate = d2i_X509(NULL, &at, (long)(input.length - length));
	if (certificate && X509_STORE_CTX_init(context, store, certificate, NULL) == 1) {
		check_pinned(context, certificate);
		/* No CA is trusted here. */
		assert(!certificate_verify(context, host, NULL, reason));
		fuzzed_check_line(reason);
		X509_STORE_CTX_set_current_cert(context, certificate);
		X509_STORE_CTX_set_error(context, X509_V_OK);
		X509_STORE_CTX_set_error_depth(context, 0);
		reason[0] = '\0';
		assert(certificate_is_good(context, true, host, reason) || *reason);
		X509_STORE_CTX_set_error(context, X509_V_OK);
		assert(!certificate_is_good(context, true, "", reason));
		X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_HAS_EXPIRED);
		assert(!certificate_is_good(context, false, host, reason));
		fuzzed_check_line(reason);
		/* Each kind of error is explained with parts of the certificate. */
		for (int error = X509_V_ERR_UNSPECIFIED; error <= X509_V_ERR_IP_ADDRESS_MISMATCH; error++) {
			X509_STORE_CTX_set_error(context, error);
			assert(certificate_is_good(context, false, host, reason) || *reason);
			fuzzed_check_line(reason);
		}
	}
	X509_free(certificate);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	free(host);
	return 0;
}
