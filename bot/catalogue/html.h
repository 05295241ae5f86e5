#ifndef EPISODED_HTML_H
#define EPISODED_HTML_H

#include "bot/base/str.h"

/*
 * html_plain - append HTML as one line of plain text.
 *
 * Shape:   tags and comments are removed, character references decoded, runs of spaces become one space.
 *          Text that is not HTML is unchanged: "1 < 2", "R&D", "?a=1&copy=2".
 * Work:    linear in the length of html.
 * Errors:  sticky in str: -ENOMEM, -EMSGSIZE.
 * Source:  the HTML standard, 13.2.5.72 "Character reference state".
 */
void html_plain(struct str *str, const char *html);

#endif
