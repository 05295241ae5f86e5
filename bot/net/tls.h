#ifndef EPISODED_NET_CERTIFICATE_H
#define EPISODED_NET_CERTIFICATE_H

/* Is a server's certificate the one we came for? Keeps OpenSSL's types out of the WebSocket client. */

#include <stdbool.h>

/* RFC 9525: the common name of a certificate names no host. */
#define CERTIFICATE_NO_NAME "certificate has no subjectAltName; the server needs a new certificate"

/*
 * Called once for each certificate of the chain, as OpenSSL's verify callback
 * (store is its X509_STORE_CTX). Checks the name itself, because libwebsockets
 * silently pins none for an empty host and a wrong one for an IPv6 address.
 * *ret_reason is a static phrase for people when the answer is false.
 */
bool certificate_is_good(void *store, bool is_chain_good, const char *host, const char **ret_reason);

/*
 * The same for a connection whose whole verification is ours (store is the
 * X509_STORE_CTX of OpenSSL's cert_verify_callback). fingerprints as in
 * net/stream.h; with them, nothing but them counts.
 */
bool certificate_verify(void *store, const char *host, const char *fingerprints, const char **ret_reason);

/*
 * The same for a client that compares the name itself but would take the common
 * name where no subjectAltName holds one (libcurl). certificate_is_no_name() knows
 * the error that this leaves in the X509_STORE_CTX.
 */
bool certificate_has_name(void *store);
bool certificate_is_no_name(long error);

/* The TLS context of the connection that is being verified, held; NULL when there is none. */
void *certificate_hold(void *store);
/* Let go of it. The connections that it makes from now on believe the authorities that are in ca_file now,
 * or, where that is NULL or cannot be read, the old ones. Not from inside of a verification. */
void certificate_read_again(void *held, const char *ca_file);

#endif
