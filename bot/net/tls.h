#ifndef EPISODED_NET_CERTIFICATE_H
#define EPISODED_NET_CERTIFICATE_H

/* Verification of a server's certificate, without OpenSSL's types in the interface. */

#include <stdbool.h>

/* RFC 9525: a certificate's common name is not a host name. */
#define CERTIFICATE_NO_NAME "certificate has no subjectAltName; the server needs a new certificate"

/*
 * Verify one certificate of the chain; called from OpenSSL's verify callback (store is
 * its X509_STORE_CTX). The name is checked here because libwebsockets checks no name
 * for an empty host and a truncated one for an IPv6 address. If the result is false,
 * *ret_reason is a static text for people.
 */
bool certificate_is_good(void *store, bool is_chain_good, const char *host, const char **ret_reason);

/*
 * Verify the whole chain; called from OpenSSL's cert_verify_callback (store is its
 * X509_STORE_CTX). fingerprints as in net/stream.h: if given, only they are compared.
 */
bool certificate_verify(void *store, const char *host, const char *fingerprints, const char **ret_reason);

/*
 * Verify for libcurl, which compares the name itself but falls back to the common name
 * if there is no subjectAltName. certificate_is_no_name() recognises the error that
 * this sets in the X509_STORE_CTX.
 */
bool certificate_has_name(void *store);
bool certificate_is_no_name(long error);

/* Take a reference to the TLS context of the connection that is being verified; may return NULL. */
void *certificate_hold(void *store);
/* Release that reference. Later connections of the context trust the CAs that ca_file contains now; if ca_file is
 * NULL or unreadable, the old ones. Must not be called during a verification. */
void certificate_read_again(void *held, const char *ca_file);

#endif
