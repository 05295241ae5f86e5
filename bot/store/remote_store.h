#ifndef EPISODED_REMOTE_STORE_H
#define EPISODED_REMOTE_STORE_H

/* What store.c calls of remote.c: the functions of store.h for a store whose state is in a database. */

#include "bot/store/remote.h"

struct remote; /* opaque: store/remote.c */

int remote_new(const struct store_line *line, const char *process, struct remote **ret); /* -ENOMEM */
void remote_free(struct remote *remote);                                                 /* NULL-safe */
/* Of a store that store_new_remote() made. */
struct remote *remote_of(const struct store *store);

void remote_watch(struct remote *remote, void (*on_trouble)(void *user), void *user);
void remote_on_heard(struct remote *remote,
		void (*on_heard)(void *user, const char *area, const char *key, const char *value),
		void *user);
int remote_trouble(const struct remote *remote);
bool remote_is_read(const struct remote *remote);
int remote_retry(struct remote *remote, unsigned *ret_written);

int remote_get(const struct remote *remote, const char *area, const char *key, char **ret);
int remote_each(const struct remote *remote, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user);
/* The change has no lease; it is found here. */
int remote_change(struct remote *remote, const struct change *change);
int remote_effect_get(const struct remote *remote, const char *gateway, const char *id, char **ret);

int remote_begin(struct remote *remote);
int remote_commit(struct remote *remote);
void remote_rollback(struct remote *remote);
int remote_settle(struct remote *remote, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user);

bool remote_journal_knows(const struct remote *remote, const char *gateway, const char *id);
int remote_journal_pending(const struct remote *remote, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user);

#endif
