#ifndef EPISODED_DISCORD_UPLOAD_H
#define EPISODED_DISCORD_UPLOAD_H

/* A file that is sent with a request's JSON, as multipart/form-data. Pure. */

#include <stddef.h>

#include "bot/base/str.h"

#define DISCORD_UPLOAD_MAX_BYTES   (4u * 1024 * 1024) /* Discord takes 10 MiB, also without boosts */
#define DISCORD_UPLOAD_NAME_BYTES  24
#define DISCORD_UPLOAD_EXTRA_BYTES 1024 /* around the JSON and the file */

/* bytes and type ("image/png") are borrowed. bytes NULL: no file. */
struct discord_upload {
	const char *bytes;
	size_t length;
	const char *type;
};

/* The name by which the JSON refers to the file: "picture.png", in "attachment://picture.png". */
void discord_upload_name(const char *type, char ret[DISCORD_UPLOAD_NAME_BYTES]);
/* Append the header "Content-Type: ...", and the body. boundary: so that neither JSON nor file contains it. */
void discord_upload_append_header(const char *boundary, struct str *str);
void discord_upload_append_body(
		const struct discord_upload *upload, const char *json, const char *boundary, struct str *str);

#endif
