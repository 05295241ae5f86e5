/* The files of the page by path. */

#include "bot/gateway/lobby/assets.h"

#include <stddef.h>
#include <string.h>

#define SCRIPT  "text/javascript; charset=utf-8"
#define STYLE   "text/css; charset=utf-8"
#define PAGE    "text/html; charset=utf-8"
#define PICTURE "image/png"

/* page.S defines name and name_end around each file. */
#define FILE_OF(name) extern const char lobby_##name[], lobby_##name##_end[]
#define TEXT_OF(name)                                                                                        \
	FILE_OF(name);                                                                                       \
	FILE_OF(name##_gz)
#define SPAN_OF(name) lobby_##name, lobby_##name##_end
TEXT_OF(index_html);
TEXT_OF(style_css);
TEXT_OF(favicon_svg);
TEXT_OF(manifest);
FILE_OF(icon_192);
FILE_OF(icon_512);
FILE_OF(icon_maskable_512);
TEXT_OF(app_js);
TEXT_OF(irc_js);
TEXT_OF(link_js);
TEXT_OF(log_js);
TEXT_OF(read_js);
TEXT_OF(card_js);
TEXT_OF(composer_js);
TEXT_OF(completion_js);
TEXT_OF(memory_js);
TEXT_OF(season_js);
TEXT_OF(rooms_js);
TEXT_OF(rows_js);
TEXT_OF(notices_js);

static const struct asset assets[] = {
		{"/", PAGE, SPAN_OF(index_html), SPAN_OF(index_html_gz)},
		{"/style.css", STYLE, SPAN_OF(style_css), SPAN_OF(style_css_gz)},
		{"/favicon.svg", "image/svg+xml", SPAN_OF(favicon_svg), SPAN_OF(favicon_svg_gz)},
		{"/manifest.webmanifest", "application/manifest+json", SPAN_OF(manifest),
				SPAN_OF(manifest_gz)},
		{"/icon-192.png", PICTURE, SPAN_OF(icon_192), NULL, NULL},
		{"/icon-512.png", PICTURE, SPAN_OF(icon_512), NULL, NULL},
		{"/icon-maskable-512.png", PICTURE, SPAN_OF(icon_maskable_512), NULL, NULL},
		{"/app.js", SCRIPT, SPAN_OF(app_js), SPAN_OF(app_js_gz)},
		{"/irc.js", SCRIPT, SPAN_OF(irc_js), SPAN_OF(irc_js_gz)},
		{"/link.js", SCRIPT, SPAN_OF(link_js), SPAN_OF(link_js_gz)},
		{"/log.js", SCRIPT, SPAN_OF(log_js), SPAN_OF(log_js_gz)},
		{"/read.js", SCRIPT, SPAN_OF(read_js), SPAN_OF(read_js_gz)},
		{"/card.js", SCRIPT, SPAN_OF(card_js), SPAN_OF(card_js_gz)},
		{"/composer.js", SCRIPT, SPAN_OF(composer_js), SPAN_OF(composer_js_gz)},
		{"/completion.js", SCRIPT, SPAN_OF(completion_js), SPAN_OF(completion_js_gz)},
		{"/memory.js", SCRIPT, SPAN_OF(memory_js), SPAN_OF(memory_js_gz)},
		{"/season.js", SCRIPT, SPAN_OF(season_js), SPAN_OF(season_js_gz)},
		{"/rooms.js", SCRIPT, SPAN_OF(rooms_js), SPAN_OF(rooms_js_gz)},
		{"/rows.js", SCRIPT, SPAN_OF(rows_js), SPAN_OF(rows_js_gz)},
		{"/notices.js", SCRIPT, SPAN_OF(notices_js), SPAN_OF(notices_js_gz)},
};

const struct asset *asset_find(const char *path)
{
	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
		if (strcmp(assets[i].path, path) == 0)
			return &assets[i];
	}
	return NULL;
}
