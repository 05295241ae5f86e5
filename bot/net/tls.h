#ifndef EPISODED_NET_CERTIFICATE_H
#define EPISODED_NET_CERTIFICATE_H

/*
 * Verification of a server's certificate, without OpenSSL's types in the interface, and
 * the reasons of failed handshakes: one wording for streams, WebSockets and HTTP.
 */

#include <stdbool.h>

/* A reason is a text for people: what is wrong, and the fix. Parts of it are quoted from the certificate, cleaned. */
#define CERTIFICATE_REASON_BYTES 400

/*
 * Let OpenSSL keep its tables until the kernel frees them. By default exit() destroys them, while a thread that connects
 * to a database may still use them: the process would crash as it ends. Before any other use of OpenSSL.
 * False: out of memory.
 */
bool tls_outlives_exit(void);

/*
 * Verify one certificate of the chain; called from OpenSSL's verify callback (store is
 * its X509_STORE_CTX). The name is checked here because libwebsockets checks no name
 * for an empty host and a truncated one for an IPv6 address. If the result is false,
 * the reason is written; else it is untouched.
 */
bool certificate_is_good(
		void *store, bool is_chain_good, const char *host, char ret_reason[CERTIFICATE_REASON_BYTES]);

/*
 * Verify the whole chain; called from OpenSSL's cert_verify_callback (store is its
 * X509_STORE_CTX). fingerprints as in net/stream.h: if given, only they are compared.
 */
bool certificate_verify(void *store, const char *host, const char *fingerprints,
		char ret_reason[CERTIFICATE_REASON_BYTES]);

/*
 * Verify for HTTP; called as certificate_verify(). host may be NULL, for a URL with an
 * address: libcurl then compares the address with the certificate, but falls back to the
 * common name, so a certificate without subjectAltName is refused here.
 */
bool certificate_verify_http(void *store, const char *host, char ret_reason[CERTIFICATE_REASON_BYTES]);

/* The host name that the connection being verified sent to the server (SNI); NULL if it sent no name. Borrowed. */
const char *certificate_sni(void *store);

/* Why a TLS handshake failed, and the fix. text: OpenSSL's or libcurl's description of the error; may be NULL. The
 * result is static and begins with "TLS handshake failed". */
const char *handshake_reason(const char *text);

#endif
