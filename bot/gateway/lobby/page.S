/* The files of the page, each between two labels. */

/* No code: claim control-flow protection, because the linker drops it if one object lacks it. */
#if defined(__CET__) && __CET__
#include <cet.h>
#endif

.macro FILE name, path
	.global lobby_\name, lobby_\name\()_end
	lobby_\name:
	.incbin "\path"
	lobby_\name\()_end:
	.byte 0
.endm
/* A text, and the same compressed: the Makefile writes FILE.gz, and names its folder to the assembler. */
.macro TEXT name, path, packed
	FILE \name, "\path"
	FILE \name\()_gz, "\packed"
.endm

	.section .rodata
	TEXT index_html, "bot/gateway/lobby/page/index.html", "index.html.gz"
	TEXT style_css, "bot/gateway/lobby/page/style.css", "style.css.gz"
	TEXT favicon_svg, "bot/gateway/lobby/page/favicon.svg", "favicon.svg.gz"
	TEXT manifest, "bot/gateway/lobby/page/manifest.webmanifest", "manifest.webmanifest.gz"
	FILE icon_192, "bot/gateway/lobby/page/icon-192.png"
	FILE icon_512, "bot/gateway/lobby/page/icon-512.png"
	FILE icon_maskable_512, "bot/gateway/lobby/page/icon-maskable-512.png"
	TEXT app_js, "bot/gateway/lobby/page/app.js", "app.js.gz"
	TEXT irc_js, "bot/gateway/lobby/page/irc.js", "irc.js.gz"
	TEXT link_js, "bot/gateway/lobby/page/link.js", "link.js.gz"
	TEXT log_js, "bot/gateway/lobby/page/log.js", "log.js.gz"
	TEXT read_js, "bot/gateway/lobby/page/read.js", "read.js.gz"
	TEXT card_js, "bot/gateway/lobby/page/card.js", "card.js.gz"
	TEXT composer_js, "bot/gateway/lobby/page/composer.js", "composer.js.gz"
	TEXT completion_js, "bot/gateway/lobby/page/completion.js", "completion.js.gz"
	TEXT memory_js, "bot/gateway/lobby/page/memory.js", "memory.js.gz"
	TEXT season_js, "bot/gateway/lobby/page/season.js", "season.js.gz"
	TEXT rooms_js, "bot/gateway/lobby/page/rooms.js", "rooms.js.gz"
	TEXT rows_js, "bot/gateway/lobby/page/rows.js", "rows.js.gz"
	TEXT notices_js, "bot/gateway/lobby/page/notices.js", "notices.js.gz"
	.section .note.GNU-stack, "", %progbits
