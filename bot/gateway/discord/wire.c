/* Discord payloads and requests as shown in the trace. */

#include "bot/gateway/discord/wire.h"

#include <stdbool.h>
#include <string.h>

#include "bot/base/span.h"

/* From an opening quote to the byte after the closing one; length if the string does not end. */
static size_t skip_string(const char *text, size_t length, size_t at)
{
	for (at++; at < length && text[at] != '"'; at++)
		at += text[at] == '\\';
	return at < length ? at + 1 : length;
}

/* If the string at..end is the key "token": where its value starts. Otherwise 0. */
static size_t token_value(const char *text, size_t length, size_t at, size_t end)
{
	static const char key[] = "\"token\"";

	if (end - at != sizeof(key) - 1 || memcmp(text + at, key, sizeof(key) - 1) != 0)
		return 0;
	end = (size_t)(span_skip_space(text + end, text + length) - text);
	if (end == length || text[end] != ':')
		return 0;
	end = (size_t)(span_skip_space(text + end + 1, text + length) - text);
	return end < length && text[end] == '"' ? end : 0;
}

void discord_wire_show(struct str *ret, const char *payload, size_t length, const char *token)
{
	size_t begun = 0, at = 0;

	while (at < length) {
		size_t end, value;

		if (payload[at] != '"') {
			at++;
			continue;
		}
		end = skip_string(payload, length, at);
		value = token_value(payload, length, at, end);
		if (value) {
			trace_hide(ret, payload + begun, value - begun, &token, 1);
			str_append(ret, "\"" TRACE_SECRET "\"");
			end = begun = skip_string(payload, length, value);
		}
		at = end;
	}
	trace_hide(ret, payload + begun, length - begun, &token, 1);
}

/* The byte after the next slash; the end if no slash follows. */
static const char *next_part(const char *path)
{
	path += strcspn(path, "/");
	return *path ? path + 1 : path;
}

void discord_wire_show_path(struct str *ret, const char *path, const char *token)
{
	bool has_token = str_starts(path, "/interactions/") || str_starts(path, "/webhooks/");
	const char *part = has_token ? next_part(next_part(path + 1)) : path;

	trace_hide(ret, path, (size_t)(part - path), &token, 1);
	if (has_token && *part) {
		str_append(ret, TRACE_SECRET);
		part += strcspn(part, "/?");
	}
	trace_hide(ret, part, strlen(part), &token, 1);
}
