#ifndef EPISODED_IMPORT_XML_H
#define EPISODED_IMPORT_XML_H

/*
 * XML as media centres write it: a tree of elements with line and column. More is accepted than XML allows (several
 * roots in one file, text after a root), and less: a document type, and with it every entity of its own, is refused.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/catalogue/arena.h"

#define XML_MAX_BYTES     (8u * 1024 * 1024)
#define XML_DEPTH_MAX     32
#define XML_ELEMENTS_MAX  200000
#define XML_PROBLEM_BYTES 200

struct xml_attribute {
	const struct xml_attribute *next;
	const char *name, *value;
};

struct xml_element {
	struct xml_element *next;  /* with the same parent, or the next root */
	struct xml_element *first; /* child */
	const struct xml_attribute *attributes;
	const char *name;
	const char *text; /* its own, without that of its children; trimmed */
	unsigned line, column;
};

struct xml {
	struct arena arena;
	struct xml_element *roots;
	bool has_text_outside;               /* of the roots: a link, by the habit of scrapers */
	unsigned line, column;               /* of the problem, from 1; column in characters */
	char problem[XML_PROBLEM_BYTES + 1]; /* and its fix, after -EBADMSG */
};

/*
 * xml_read - text of length bytes (need not be terminated) into a tree.
 *
 * Shape:   elements, attributes, text, CDATA, comments; UTF-8, or the encoding that the declaration names: US-ASCII,
 *          ISO-8859-1 or windows-1252.
 * Work:    linear in length.
 * Owns:    *ret is the caller's in each case: xml_release().
 * Errors:  -EBADMSG with ret->problem, -ENOMEM.
 * Source:  kodi.wiki/view/NFO_files; files of Kodi, Jellyfin and Sonarr.
 */
int xml_read(const char *bytes, size_t length, struct xml *ret);
void xml_release(struct xml *xml);

/* The first child with this name, and the next one. NULL: there is no such child. */
struct xml_element *xml_child(const struct xml_element *element, const char *name);
struct xml_element *xml_again(const struct xml_element *element);
/* "" for a missing child, and for a missing attribute. */
const char *xml_child_text(const struct xml_element *element, const char *name);
const char *xml_attribute(const struct xml_element *element, const char *name);

#endif
