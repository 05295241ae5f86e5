/* Error pages. */

#include "bot/gateway/lobby/page_error.h"

/* Colours and shapes of page/style.css. PAGE_ERROR_POLICY has the hash of this text: tests/browser/errors.test.mjs. */
#define STYLE                                                                                                \
	":root{color-scheme:light dark;--ground:#f6f5f1;--paper:#fffefb;--ink:#1c2226;--soft:#566068;"       \
	"--line:#e2e0d8;--accent:#0b6e63;--on:#fff}"                                                         \
	"@media(prefers-color-scheme:dark){:root{--ground:#101416;--paper:#1b2226;--ink:#e7ebec;"            \
	"--soft:#9aa6ac;--line:#273036;--accent:#6fd3bd;--on:#08201b}}"                                      \
	"*{box-sizing:border-box}"                                                                           \
	"body{display:grid;place-items:center;min-height:100vh;min-height:100dvh;margin:0;padding:1rem;"     \
	"background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\","      \
	"Roboto,\"Noto Sans\",\"Helvetica Neue\",Arial,sans-serif}"                                          \
	"main{max-width:30rem;padding:2rem;border:1px solid var(--line);border-radius:18px;"                 \
	"background:var(--paper);overflow-wrap:anywhere}"                                                    \
	"svg{display:block;width:48px;height:48px}"                                                          \
	"h1{margin:1rem 0 .5rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.02em;"                    \
	"text-wrap:balance}"                                                                                 \
	"p{margin:.5rem 0}"                                                                                  \
	"a{display:inline-block;margin:.75rem 0 .25rem;padding:.625rem 1.125rem;border-radius:12px;"         \
	"background:var(--accent);color:var(--on);font-weight:600;text-decoration:none}"                     \
	"a:focus-visible{outline:2px solid var(--ink);outline-offset:2px}"                                   \
	"small{display:block;margin-top:1rem;color:var(--soft);font-size:.8125rem}"

#define MARK                                                                                                 \
	"<svg viewBox=\"0 0 64 64\" aria-hidden=\"true\"><rect width=\"64\" height=\"64\" rx=\"18\" "        \
	"fill=\"#0e7569\"/><path d=\"M18 15h28a7 7 0 0 1 7 7v17a7 7 0 0 1-7 7H31l-9.6 7.4c-1 .8-2.4.1-2.4-"  \
	"1.2V46h-1a7 7 0 0 1-7-7V22a7 7 0 0 1 7-7z\" fill=\"#f3fbf8\"/><path d=\"M27.5 23.4v14.2c0 1 1.1 "   \
	"1.7 2 1.1l11-7c.8-.5.8-1.7 0-2.2l-11-7.1c-.9-.6-2 0-2 1z\" fill=\"#0e7569\"/></svg>"

/* Where the link of an error page leads. */
enum way {
	WAY_HOME,    /* the lobby, at the address that was asked for */
	WAY_ADDRESS, /* the lobby, at its own address */
	WAY_AGAIN,   /* the same address, which the page also loads by itself */
};

static const struct advice {
	unsigned status;
	const char *title, *what_to_do;
	enum way way;
} advices[] = {
		{403, "The lobby isn't open at this address", "Use the lobby's own address:", WAY_ADDRESS},
		{404, "There's no page here",
				"The lobby is a single page, and its address has nothing after the slash.",
				WAY_HOME},
		{408, "That took too long", "The connection was slow or was interrupted. Please try again.",
				WAY_HOME},
		{414, "This address is too long", "Open the lobby without the rest of the address.",
				WAY_HOME},
		{431, "The browser sent too much",
				"Delete the cookies of this site in the browser, then open the lobby again.",
				WAY_HOME},
		{503, "The lobby is full", "This page tries again by itself every few seconds.", WAY_AGAIN},
};
static const struct advice other = {0, "The lobby couldn't read this request",
		"Open the lobby in a current browser. A proxy between the two may have changed the request.",
		WAY_HOME};

static const struct advice *advice_on(unsigned status)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (advices[i].status == status)
			return &advices[i];
	}
	return &other;
}

static void append_link(struct str *body, const struct page_site *site, enum way way)
{
	switch (way) {
	case WAY_HOME: str_append(body, "<a href=\"/\">Open the lobby</a>"); break;
	case WAY_AGAIN: str_append(body, "<a href=\"\">Try now</a>"); break;
	case WAY_ADDRESS:
		str_printf(body, "<a href=\"http://%s:%u/\">http://%s:%u/</a>", site->host, site->port,
				site->host, site->port);
		break;
	}
}

void page_error_append(struct str *body, const struct page_site *site, struct page_refusal refusal,
		const char *phrase)
{
	const struct advice *advice = advice_on(refusal.status);

	str_printf(body, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			 "<meta name=\"color-scheme\" content=\"light dark\">\n"
			 "<link rel=\"icon\" href=\"data:,\">\n");
	if (advice->way == WAY_AGAIN)
		str_printf(body, "<meta http-equiv=\"refresh\" content=\"%d\">\n", PAGE_RETRY_AFTER_S);
	str_printf(body,
			"<title>%s · episoded</title>\n<style>" STYLE
			"</style>\n</head>\n<body>\n<main>\n" MARK "\n<h1>%s</h1>\n<p>%s</p>\n<p>%s</p>\n",
			advice->title, advice->title, refusal.why, advice->what_to_do);
	append_link(body, site, advice->way);
	str_printf(body, "\n<small>%u %s</small>\n</main>\n</body>\n</html>\n", refusal.status, phrase);
}
