#ifndef EPISODED_WEB_FILES_H
#define EPISODED_WEB_FILES_H

/*
 * What the lobby's port serves besides the page: the calendars of the shows, and the pictures that datasets name. A
 * calendar is written when it is first asked for, and again after a reload. What it told before is in the store, area
 * "calendar".
 */

#include <stdint.h>

#include "bot/gateway/gateway.h"

struct catalogue;
struct config;
struct loop;
struct store;
struct web_files; /* opaque: daemon/web_files.c */

/* -ENOMEM */
int web_files_new(struct web_files **ret);
void web_files_free(struct web_files *files); /* NULL-safe */

/* There are other shows from now on, and another configuration, which is not kept. */
void web_files_configure(struct web_files *files, struct loop *loop, const struct config *config);

/*
 * As gateway_host.web_file. store may be NULL: then a calendar that was changed counts its changes from 0 again.
 *
 * Errors: -ENOENT no such file, -EAGAIN a picture that is being fetched, -EINVAL a query that is not understood, -ENOMEM; *ret untouched.
 */
int web_files_get(struct web_files *files, const struct catalogue *catalogue, struct store *store,
		const char *path, const char *query, uint64_t now_ms, struct web_file *ret);

#endif
