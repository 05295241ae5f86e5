#ifndef EPISODED_CONFIG_SECRET_STORE_H
#define EPISODED_CONFIG_SECRET_STORE_H

/*
 * Where {"credential": "name"} is. systemd passes the service's secrets in $CREDENTIALS_DIRECTORY. Without it they are
 * in a folder: root's is the one that the units load, /etc/episoded/secrets; another user's is
 * $XDG_CONFIG_HOME/episoded/secrets.
 *
 * Functions that return an int return 0 or a negative errno.
 */

#include <stdbool.h>

#include "bot/base/str.h"

#define SECRET_NAME_MAX_BYTES 64
#define SECRET_PATH_MAX_BYTES 4096

/* Of the units' LoadCredential=, which passes the file NAME of the folder as the credential stored_NAME. The credential
 * "stored" itself is the fallback for a missing folder. */
#define SECRET_CREDENTIAL_ID "stored"

/* NULL, or what is wrong with a name; never quotes it, because it may be a secret in the wrong place. */
const char *secret_check_name(const char *name);

/* The folder of this user. -ENOENT: the user has no home. */
int secret_store_folder(struct str *ret);

/* True for root, whose folder is the service's. */
bool secret_store_is_of_service(void);

/* The file of a credential, which may not exist. */
int secret_store_find(const char *name, struct str *ret_path);

/* Why a credential is not there, and what to do: follows "NAME: ". */
void secret_store_explain(const char *name, int error, struct str *ret);

/* True in a service of systemd that runs as a user of its own. */
bool secret_is_in_service(void);

/* Write a secret for this user only, in place of an older one, and sync it to the disk. The folder is created. */
int secret_store_put(const char *name, const char *bytes, size_t length);
int secret_store_remove(const char *name);

/* The names of the files in the folder, sorted, also those that are no name of a secret. -ENOENT: no folder. */
int secret_store_each(void (*on_name)(void *user, const char *name), void *user);

#endif
