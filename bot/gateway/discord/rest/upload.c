/* A file that is sent with a request's JSON. */

#include "bot/gateway/discord/rest/upload.h"

#include <stdio.h>
#include <string.h>

void discord_upload_name(const char *type, char ret[DISCORD_UPLOAD_NAME_BYTES])
{
	const char *slash = strchr(type, '/');

	snprintf(ret, DISCORD_UPLOAD_NAME_BYTES, "picture.%.10s", slash ? slash + 1 : "bin");
}

void discord_upload_append_header(const char *boundary, struct str *str)
{
	str_printf(str, "Content-Type: multipart/form-data; boundary=%s", boundary);
}

void discord_upload_append_body(
		const struct discord_upload *upload, const char *json, const char *boundary, struct str *str)
{
	char name[DISCORD_UPLOAD_NAME_BYTES];

	discord_upload_name(upload->type, name);
	str_printf(str,
			"--%s\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n"
			"Content-Type: application/json\r\n\r\n",
			boundary);
	str_append(str, json);
	str_printf(str,
			"\r\n--%s\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"%s\"\r\n"
			"Content-Type: %s\r\n\r\n",
			boundary, name, upload->type);
	str_append_bytes(str, upload->bytes, upload->length);
	str_printf(str, "\r\n--%s--\r\n", boundary);
}
