#ifndef EPISODED_TWITCH_LOGIN_FILE_H
#define EPISODED_TWITCH_LOGIN_FILE_H

/*
 * How "episoded twitch login" hands tokens to the bot, which alone has the store open: as a file in the state
 * folder, twitch-GATEWAY.login, mode 0600, renamed into place. The bot moves its contents into the store and
 * removes it: at its start, or at once when it runs.
 */

#include <stdint.h>

#include "bot/gateway/twitch/oauth.h"

struct loop;
struct twitch_login_watch; /* opaque: gateway/twitch/login_file.c */

/* Write the file, with an fsync, for the owner of the folder. The folder is created if it is missing. A negative
 * errno. */
int twitch_login_file_write(const char *folder, const char *gateway, const struct twitch_stored *stored);
/* Read it. -ENOENT: there is no such file; -EBADMSG: it is not a login; other errors of open(2) and read(2). */
int twitch_login_file_read(const char *folder, const char *gateway, struct twitch_stored *ret);
/* Remove it. A missing file is not an error. */
int twitch_login_file_remove(const char *folder, const char *gateway);

/* Where a process that does not have the gateway puts a login for the process that has it: the key is the gateway's name. */
#define TWITCH_HANDOVER_AREA "twitch-login"
struct store;
/* Pass a login in the folder on to the process that has the gateway's lease; call it again and again. A negative errno: it is
 * still here. */
int twitch_login_hand_over(const char *folder, const char *gateway, struct store *store);

/* Call on_change when a file is renamed into the folder. */
int twitch_login_watch_new(struct loop *loop, const char *folder, void (*on_change)(void *user), void *user,
		struct twitch_login_watch **ret);
void twitch_login_watch_free(struct twitch_login_watch *watch); /* NULL-safe; not inside on_change */

#endif
