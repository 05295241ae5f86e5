/* The list of calendars as HTML. It has no style and no script, because the policy of the page refuses those inside a document. */

#include "bot/calendar/index.h"

#include "bot/base/str.h"
#include "bot/calendar/address.h"
#include "bot/catalogue/catalogue.h"

static void append_text(struct str *str, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': str_append(str, "&amp;"); break;
		case '<': str_append(str, "&lt;"); break;
		case '>': str_append(str, "&gt;"); break;
		default: str_append_char(str, *text);
		}
	}
}

void calendar_index_append(struct str *str, const struct catalogue *catalogue)
{
	str_append(str, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
			"<meta name=\"viewport\" content=\"width=device-width\">\n"
			"<title>Calendars</title>\n"
			"<main>\n<h1>Calendars</h1>\n"
			"<p>Copy the address of a link into your calendar program (\"subscribe\", \"from "
			"URL\"). They never tell what happens.</p>\n"
			"<ul>\n<li><a href=\"" CALENDAR_ALL "\">All shows</a></li>\n");
	for (size_t i = 0; i < catalogue_count(catalogue); i++) {
		const struct show *show = catalogue_at(catalogue, i);

		str_append(str, "<li><a href=\"" CALENDAR_INDEX);
		str_append_encoded(str, show->id);
		str_append(str, ".ics\">");
		append_text(str, show->name);
		str_append(str, "</a></li>\n");
	}
	str_append(str, "</ul>\n</main>\n</html>\n");
}
