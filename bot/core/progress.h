#ifndef EPISODED_PROGRESS_H
#define EPISODED_PROGRESS_H

/*
 * How far people and channels have watched a show, as they declared it. Kept in the
 * store, and in memory because each answer about a show needs it.
 *
 * A person is that of key_of_person() (key.h).
 */

#include "bot/catalogue/show.h"
#include "bot/core/channel_line.h"
#include "bot/core/message.h"

/* Declarations of people that are kept. At the limit, the oldest one is replaced if it is older than
 * PROGRESS_KEPT_DAYS; otherwise a new one is refused, because who loses a declaration may be spoiled. */
#define PROGRESS_PEOPLE_MAX   10000
#define PROGRESS_KEPT_DAYS    400
#define PROGRESS_CHANNELS_MAX 1024 /* channels' lines; a further one is refused */
#define PROGRESS_HINTS_MAX    64   /* channels with a hint that are remembered without the store */

struct store;
struct progress; /* opaque: core/progress.c */

/* store may be NULL: changes are then lost at a restart. Unreadable entries are skipped. -ENOMEM. */
int progress_new(struct store *store, struct progress **ret);
void progress_free(struct progress *progress); /* NULL-safe */

/* The order of the last episode that the author has seen; 0: not even the first; LINE_UNDECLARED. */
int progress_of(const struct progress *progress, const char *gateway, const struct message *author,
		const char *show);
/* Declare it, or with LINE_UNDECLARED delete the declaration. -EEXIST it is so already, -E2BIG PROGRESS_PEOPLE_MAX,
 * -EINVAL too long a name, -ENOMEM, or the store's error; nothing is then changed. */
int progress_declare(struct progress *progress, const char *gateway, const struct message *author,
		const char *show, int seen);
/* Go back to the declaration before the last one, once. -ENOENT there is no such declaration. */
int progress_undo(struct progress *progress, const char *gateway, const struct message *author,
		const char *show);

/* The line of a channel; NULL if it has no line. Borrowed until the next change. */
const struct channel_line *progress_channel(
		const struct progress *progress, const char *gateway, const char *channel, const char *show);
/* line NULL: delete it. Errors as above. */
int progress_set_channel(struct progress *progress, const char *gateway, const char *channel,
		const char *show, const struct channel_line *line);

/* True once for each channel: a hint about lines may be given there. Later, and while the store cannot be read, false. */
bool progress_take_hint(struct progress *progress, const char *gateway, const char *channel);

/* The line of a message: the lower of what its channel (an owner, or else the configuration) and its author have declared;
 * LINE_UNDECLARED. In private, only the author's counts. */
int progress_line(const struct progress *progress, const char *gateway, const struct message *message,
		const struct show *show);

/* Another process has changed a value of the store (NULL: deleted it). True: it is a channel's line. */
bool progress_heard(struct progress *progress, const char *area, const char *key, const char *value);

#endif
