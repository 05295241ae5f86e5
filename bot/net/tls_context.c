/* A TLS context for clients that lacks nothing. */

#include "bot/net/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *make(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls && SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) == 1)
		return tls;
	SSL_CTX_free(tls);
	return NULL;
}

size_t tls_context_hello_bytes(SSL_CTX *tls)
{
	SSL *ssl = SSL_new(tls);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	size_t bytes = 0;

	if (ssl && in && out) {
		SSL_set_bio(ssl, in, out); /* it owns them now */
		SSL_set_connect_state(ssl);
		(void)SSL_do_handshake(ssl); /* there is no answer */
		bytes = BIO_ctrl_pending(out);
	} else {
		BIO_free(in);
		BIO_free(out);
	}
	SSL_free(ssl);
	ERR_clear_error();
	return bytes;
}

/* The size of the ClientHello of a context that lacks nothing: of two made one after the other, the longer. 0: out of memory. */
static size_t whole_hello(size_t known_bytes)
{
	SSL_CTX *other = make();
	size_t bytes = other ? tls_context_hello_bytes(other) : 0;

	SSL_CTX_free(other);
	return bytes && known_bytes > bytes ? known_bytes : bytes;
}

SSL_CTX *tls_context_new(void)
{
	static size_t whole_bytes; /* of this process's OpenSSL; 0: not known yet */
	SSL_CTX *tls = make();
	size_t bytes = tls ? tls_context_hello_bytes(tls) : 0;

	if (bytes && !whole_bytes)
		whole_bytes = whole_hello(bytes);
	if (bytes && bytes >= whole_bytes && whole_bytes)
		return tls;
	SSL_CTX_free(tls);
	return NULL;
}
