#ifndef EPISODED_TWITCH_LOGIN_H
#define EPISODED_TWITCH_LOGIN_H

/*
 * "episoded twitch login": the OAuth device code grant flow. A person opens an address and confirms a code;
 * meanwhile this waits. The tokens are then handed to the bot in a file (login_file.h).
 */

#include <stdbool.h>

struct twitch_config;

/* Run it, with a loop of its own, until the person has confirmed, the code has expired, or Twitch refuses.
 * print gets lines for the person; is_error: for standard error. Returns an exit code of sysexits(3): EX_OK,
 * EX_CONFIG (the application is wrong), EX_NOPERM (refused, or another account), EX_TEMPFAIL (expired, or no
 * connection), EX_CANTCREAT (the state folder cannot be written), EX_OSERR. */
int twitch_login_run(const struct twitch_config *config, void (*print)(bool is_error, const char *text));

#endif
