/* IRCv3 capability negotiation. */

#include "bot/gateway/irc/caps.h"

#include <errno.h>
#include <string.h>

#define REQUEST_MAX_BYTES 400 /* longer than all names together */

static const struct {
	const char *name;
	unsigned cap;
} known[] = {
		{"message-tags", IRC_CAP_MESSAGE_TAGS},
		{"server-time", IRC_CAP_SERVER_TIME},
		{"echo-message", IRC_CAP_ECHO_MESSAGE},
		{"batch", IRC_CAP_BATCH},
		{"labeled-response", IRC_CAP_LABELED_RESPONSE},
		{"account-tag", IRC_CAP_ACCOUNT_TAG},
		{"chghost", IRC_CAP_CHGHOST},
		{"no-implicit-names", IRC_CAP_NO_NAMES},
		{"draft/no-implicit-names", IRC_CAP_NO_NAMES_DRAFT},
		{"sasl", IRC_CAP_SASL},
		{"standard-replies", IRC_CAP_STANDARD_REPLIES},
		{"draft/chathistory", IRC_CAP_CHATHISTORY},
		{"draft/multiline", IRC_CAP_MULTILINE},
		{"draft/channel-rename", IRC_CAP_RENAME},
		{"draft/message-redaction", IRC_CAP_REDACTION},
};
#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

void irc_caps_init(struct irc_caps *caps, bool wants_login)
{
	*caps = (struct irc_caps){.wants_login = wants_login};
}

void irc_caps_end(struct irc_caps *caps)
{
	caps->is_ended = true;
}

static unsigned cap_of_name(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < KNOWN_COUNT; i++) {
		if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0)
			return known[i].cap;
	}
	return 0;
}

/* Parse a list of capability names, ignoring values; names with a '-' go to *ret_minus. */
static unsigned read_list(const char *list, unsigned *ret_minus)
{
	unsigned caps = 0;

	*ret_minus = 0;
	while (*list) {
		size_t length = strcspn(list, " ");
		size_t name_length = strcspn(list, " =");

		if (*list == '-')
			*ret_minus |= cap_of_name(list + 1, name_length - 1);
		else
			caps |= cap_of_name(list, name_length);
		list += length;
		list += strspn(list, " ");
	}
	return caps;
}

/* Send one CAP REQ for all of caps: the server accepts or refuses it as a whole. */
static void request(struct irc_caps *caps, unsigned wanted, struct irc_outbox *outbox, uint64_t now_ms)
{
	struct str names = STR(REQUEST_MAX_BYTES);
	size_t i;

	for (i = 0; i < KNOWN_COUNT; i++) {
		if (wanted & known[i].cap)
			str_printf(&names, "%s%s", names.length > 0 ? " " : "", known[i].name);
	}
	outbox->is_short |= names.error == -ENOMEM;
	if (names.length > 0 &&
			irc_outbox_urgent(outbox, IRC_LINE("CAP", "REQ", str_text(&names)), now_ms) == 0)
		caps->pending |= wanted;
	str_release(&names);
}

/* Handle CAP NAK: capabilities of a common request are requested again one by one; one that was requested
 * alone is given up. */
static void refused(struct irc_caps *caps, unsigned names, struct irc_outbox *outbox, uint64_t now_ms)
{
	unsigned again;
	size_t i;

	if (!(names & caps->pending)) /* the list is truncated or empty: then it means the whole request */
		names = caps->pending;
	again = names & caps->pending & ~caps->alone;
	caps->pending &= ~names;
	caps->alone |= again;
	for (i = 0; i < KNOWN_COUNT; i++) {
		if (again & known[i].cap)
			request(caps, known[i].cap, outbox, now_ms);
	}
}

static void end_when_done(struct irc_caps *caps, struct irc_outbox *outbox, uint64_t now_ms)
{
	if (caps->is_ended || caps->pending || caps->is_held)
		return;
	caps->is_ended = true;
	irc_outbox_urgent(outbox, IRC_LINE("CAP", "END"), now_ms);
}

/* Tags that are trusted only while their own capability is enabled; any other tag needs message-tags. */
static const struct {
	const char *key;
	unsigned cap;
} owned_tags[] = {
		{"time", IRC_CAP_SERVER_TIME},
		{"account", IRC_CAP_ACCOUNT_TAG},
		{"batch", IRC_CAP_BATCH},
		{"label", IRC_CAP_LABELED_RESPONSE},
};
#define OWNED_TAGS (sizeof(owned_tags) / sizeof(owned_tags[0]))

static unsigned cap_of_tag(const struct irc_tag *tag)
{
	for (size_t i = 0; i < OWNED_TAGS; i++) {
		if (irc_tag_is(tag, owned_tags[i].key))
			return owned_tags[i].cap;
	}
	return IRC_CAP_MESSAGE_TAGS; /* msgid, bot, +reply ... */
}

/* Could a line have a tag whose capability is disabled? Runs for each line, so it compares first letters
 * only. */
static bool may_lie(const struct irc_caps *caps, const char *tags)
{
	char letters[OWNED_TAGS + 1] = "";
	size_t count = 0;

	if (!(caps->enabled & IRC_CAP_MESSAGE_TAGS))
		return true;
	for (size_t i = 0; i < OWNED_TAGS; i++)
		if (!(caps->enabled & owned_tags[i].cap))
			letters[count++] = *owned_tags[i].key;
	while (count > 0 && tags) {
		if (*tags && memchr(letters, *tags, count))
			return true;
		tags = strchr(tags, ';');
		tags = tags ? tags + 1 : NULL;
	}
	return false;
}

void irc_caps_clean_tags(const struct irc_caps *caps, char *tags)
{
	const char *cursor = tags;
	char *end = tags;
	struct irc_tag tag;

	if (!may_lie(caps, tags))
		return;
	while (irc_tag_next(&cursor, &tag)) {
		size_t length = (size_t)(cursor - tag.key);

		if (!(caps->enabled & cap_of_tag(&tag)))
			continue;
		if (end != tags)
			*end++ = ';';
		memmove(end, tag.key, length);
		end += length;
	}
	*end = '\0';
}

void irc_caps_resume(struct irc_caps *caps, struct irc_outbox *outbox, uint64_t now_ms)
{
	caps->is_held = false;
	end_when_done(caps, outbox, now_ms);
}

/* "... sasl=PLAIN,EXTERNAL ...": copy the value of a name in the list; "" when the value is missing or too
 * long. */
static void keep_value(const char *list, const char *name, char *ret, size_t size)
{
	while (*list) {
		size_t length = strcspn(list, " "), name_length = strcspn(list, " =");

		if (name_length == strlen(name) && memcmp(list, name, name_length) == 0) {
			size_t value_length = length > name_length ? length - name_length - 1 : 0;

			if (value_length >= size)
				value_length = 0;
			memcpy(ret, list + length - value_length, value_length);
			ret[value_length] = '\0';
		}
		list += length;
		list += strspn(list, " ");
	}
}

static bool has_bouncer_cap(const char *list)
{
	static const char *const vendors[] = {"znc.in/", "soju.im/"};

	for (; *list; list += strcspn(list, " "), list += strspn(list, " "))
		for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
			if (strncmp(list, vendors[i], strlen(vendors[i])) == 0)
				return true;
	return false;
}

void irc_caps_read(struct irc_caps *caps, const struct irc_line *line, struct irc_outbox *outbox,
		uint64_t now_ms)
{
	const char *verb = irc_line_param(line, 1);
	bool has_more = line->param_count > 3 && strcmp(line->params[2], "*") == 0;
	const char *list = line->param_count > 2 ? line->params[line->param_count - 1] : "";
	unsigned wanted = caps->wants_login ? ~0u : ~(unsigned)IRC_CAP_SASL;
	unsigned minus, names = read_list(list, &minus);

	if (str_equal_nocase(verb, "LS") || str_equal_nocase(verb, "NEW")) {
		caps->offered |= names & wanted;
		caps->is_bouncer = caps->is_bouncer || has_bouncer_cap(list);
		keep_value(list, "sasl", caps->mechanisms, sizeof(caps->mechanisms));
		keep_value(list, "draft/multiline", caps->multiline, sizeof(caps->multiline));
		if (has_more)
			return;
		request(caps, caps->offered & ~caps->enabled & ~caps->pending & ~caps->alone, outbox, now_ms);
	} else if (str_equal_nocase(verb, "ACK")) {
		caps->is_held = caps->is_held || (names & wanted & IRC_CAP_SASL & ~caps->enabled);
		caps->enabled = (caps->enabled | (names & caps->pending)) &
				~minus; /* only names that were requested */
		caps->pending &= ~(names | minus);
	} else if (str_equal_nocase(verb, "NAK")) {
		refused(caps, names, outbox, now_ms);
	} else if (str_equal_nocase(verb, "DEL")) {
		caps->offered &= ~names;
		caps->enabled &= ~names;
		caps->alone &= ~names;
		caps->pending &= ~names; /* may never be acknowledged; a login ends by itself */
	} else {
		return;
	}
	end_when_done(caps, outbox, now_ms);
}
