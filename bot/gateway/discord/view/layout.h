#ifndef EPISODED_DISCORD_LAYOUT_H
#define EPISODED_DISCORD_LAYOUT_H

/*
 * A page as components (IS_COMPONENTS_V2): a container for what is in clear, and one with "spoiler" for what is veiled.
 * Such a message has no content and no embeds, and never loses the flag again. Pure.
 */

#include <stdbool.h>

#include "bot/base/span.h"
#include "bot/base/str.h"

#define DISCORD_LAYOUT_FLAG  32768 /* IS_COMPONENTS_V2 */
#define DISCORD_LAYOUT_UNITS 4000  /* of all texts together */

struct discord_layout {
	int colour;
	const char *title;  /* markup; may be "" */
	const char *parts;  /* from discord_flow, with has_parts */
	const char *footer; /* markup; may be "" */
	const char *image;  /* may be NULL */
	bool is_image_veiled;
};

/* Is a message object made of components? Malformed: no. */
bool discord_layout_is(struct span message);

/* Append the components, separated by commas: at most 2 + 2 * DISCORD_FLOW_PARTS_MAX + 3, nested ones included. */
void discord_layout_append(struct str *json, const struct discord_layout *layout);

#endif
