#ifndef EPISODED_LOBBY_ASSETS_H
#define EPISODED_LOBBY_ASSETS_H

/* The files of the page, embedded in the program. */

struct asset {
	const char *path; /* as in the URL */
	const char *type;
	const char *bytes, *end;
	const char *packed, *packed_end; /* the same, compressed by gzip; NULL: it would not get smaller */
};

/* NULL: no such file. */
const struct asset *asset_find(const char *path);

#endif
