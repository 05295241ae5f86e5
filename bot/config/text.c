/* The syntax of names in the configuration: gateways, shows, prefixes, channels. */

#include <string.h>

#include "bot/base/utf8.h"
#include "bot/config/reader.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static bool has_control(const char *text)
{
	return !utf8_is_clean(text, strlen(text));
}

static bool has_space_or_control(const char *text)
{
	return has_control(text) || strchr(text, ' ');
}

static bool has_only(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

/* ---------------------------------------------------------------- names */

const char *config_check_prefix(const char *text)
{
	if (!*text || strlen(text) > CONFIG_PREFIX_MAX_BYTES)
		return "must have 1 to 8 bytes, as in \"!\"";
	if (has_space_or_control(text))
		return "must not contain a space or a control character";
	return NULL;
}

const char *config_check_name(const char *text)
{
	if (!*text || !has_only(text, LOWER DIGITS "-"))
		return "may contain lower-case letters, digits and hyphens only";
	return NULL;
}

const char *config_check_channel(const char *text)
{
	if (text[0] != '#' && text[0] != '&')
		return "must begin with # or &, as in \"#tv\"";
	if (!text[1] || strlen(text) > CONFIG_CHANNEL_MAX_BYTES)
		return "must have 2 to 64 bytes";
	if (has_space_or_control(text) || strchr(text, ','))
		return "must not contain a space, a comma or a control character; write each channel as a "
		       "string of "
		       "its own";
	return NULL;
}
