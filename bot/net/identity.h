#ifndef EPISODED_NET_IDENTITY_H
#define EPISODED_NET_IDENTITY_H

/*
 * Our client certificate and its key, as the files have them when a connection is made: a
 * renewed certificate is used from the next connection on. A pair that is unreadable,
 * incomplete, or does not belong together (the key is being written) changes nothing: the
 * pair that was read before stays in use, and the log names the file.
 */

#define IDENTITY_REASON_BYTES 400

/* Read both files without keeping them. A negative errno, with the reason and its fix in ret_reason. */
int identity_check(const char *certificate, const char *key, char ret_reason[IDENTITY_REASON_BYTES]);

/* Make a TLS context (SSL_CTX) show a certificate; both are PEM files, key may be the same file. A negative errno, with
 * the reason and its fix in ret_reason, if no usable pair was ever read. */
int identity_use(const char *certificate, const char *key, void *tls_context,
		char ret_reason[IDENTITY_REASON_BYTES]);

#endif
