#ifndef EPISODED_TLS_CONTEXT_H
#define EPISODED_TLS_CONTEXT_H

/* A TLS context for clients that lacks nothing. */

#include <openssl/types.h>
#include <stddef.h>

/*
 * tls_context_new - a context of TLS_client_method(), TLS 1.2 or later.
 *
 * Where an allocation fails, OpenSSL leaves out a signature algorithm, and returns the context without an error. A server whose
 * certificate needs that algorithm would then refuse each connection for as long as the context is used.
 *
 * Owns:    the caller frees it with SSL_CTX_free().
 * Errors:  NULL out of memory, which includes a context that lacks something.
 */
SSL_CTX *tls_context_new(void);

/* The size of the ClientHello that the context sends, in bytes; it tells two contexts apart. 0: out of memory. */
size_t tls_context_hello_bytes(SSL_CTX *tls);

#endif
