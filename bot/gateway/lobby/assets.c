/* The files of the page by path. */

#include "bot/gateway/lobby/assets.h"

#include <stddef.h>
#include <string.h>

#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE  "text/css; charset=utf-8"
#define PAGE   "text/html; charset=utf-8"

/* page.S defines name and name_end around each file. */
#define FILE_OF(name) extern const char lobby_##name[], lobby_##name##_end[]
FILE_OF(index_html);
FILE_OF(style_css);
FILE_OF(favicon_svg);
FILE_OF(app_js);
FILE_OF(irc_js);
FILE_OF(link_js);
FILE_OF(log_js);
FILE_OF(card_js);
FILE_OF(composer_js);

static const struct asset assets[] = {
		{"/", PAGE, lobby_index_html, lobby_index_html_end},
		{"/style.css", STYLE, lobby_style_css, lobby_style_css_end},
		{"/favicon.svg", "image/svg+xml", lobby_favicon_svg, lobby_favicon_svg_end},
		{"/app.js", SCRIPT, lobby_app_js, lobby_app_js_end},
		{"/irc.js", SCRIPT, lobby_irc_js, lobby_irc_js_end},
		{"/link.js", SCRIPT, lobby_link_js, lobby_link_js_end},
		{"/log.js", SCRIPT, lobby_log_js, lobby_log_js_end},
		{"/card.js", SCRIPT, lobby_card_js, lobby_card_js_end},
		{"/composer.js", SCRIPT, lobby_composer_js, lobby_composer_js_end},
};

const struct asset *asset_find(const char *path)
{
	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
		if (strcmp(assets[i].path, path) == 0)
			return &assets[i];
	}
	return NULL;
}
