#ifndef EPISODED_NET_AUTHORITIES_H
#define EPISODED_NET_AUTHORITIES_H

/*
 * The CAs to trust: those of a CA file, or the system's. They are what the disk has when
 * a connection is made: files that changed are read again, and CAs that were removed
 * are trusted no more. An unreadable or incomplete file changes nothing: the CAs that
 * were read before stay in use, and the log names the file.
 *
 * The system's CAs are in a folder with hashed names, where OpenSSL finds one CA at a time,
 * and in a bundle, which is searched for CAs that the folder lacks. SSL_CERT_DIR and
 * SSL_CERT_FILE replace their usual places, as in OpenSSL.
 */

#include <stdbool.h>

#define AUTHORITIES_REASON_BYTES 320

/*
 * Make sure that there are CAs to trust. ca_file may be NULL: the system's. *ret_edition is
 * different after each change of the CAs.
 *
 * -ENOENT and other errors, with the reason and its fix in ret_reason, if no CA could ever
 * be read. ret_edition may be NULL.
 */
int authorities_look(
		const char *ca_file, unsigned long *ret_edition, char ret_reason[AUTHORITIES_REASON_BYTES]);

/* What is wrong with a CA file, as a phrase that follows its name, str_no_memory, or NULL. Does not keep its CAs. */
const char *authorities_check_file(const char *path);

/* Make a TLS context (SSL_CTX) trust these CAs and no others. The same errors. */
int authorities_trust(const char *ca_file, void *tls_context, char ret_reason[AUTHORITIES_REASON_BYTES]);

/* A certificate was refused: read these CAs again for the next connection. They may be incomplete, if memory ran out. */
void authorities_doubt(const char *ca_file);

/* The file with the system's CAs, for a library that reads it itself; "" if there is no such file. */
const char *authorities_bundle(void);

/* Does the system have any CAs? */
bool authorities_exist(void);

#endif
