#ifndef EPISODED_IMPORT_AS_JSON_H
#define EPISODED_IMPORT_AS_JSON_H

/* Values as JSON that people will read and edit: only what RFC 8259 demands is escaped. */

struct json_node;
struct str;

/* Append a text in quotes. */
void as_json_string(struct str *str, const char *text);

/* Append a value of a parsed document, on one line. */
void as_json_node(struct str *str, struct json_node *node);

#endif
