/* The parameters of the server (RPL_ISUPPORT, 005). */

#include "bot/gateway/irc/isupport.h"

#include <string.h>

#include "bot/base/str.h"

#define DEFAULT_CHANNEL_TYPES "#&"

static void set_text(char *ret, size_t size, const char *value)
{
	size_t length = strnlen(value, size - 1);

	memcpy(ret, value, length);
	ret[length] = '\0';
}

static void set_number(size_t *ret, const char *value, long low, long high, size_t otherwise)
{
	long number;

	*ret = str_to_long(value, low, high, &number) == 0 ? (size_t)number : otherwise;
}

/* "PRIVMSG:4,JOIN:,KICK:1": the number after JOIN. */
static void set_join_targets(struct irc_isupport *isupport, const char *value)
{
	const char *join = strstr(value, "JOIN:");
	char digits[8] = "";

	if (join) {
		join += strlen("JOIN:");
		set_text(digits, sizeof(digits), join);
		digits[strcspn(digits, ",")] = '\0';
	}
	set_number(&isupport->join_targets, digits, 1, 1000, IRC_TARGMAX_NO_LIMIT);
}

/* "*,-reply": all client tags but +reply are denied; "reply,typing": these two. */
static bool is_tag_denied(const char *value, const char *tag)
{
	bool is_denied = false;

	while (*value) {
		size_t length = strcspn(value, ",");

		if (length == 1 && *value == '*')
			is_denied = true;
		else if (length == strlen(tag) && strncmp(value, tag, length) == 0)
			is_denied = true;
		else if (*value == '-' && length == strlen(tag) + 1 &&
				strncmp(value + 1, tag, length - 1) == 0)
			return false;
		value += length;
		value += *value == ',';
	}
	return is_denied;
}

static void set_casemap(struct irc_isupport *isupport, const char *value)
{
	isupport->casemap = *value ? irc_casemap_from_name(value) : IRC_CASEMAP_RFC1459;
}

/* CHANMODES=beI,k,l,imnpstc: list modes, modes with a parameter, with a parameter when set, and without. The
 * colour modes are in the last group. */
static void set_channel_modes(struct irc_isupport *isupport, const char *value)
{
	int group;

	for (group = 1; group < 4 && *value; group++) {
		value += strcspn(value, ",");
		value += *value == ',';
	}
	isupport->has_colour_mode = memchr(value, 'c', strcspn(value, ",")) != NULL;
}

static void set_channel_types(struct irc_isupport *isupport, const char *value)
{
	set_text(isupport->channel_types, sizeof(isupport->channel_types), value);
}

static void set_status_prefixes(struct irc_isupport *isupport, const char *value)
{
	set_text(isupport->status_prefixes, sizeof(isupport->status_prefixes), value);
}

static void set_nick_length(struct irc_isupport *isupport, const char *value)
{
	set_number(&isupport->nick_length, value, 1, IRC_NICK_MAX_BYTES, IRC_NICKLEN_UNKNOWN);
}

static void set_line_length(struct irc_isupport *isupport, const char *value)
{
	set_number(&isupport->line_length, value, IRC_LINELEN_DEFAULT, IRC_LINELEN_MAX, IRC_LINELEN_DEFAULT);
}

static void set_bot_mode(struct irc_isupport *isupport, const char *value)
{
	isupport->bot_mode = strlen(value) == 1 ? *value : '\0';
}

static void set_tag_deny(struct irc_isupport *isupport, const char *value)
{
	static const struct {
		const char *name;
		enum irc_client_tag tag;
	} ours[] = {
			{"reply", IRC_TAG_REPLY},
			{"draft/reply", IRC_TAG_DRAFT_REPLY},
			{"channel-context", IRC_TAG_CONTEXT},
			{"draft/channel-context", IRC_TAG_DRAFT_CONTEXT},
			{"typing", IRC_TAG_TYPING},
	};
	size_t i;

	isupport->denied_tags = 0;
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (is_tag_denied(value, ours[i].name))
			isupport->denied_tags |= ours[i].tag;
	}
}

/* "MONITOR" without a value: no limit. */
static void set_monitor(struct irc_isupport *isupport, const char *value)
{
	(void)value;
	isupport->has_monitor = true;
}

/* "CHATHISTORY=0", "CHATHISTORY=" and "-CHATHISTORY": no limit. */
static void set_history(struct irc_isupport *isupport, const char *value)
{
	isupport->has_history = *value != '\0';
	set_number(&isupport->history_limit, value, 0, 100000, 0);
}

static void set_reference_types(struct irc_isupport *isupport, const char *value)
{
	set_text(isupport->reference_types, sizeof(isupport->reference_types), value);
}

/* A removed token (-TOKEN) is set to "", which each of these functions reads as the default. */
static const struct {
	const char *name;
	void (*set)(struct irc_isupport *isupport, const char *value);
} tokens[] = {
		{"BOT", set_bot_mode},
		{"CASEMAPPING", set_casemap},
		{"CHANMODES", set_channel_modes},
		{"CHANTYPES", set_channel_types},
		{"CHATHISTORY", set_history},
		{"CLIENTTAGDENY", set_tag_deny},
		{"LINELEN", set_line_length},
		{"MONITOR", set_monitor},
		{"MSGREFTYPES", set_reference_types},
		{"NICKLEN", set_nick_length},
		{"STATUSMSG", set_status_prefixes},
		{"TARGMAX", set_join_targets},
		{"draft/CHATHISTORY", set_history},
};

void irc_isupport_init(struct irc_isupport *isupport)
{
	*isupport = (struct irc_isupport){
			.casemap = IRC_CASEMAP_RFC1459,
			.channel_types = DEFAULT_CHANNEL_TYPES,
			.line_length = IRC_LINELEN_DEFAULT,
	};
}

static void read_token(struct irc_isupport *isupport, const char *token)
{
	bool is_removed = *token == '-';
	const char *name = token + is_removed;
	size_t length = strcspn(name, "=");
	const char *value = is_removed || name[length] == '\0' ? "" : name + length + 1;
	size_t i;

	if (is_removed && length == strlen("CHANTYPES") && strncmp(name, "CHANTYPES", length) == 0)
		value = DEFAULT_CHANNEL_TYPES; /* an empty value would mean that the server has no channels */
	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		if (strlen(tokens[i].name) == length && strncmp(tokens[i].name, name, length) == 0)
			tokens[i].set(isupport, value);
	}
}

void irc_isupport_read(struct irc_isupport *isupport, const struct irc_line *line)
{
	size_t i;

	for (i = 1; i + 1 < line->param_count; i++)
		read_token(isupport, line->params[i]);
}

bool irc_isupport_is_channel(const struct irc_isupport *isupport, const char *target)
{
	return *target && strchr(isupport->channel_types, *target) != NULL;
}

const char *irc_isupport_channel(const struct irc_isupport *isupport, const char *target)
{
	const char *name = target;

	while (*name && strchr(isupport->status_prefixes, *name))
		name++;
	return irc_isupport_is_channel(isupport, name) ? name : target;
}

const char *irc_target_channel(const char *target)
{
	const char *name = target + strspn(target, "~&@%+!*.");

	if (*name == '#')
		return name;
	name = target + strspn(target, "~@%*."); /* "&" and "+" may also begin a channel's name */
	return *name && strchr("&+!", *name) ? name : target;
}

bool irc_target_is_channel(const char *target)
{
	const char *name = irc_target_channel(target);

	return *name && strchr("#&+!", *name);
}
