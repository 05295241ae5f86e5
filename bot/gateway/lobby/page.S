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

	.section .rodata
	FILE index_html, "bot/gateway/lobby/page/index.html"
	FILE style_css, "bot/gateway/lobby/page/style.css"
	FILE favicon_svg, "bot/gateway/lobby/page/favicon.svg"
	FILE app_js, "bot/gateway/lobby/page/app.js"
	FILE irc_js, "bot/gateway/lobby/page/irc.js"
	FILE link_js, "bot/gateway/lobby/page/link.js"
	FILE log_js, "bot/gateway/lobby/page/log.js"
	FILE card_js, "bot/gateway/lobby/page/card.js"
	FILE composer_js, "bot/gateway/lobby/page/composer.js"
	.section .note.GNU-stack, "", %progbits
