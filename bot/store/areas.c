/* The areas of the store, and their kinds. */

#include "bot/store/areas.h"

#include <string.h>

struct area {
	const char *name;
	enum area_kind kind;
};

/* A name that ends in '/' is of a group: "irc/" of "irc/libera", the area of a gateway. The first match counts. */
static const struct area areas[] = {
		{"irc/sts", AREA_SHARED}, /* of servers, not of a gateway */
		{"irc/", AREA_LEASED},
		{"twitch/", AREA_LEASED},
		{"discord/", AREA_LEASED}, /* "discord/home/64/7": of a shard */
		{"role/", AREA_LEASED}, /* "role/discord/home": of the process that offers its slash commands */
		{"lobby/", AREA_HOST},
		{"setting/", AREA_SHARED},
		{"ignored", AREA_SHARED},
		{"channels/", AREA_SHARED}, /* that owners joined or left */
		{"seen/", AREA_SHARED},
		{"occasion", AREA_SHARED},
		{"announcement", AREA_SHARED},
		{"zone/person", AREA_SHARED},
		{"calendar", AREA_SHARED},     /* what calendars told before */
		{"twitch-login", AREA_SHARED}, /* a new login, for the owner of the lease */
		{"refresh", AREA_SHARED},      /* with the host in the key: each has its own copies */
		{"cluster", AREA_SHARED},
		{"application", AREA_SHARED}, /* what Discord has told about it */
		/* A mark is a column of the journal on a remote store; in a file it is a value. */
		{"effect", AREA_SHARED},
};

static const struct area *find(const char *area)
{
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		const char *name = areas[i].name;
		size_t length = strlen(name);

		if (name[length - 1] == '/' ? strncmp(area, name, length) == 0 : strcmp(area, name) == 0)
			return &areas[i];
	}
	return NULL;
}

enum area_kind area_kind(const char *area)
{
	const struct area *found = find(area);

	return found ? found->kind : AREA_SHARED;
}

bool area_is_listed(const char *area)
{
	return find(area) != NULL;
}
