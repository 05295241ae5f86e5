/* A reply as a Discord message. */

#include "bot/gateway/discord/view/render.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/button.h"
#include "bot/gateway/discord/view/flow.h"
#include "bot/gateway/discord/view/layout.h"
#include "bot/gateway/discord/view/markup.h"

/* Discord's limits (API v10, "Embed limits"), in UTF-16 units. */
#define ATTACHED_BYTES    64
#define CONTENT_UNITS     2000
#define TITLE_UNITS       256
#define DESCRIPTION_UNITS 4096
#define FIELD_NAME_UNITS  256
#define FIELD_UNITS       1024
#define FOOTER_UNITS      2048
#define EMBED_UNITS       6000 /* the whole text */

/* Our own limits. */
#define FIELDS_UNITS       1500 /* of all fields; further fields are written with the text */
#define INLINE_UNITS       40   /* fields up to this share a line */
#define PLAIN_FOOTER_UNITS 500
#define LINK_UNITS         512 /* of a picture or a link; Discord's limit for the link of a button */
#define HINT_UNITS         80  /* reserved for "Page 2 of 3", which is only known at the end */
#define TEXT_MAX_BYTES     (32u * 1024)

#define FLAG_EPHEMERAL 64

#define COLOUR_ANSWER  0x3ba55d
#define COLOUR_PROBLEM 0xe67e22

/* A message being made. */
struct message_render {
	const struct reply *reply;
	const struct discord_render_options *options;
	bool is_layout;
	const char *image, *url; /* NULL: absent, or Discord would refuse it */
	struct str body;         /* the text that is divided into pages */
	struct discord_flow flow;
	struct str fields; /* the JSON of the fields that are not in the text */
	size_t fields_units;
	bool is_flowing[REPLY_FIELDS_MAX]; /* this field is written with the text */
};

const char *discord_render_command(const char *text, const char *prefix)
{
	text += strspn(text, " ");
	if (str_starts(text, prefix))
		text += strlen(prefix);
	return text + strspn(text, " ");
}

/* ---------------------------------------------------------------- embed fields */

/* Append a member of "fields". False: it is too long for one. */
static bool append_field(struct message_render *render, const struct reply_field *field)
{
	size_t units, used;
	struct str name = STR(TEXT_MAX_BYTES), value = STR(TEXT_MAX_BYTES);
	bool is_there = false;

	used = discord_markup_append(NULL, field->value, DISCORD_MARKUP_ESCAPED, FIELD_UNITS, &units);
	if (field->value[used])
		return false;
	units += discord_markup_append_cut(&name, discord_markup_is_blank(field->name) ? "–" : field->name,
			DISCORD_MARKUP_ESCAPED, FIELD_NAME_UNITS);
	if (render->fields_units + units + 1 <= FIELDS_UNITS) {
		discord_markup_append(&value, discord_markup_is_blank(field->value) ? "–" : field->value,
				DISCORD_MARKUP_ESCAPED, FIELD_UNITS, NULL);
		str_append(&render->fields, render->fields.length ? ",{\"name\":" : "{\"name\":");
		json_append_string(&render->fields, str_text(&name));
		str_append(&render->fields, ",\"value\":");
		json_append_string(&render->fields, str_text(&value));
		str_printf(&render->fields, ",\"inline\":%s}", units <= INLINE_UNITS ? "true" : "false");
		render->fields_units += units + 1;
		is_there = true;
	}
	str_release(&name);
	str_release(&value);
	return is_there;
}

/* Decide which fields are embed fields. Plain text and components have no embed fields. */
static void place_fields(struct message_render *render)
{
	bool has_embed = !render->options->is_plain && !render->is_layout;

	for (size_t i = 0; i < render->reply->field_count; i++)
		render->is_flowing[i] = !has_embed || !append_field(render, &render->reply->fields[i]);
}

/* Markup around a short text: bold, italic. */
static void append_within(struct str *str, const char *mark, const char *text, const char *end, size_t limit)
{
	str_append(str, mark);
	discord_markup_append_cut(str, text, DISCORD_MARKUP_ESCAPED, limit);
	str_append(str, end);
}

/* A paragraph that begins with markup, which is released. */
static void add_lead(struct message_render *render, struct str *lead, const char *text)
{
	discord_flow_add(&render->flow, str_text(lead), text, false);
	if (lead->error && !render->body.error)
		render->body.error = lead->error;
	str_release(lead);
}

static void add_flowing_fields(struct message_render *render)
{
	const struct reply *reply = render->reply;
	struct str lead = STR(TEXT_MAX_BYTES);

	for (size_t i = 0; i < reply->field_count; i++) {
		if (!render->is_flowing[i])
			continue;
		append_within(&lead, "**", reply->fields[i].name, ":** ", FIELD_NAME_UNITS);
		add_lead(render, &lead, reply->fields[i].value);
	}
}

/* Why parts are veiled, in front of the first of them. */
static void add_reason(struct message_render *render)
{
	struct str lead = STR(TEXT_MAX_BYTES);

	if (!render->reply->spoiler)
		return;
	append_within(&lead, "*", render->reply->spoiler, "*", TITLE_UNITS);
	add_lead(render, &lead, "");
}

/* Discord shows these in the reader's language and time zone. */
static void add_moment(struct message_render *render)
{
	long long moment_s = (long long)render->reply->moment_s;
	struct str lead = STR(TEXT_MAX_BYTES);

	if (!moment_s)
		return;
	str_printf(&lead, "In your time: <t:%lld:F> (<t:%lld:R>)", moment_s, moment_s);
	add_lead(render, &lead, "");
}

static void fill_body(struct message_render *render)
{
	const struct reply *reply = render->reply;
	struct discord_flow *flow = &render->flow;

	if (reply->teaser)
		discord_flow_add(flow, "", reply->teaser, false);
	if (reply->text && !reply->is_text_veiled)
		discord_flow_add(flow, "", reply->text, false);
	add_flowing_fields(render);
	add_moment(render);
	add_reason(render);
	if (reply->text && reply->is_text_veiled)
		discord_flow_add(flow, "", reply->text, true);
	for (size_t i = 0; i < reply->item_count; i++)
		discord_flow_add(flow, "• ", reply->items[i].text, reply->items[i].is_veiled);
}

static bool has_page_buttons(const struct message_render *render)
{
	return discord_button_holds(render->options->command, DISCORD_BUTTON_PAGE_MAX);
}

/* "Page 2 of 3", and how to get the next page if there is no button. */
static void append_hint(struct str *footer, const struct message_render *render)
{
	size_t page = render->flow.wanted, last = render->flow.page;

	if (!last)
		return;
	str_printf(footer, "%sPage %zu of %zu", footer->length ? " · " : "", page + 1, last + 1);
	if (page < last && !has_page_buttons(render))
		str_printf(footer, " · %smore", render->options->prefix);
}

/* ---------------------------------------------------------------- the three styles */

/* Units of the body on each page; the footer is complete but for the hint. */
static size_t page_units(const struct message_render *render, size_t title_units, const struct str *footer)
{
	size_t taken = title_units + utf8_utf16_units(str_text(footer)) + HINT_UNITS + render->fields_units;

	if (render->is_layout)
		return DISCORD_LAYOUT_UNITS - taken;
	if (render->options->is_plain)
		return CONTENT_UNITS - taken;
	return EMBED_UNITS - taken < DESCRIPTION_UNITS ? EMBED_UNITS - taken : DESCRIPTION_UNITS;
}

/* All pages are laid out, because their number is needed; one is kept. */
static void flow_body(struct message_render *render, size_t units, size_t wanted)
{
	const struct discord_flow begin = {
			.out = &render->body, .has_parts = render->is_layout, .page_units = units};

	render->flow = begin;
	render->flow.wanted = wanted;
	fill_body(render);
	if (wanted <= render->flow.page || render->body.error)
		return;
	wanted = render->flow.page;
	str_clear(&render->body);
	render->flow = begin;
	render->flow.wanted = wanted;
	fill_body(render);
}

static int colour_of(const struct reply *reply)
{
	return reply->kind == REPLY_PROBLEM ? COLOUR_PROBLEM : COLOUR_ANSWER;
}

static void append_embed(struct message_render *render, struct str *json, size_t position)
{
	const struct reply *reply = render->reply;
	struct str title = STR(TEXT_MAX_BYTES), footer = STR(TEXT_MAX_BYTES);
	size_t title_units = 0;

	if (!discord_markup_is_blank(reply->title))
		title_units = discord_markup_append_cut(
				&title, reply->title, DISCORD_MARKUP_ESCAPED, TITLE_UNITS);
	if (!discord_markup_is_blank(reply->footer))
		discord_markup_append_cut(
				&footer, reply->footer, DISCORD_MARKUP_RAW, FOOTER_UNITS - HINT_UNITS);
	flow_body(render, page_units(render, title_units, &footer), position);
	append_hint(&footer, render);
	str_printf(json, "{\"color\":%d", colour_of(reply));
	if (title.length) {
		str_append(json, ",\"title\":");
		json_append_string(json, str_text(&title));
	}
	if (title.length && render->url) {
		str_append(json, ",\"url\":");
		json_append_string(json, render->url);
	}
	if (render->image && !render->flow.wanted) {
		str_append(json, ",\"thumbnail\":{\"url\":");
		json_append_string(json, render->image);
		str_append_char(json, '}');
	}
	if (render->body.length || (!title.length && !render->fields.length)) {
		str_append(json, ",\"description\":");
		json_append_string(json, discord_markup_is_blank(str_text(&render->body))
							 ? "…"
							 : str_text(&render->body));
	}
	if (render->fields.length)
		str_printf(json, ",\"fields\":[%s]", str_text(&render->fields));
	if (footer.length) {
		str_append(json, ",\"footer\":{\"text\":");
		json_append_string(json, str_text(&footer));
		str_append_char(json, '}');
	}
	str_append_char(json, '}');
	str_release(&title);
	str_release(&footer);
}

static void append_content(struct message_render *render, struct str *json, size_t position)
{
	const struct reply *reply = render->reply;
	struct str content = STR(TEXT_MAX_BYTES), footer = STR(TEXT_MAX_BYTES);
	size_t title_units;

	if (!discord_markup_is_blank(reply->title))
		append_within(&content, "**", reply->title, "**", TITLE_UNITS);
	title_units = utf8_utf16_units(str_text(&content)) + 1;
	if (!discord_markup_is_blank(reply->footer))
		discord_markup_append_cut(&footer, reply->footer, DISCORD_MARKUP_ESCAPED, PLAIN_FOOTER_UNITS);
	flow_body(render, page_units(render, title_units, &footer), position);
	append_hint(&footer, render);
	if (content.length && render->body.length)
		str_append_char(&content, '\n');
	str_append(&content, str_text(&render->body));
	if (footer.length)
		str_printf(&content, "%s-# %s", content.length ? "\n" : "", str_text(&footer));
	json_append_string(json, discord_markup_is_blank(str_text(&content)) ? "…" : str_text(&content));
	str_release(&content);
	str_release(&footer);
}

/* Components have no markup for the whole of a title but a heading's. */
static void append_layout(struct message_render *render, struct str *json, size_t position)
{
	const struct reply *reply = render->reply;
	struct str title = STR(TEXT_MAX_BYTES), footer = STR(TEXT_MAX_BYTES), small = STR(TEXT_MAX_BYTES);

	if (!discord_markup_is_blank(reply->title))
		append_within(&title, "### ", reply->title, "", TITLE_UNITS);
	if (!discord_markup_is_blank(reply->footer))
		discord_markup_append_cut(&footer, reply->footer, DISCORD_MARKUP_ESCAPED, PLAIN_FOOTER_UNITS);
	flow_body(render, page_units(render, utf8_utf16_units(str_text(&title)) + 1, &footer), position);
	append_hint(&footer, render);
	if (footer.length)
		str_printf(&small, "-# %s", str_text(&footer));
	discord_layout_append(json, &(struct discord_layout){
						    .colour = colour_of(reply),
						    .title = str_text(&title),
						    .parts = str_text(&render->body),
						    .footer = str_text(&small),
						    .image = render->flow.wanted ? NULL : render->image,
						    .is_image_veiled = reply->is_text_veiled,
				    });
	str_release(&title);
	str_release(&footer);
	str_release(&small);
}

/* The components: those of a layout, then the rows of buttons. */
static void append_components(struct message_render *render, struct str *json, size_t position)
{
	const struct discord_render_options *options = render->options;
	/* The title of an embed is the link. */
	bool is_link_in_title = !options->is_plain && !render->is_layout &&
				!discord_markup_is_blank(render->reply->title);

	str_append(json, ",\"components\":[");
	if (render->is_layout)
		append_layout(render, json, position);
	discord_button_append_rows(json, render->reply,
			&(struct discord_button_pages){
					.page = (unsigned)render->flow.wanted,
					.count = (unsigned)render->flow.page + 1,
					.command = has_page_buttons(render) ? options->command : NULL,
					.url = is_link_in_title ? NULL : render->url,
					.is_first = !render->is_layout,
			});
	str_append_char(json, ']');
}

static void append_extras(const struct message_render *render, struct str *json)
{
	const struct discord_render_options *options = render->options;
	int flags = (options->is_ephemeral ? FLAG_EPHEMERAL : 0) |
		    (render->is_layout ? DISCORD_LAYOUT_FLAG : 0);

	if (flags)
		str_printf(json, ",\"flags\":%d", flags);
	/* An edit removes the file of the message before. */
	if (options->attachment)
		str_printf(json, ",\"attachments\":[{\"id\":0,\"filename\":\"%s\"}]", options->attachment);
	else if (options->is_edit)
		str_append(json, ",\"attachments\":[]");
	if (options->nonce) {
		str_append(json, ",\"nonce\":");
		json_append_string(json, options->nonce);
		str_append(json, ",\"enforce_nonce\":true");
	}
	if (options->reference) {
		str_append(json, ",\"message_reference\":{\"message_id\":");
		json_append_string(json, options->reference);
		str_append_char(json, '}'); /* refused if that message was deleted */
	}
}

bool discord_render_is_layout(const struct reply *reply, const struct discord_render_options *options)
{
	return options->is_layout_host || (reply->spoiler && !options->is_plain);
}

/* A link or a picture; NULL if Discord would refuse the message for it. */
static const char *link_of(const char *text)
{
	return text && discord_markup_is_link(text, LINK_UNITS) ? text : NULL;
}

/* The picture: a link, or the file that is sent with the message. */
static const char *image_of(const struct reply *reply, const struct discord_render_options *options,
		char attached[ATTACHED_BYTES])
{
	if (!options->attachment)
		return link_of(reply->image);
	snprintf(attached, ATTACHED_BYTES, "attachment://%s", options->attachment);
	return attached;
}

/* The members that components exclude. An edit must remove those of the message before. */
static void append_contents(struct message_render *render, struct str *json, size_t position)
{
	const struct discord_render_options *options = render->options;

	if (render->is_layout) {
		str_append(json, options->is_edit ? "\"content\":null,\"embeds\":[]," : "");
	} else if (options->is_plain) {
		str_append(json, "\"content\":");
		append_content(render, json, position);
		str_append(json, options->is_edit ? ",\"embeds\":[]," : ",");
	} else {
		str_append(json, "\"content\":\"\",\"embeds\":[");
		append_embed(render, json, position);
		str_append(json, "],");
	}
}

int discord_render_message(const struct reply *reply, const struct discord_render_options *options,
		size_t *position, struct str *json)
{
	char attached[ATTACHED_BYTES];
	const char *image = image_of(reply, options, attached);
	struct message_render render = {
			.reply = reply,
			.options = options,
			.is_layout = discord_render_is_layout(reply, options),
			.image = image,
			.url = link_of(reply->url),
			.body = STR(TEXT_MAX_BYTES),
			.fields = STR(TEXT_MAX_BYTES),
	};
	int r;

	place_fields(&render);
	str_append_char(json, '{');
	append_contents(&render, json, *position);
	str_append(json, "\"allowed_mentions\":{\"parse\":[]}");
	append_components(&render, json, *position);
	append_extras(&render, json);
	str_append_char(json, '}');
	r = render.body.error ? render.body.error : render.fields.error ? render.fields.error : json->error;
	if (r == 0)
		*position = render.flow.wanted < render.flow.page ? render.flow.wanted + 1 : 0;
	str_release(&render.body);
	str_release(&render.fields);
	return r;
}
