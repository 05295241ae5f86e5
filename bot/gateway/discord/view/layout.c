/* A page as components. */

#include "bot/gateway/discord/view/layout.h"

#include <string.h>

#include "bot/base/json.h"
#include "bot/gateway/discord/view/flow.h"
#include "bot/gateway/discord/view/markup.h"

/* Types of components (API v10, "Component Reference"). */
enum { SECTION_TYPE = 9, TEXT_TYPE = 10, THUMBNAIL_TYPE = 11, CONTAINER_TYPE = 17 };

/* Discord refuses a text without a visible character. */
static void append_text(struct str *json, const char *text)
{
	str_printf(json, "{\"type\":%d,\"content\":", (int)TEXT_TYPE);
	json_append_string(json, discord_markup_is_blank(text) ? "…" : text);
	str_append_char(json, '}');
}

/* A text with a picture beside it. */
static void append_section(struct str *json, const char *text, const struct discord_layout *layout)
{
	str_printf(json, "{\"type\":%d,\"components\":[", (int)SECTION_TYPE);
	append_text(json, text);
	str_printf(json, "],\"accessory\":{\"type\":%d,\"media\":{\"url\":", (int)THUMBNAIL_TYPE);
	json_append_string(json, layout->image);
	str_printf(json, "}%s}}", layout->is_image_veiled ? ",\"spoiler\":true" : "");
}

/* Append the text in a container, and clear it. */
static void append_container(struct str *json, const struct discord_layout *layout, struct str *text,
		bool is_veiled, bool *is_first)
{
	str_printf(json, "%s{\"type\":%d,\"accent_color\":%d,%s\"components\":[", *is_first ? "" : ",",
			(int)CONTAINER_TYPE, layout->colour, is_veiled ? "\"spoiler\":true," : "");
	if (*is_first && layout->image)
		append_section(json, str_text(text), layout);
	else
		append_text(json, str_text(text));
	str_append(json, "]}");
	if (text->error && !json->error)
		json->error = text->error;
	str_clear(text);
	*is_first = false;
}

void discord_layout_append(struct str *json, const struct discord_layout *layout)
{
	static const char marks[] = {DISCORD_FLOW_CLEAR, DISCORD_FLOW_VEILED, '\0'};
	struct str text = STR(DISCORD_LAYOUT_UNITS * 4);
	const char *part = layout->parts;
	bool is_first = true;

	/* The title is in clear: in one container with the first part, unless that is veiled. */
	str_append(&text, layout->title);
	while (*part) {
		bool is_veiled = *part++ == DISCORD_FLOW_VEILED;
		size_t length = strcspn(part, marks);

		if (is_veiled && text.length)
			append_container(json, layout, &text, false, &is_first);
		str_append(&text, text.length && length ? "\n" : "");
		str_append_bytes(&text, part, length);
		append_container(json, layout, &text, is_veiled, &is_first);
		part += length;
	}
	if (is_first)
		append_container(json, layout, &text, false, &is_first);
	if (*layout->footer) {
		str_append_char(json, ',');
		append_text(json, layout->footer);
	}
	str_release(&text);
}

bool discord_layout_is(struct span message)
{
	uint64_t flags;

	return span_number(span_get(message, "flags"), &flags) == 0 && flags & DISCORD_LAYOUT_FLAG;
}
