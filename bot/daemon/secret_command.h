#ifndef EPISODED_SECRET_COMMAND_H
#define EPISODED_SECRET_COMMAND_H

/* "episoded secret set NAME", "secret list" and "secret remove NAME": the secrets of the service for root, otherwise those
 * of the user (config/secret_store.h). */

#include <stdbool.h>

/* words: "set", "NAME". print: one line of output. Returns an exit code of sysexits(3). */
int secret_command(int count, char *const *words, void (*print)(bool is_error, const char *text));

#endif
