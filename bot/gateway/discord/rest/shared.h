#ifndef EPISODED_DISCORD_REST_SHARED_H
#define EPISODED_DISCORD_REST_SHARED_H

/* The global limit of REST shared with the other processes, by way of the database. */

struct cluster;
struct discord_rest;
struct discord_rest_shared; /* opaque: gateway/discord/rest/shared.c */

/* gateway: its name, copied; rate: of all processes, a second. Free it before rest and cluster. -ENOMEM. */
int discord_rest_share(struct discord_rest *rest, struct cluster *cluster, const char *gateway, unsigned rate,
		struct discord_rest_shared **ret);
void discord_rest_unshare(struct discord_rest_shared *shared); /* NULL-safe */

#endif
