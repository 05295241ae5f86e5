/* Buttons, with their action in the custom_id. */

#include "bot/gateway/discord/view/button.h"

#include <errno.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/markup.h"

#define ID_MAX_BYTES (DISCORD_BUTTON_ID_MAX_UNITS * 3) /* the most bytes in that many units */

#define LINK_LABEL "Read more"

enum style { STYLE_PRIMARY = 1, STYLE_SECONDARY = 2, STYLE_LINK = 5 };

/* A row under construction. */
struct row {
	struct str *str;
	bool is_begun;
	bool is_first; /* of the message */
};

/* Digits and a colon. The byte after it, or NULL. */
static const char *take_page(const char *at, unsigned *ret)
{
	const char *start = at;
	unsigned page = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		page = page * 10 + (unsigned)(*at - '0');
		if (page > DISCORD_BUTTON_PAGE_MAX)
			return NULL;
	}
	if (at == start || *at != ':')
		return NULL;
	*ret = page;
	return at + 1;
}

int discord_button_parse(const char *custom_id, struct discord_button *ret)
{
	struct discord_button button = {.is_page = str_starts(custom_id, "m:")};

	if (!button.is_page && !str_starts(custom_id, "c:"))
		return -EBADMSG;
	button.command = custom_id + 2;
	if (button.is_page)
		button.command = take_page(button.command, &button.page);
	if (!button.command || !*button.command)
		return -EBADMSG;
	*ret = button;
	return 0;
}

static bool page_id(struct str *id, const char *command, unsigned page)
{
	str_clear(id);
	str_printf(id, "m:%u:%s", page, command);
	return !id->error && utf8_utf16_units(str_text(id)) <= DISCORD_BUTTON_ID_MAX_UNITS;
}

bool discord_button_holds(const char *command, unsigned page)
{
	struct str id = STR(ID_MAX_BYTES);
	bool holds = command && *command && page <= DISCORD_BUTTON_PAGE_MAX && page_id(&id, command, page);

	str_release(&id);
	return holds;
}

/* target: a custom_id, or the address of a link. */
static void append_button(struct row *row, enum style style, const char *label, const char *target)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	if (!row->is_begun)
		str_printf(row->str, "%s{\"type\":1,\"components\":[", row->is_first ? "" : ",");
	else
		str_append_char(row->str, ',');
	row->is_begun = true;
	discord_markup_append_cut(&text, label, DISCORD_MARKUP_RAW, DISCORD_BUTTON_LABEL_MAX_UNITS);
	str_printf(row->str, "{\"type\":2,\"style\":%d,\"label\":", (int)style);
	json_append_string(row->str, str_text(&text));
	str_append(row->str, style == STYLE_LINK ? ",\"url\":" : ",\"custom_id\":");
	json_append_string(row->str, target);
	str_append_char(row->str, '}');
	str_release(&text);
}

static void end_row(struct row *row)
{
	if (row->is_begun) {
		str_append(row->str, "]}");
		row->is_first = false;
	}
	row->is_begun = false;
}

/* A button that does not fit is left out: it is a convenience. */
static bool choice_id(const struct reply_choice *choice, struct str *id)
{
	str_clear(id);
	str_printf(id, "c:%s", choice->command);
	return !id->error && utf8_utf16_units(str_text(id)) <= DISCORD_BUTTON_ID_MAX_UNITS &&
	       *choice->command && !discord_markup_is_blank(choice->label);
}

/* Discord refuses a message that has two buttons with one custom_id. */
static bool is_repeated(const struct reply *reply, size_t index, struct str *id)
{
	for (size_t i = 0; i < index; i++) {
		if (str_equal(reply->choices[i].command, reply->choices[index].command) &&
				choice_id(&reply->choices[i], id))
			return true;
	}
	return false;
}

static void append_choices(struct row *row, const struct reply *reply)
{
	struct str id = STR(ID_MAX_BYTES);

	for (size_t i = 0; i < reply->choice_count; i++) {
		const struct reply_choice *choice = &reply->choices[i];

		if (!is_repeated(reply, i, &id) && choice_id(choice, &id))
			append_button(row, STYLE_SECONDARY, choice->label, str_text(&id));
	}
	str_release(&id);
	end_row(row);
}

static void append_page(
		struct row *row, const struct discord_button_pages *pages, unsigned page, const char *label)
{
	struct str id = STR(ID_MAX_BYTES);

	if (discord_button_holds(pages->command, page) && page_id(&id, pages->command, page))
		append_button(row, STYLE_PRIMARY, label, str_text(&id));
	str_release(&id);
}

void discord_button_append_rows(
		struct str *str, const struct reply *reply, const struct discord_button_pages *pages)
{
	struct row row = {.str = str, .is_first = pages->is_first};

	append_choices(&row, reply);
	if (pages->page > 0)
		append_page(&row, pages, pages->page - 1, "◀ Previous page");
	if (pages->page + 1 < pages->count)
		append_page(&row, pages, pages->page + 1, "Next page ▶");
	if (pages->url)
		append_button(&row, STYLE_LINK, LINK_LABEL, pages->url);
	end_row(&row);
}
