/* XML into a tree, by expat: one parser for each root of the file. */

#include "bot/import/xml.h"

#include <errno.h>
#include <expat.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define ENCODING_BYTES 32
#define SPACE          " \t\r\n"
#define PIECE_BYTES    16384 /* what expat is given at once; it copies that, also what comes after the root */
#define ROOTS_MAX      10000

static const char NO_ROOM[] = "has more elements than a description of episodes needs; leave it out";

struct xml_reading {
	struct xml *xml;
	XML_Parser parser; /* of the present root */
	const char *bytes; /* where the parser began */
	size_t length;     /* from there to the end of the file */
	unsigned line;     /* of this place, from 0: lines before it */
	unsigned column;   /* and characters before it in its line */
	char encoding[ENCODING_BYTES];
	struct xml_element *open[XML_DEPTH_MAX];
	struct xml_element **end[XML_DEPTH_MAX + 1]; /* where the next element of a level goes */
	struct str text[XML_DEPTH_MAX];              /* of the open elements */
	unsigned depth;
	size_t elements, root_end; /* root_end: bytes of the root; 0: not ended */
	int error;
};

static void place_of(const struct xml_reading *reading, unsigned *ret_line, unsigned *ret_column)
{
	unsigned line = (unsigned)XML_GetCurrentLineNumber(reading->parser);

	*ret_line = reading->line + line;
	*ret_column = (unsigned)XML_GetCurrentColumnNumber(reading->parser) + 1 +
		      (line == 1 ? reading->column : 0);
}

/* Keep the first problem and stop. */
static void stop(struct xml_reading *reading, const char *problem)
{
	if (reading->error == 0 && problem) {
		place_of(reading, &reading->xml->line, &reading->xml->column);
		utf8_print(reading->xml->problem, sizeof(reading->xml->problem), "%s", problem);
		reading->error = -EBADMSG;
	} else if (reading->error == 0) {
		reading->error = -ENOMEM;
	}
	XML_StopParser(reading->parser, XML_FALSE);
}

static const struct xml_attribute *copy_attributes(struct arena *arena, const char **attributes)
{
	const struct xml_attribute *first = NULL;

	for (size_t i = 0; attributes[i]; i += 2) {
		struct xml_attribute *copy = arena_array(arena, 1, sizeof(*copy));

		if (!copy)
			return NULL;
		*copy = (struct xml_attribute){.next = first,
				.name = arena_text(arena, attributes[i]),
				.value = arena_text(arena, attributes[i + 1])};
		first = copy;
	}
	return first;
}

static void on_start(void *user, const char *name, const char **attributes)
{
	struct xml_reading *reading = user;
	struct arena *arena = &reading->xml->arena;
	struct xml_element *element;

	if (reading->error != 0)
		return;
	if (reading->depth == XML_DEPTH_MAX || ++reading->elements > XML_ELEMENTS_MAX) {
		stop(reading, reading->depth == XML_DEPTH_MAX
						? "elements are nested too deeply; leave the file out"
						: NO_ROOM);
		return;
	}
	element = arena_array(arena, 1, sizeof(*element));
	if (!element) {
		stop(reading, NULL);
		return;
	}
	element->name = arena_text(arena, name);
	element->text = "";
	element->attributes = copy_attributes(arena, attributes);
	place_of(reading, &element->line, &element->column);
	*reading->end[reading->depth] = element;
	reading->end[reading->depth] = &element->next;
	reading->open[reading->depth] = element;
	str_clear(&reading->text[reading->depth]);
	reading->end[++reading->depth] = &element->first;
	if (arena->error != 0)
		stop(reading, NULL);
}

static const char *copy_trimmed(struct arena *arena, const struct str *str)
{
	const char *text = str_text(str);
	size_t length;

	text += strspn(text, SPACE);
	length = strlen(text);
	while (length > 0 && strchr(SPACE, text[length - 1]))
		length--;
	return length ? arena_text_bytes(arena, text, length) : "";
}

static void on_end(void *user, const char *name)
{
	struct xml_reading *reading = user;
	struct str *text;

	(void)name;
	if (reading->error != 0)
		return;
	text = &reading->text[--reading->depth];
	reading->open[reading->depth]->text = copy_trimmed(&reading->xml->arena, text);
	if (text->error != 0 || reading->xml->arena.error != 0) {
		stop(reading, NULL);
	} else if (reading->depth == 0) {
		reading->root_end = (size_t)(XML_GetCurrentByteIndex(reading->parser) +
					     XML_GetCurrentByteCount(reading->parser));
		XML_StopParser(reading->parser, XML_FALSE);
	}
}

static void on_text(void *user, const char *text, int length)
{
	struct xml_reading *reading = user;

	if (reading->error == 0 && reading->depth > 0)
		str_append_bytes(&reading->text[reading->depth - 1], text, (size_t)length);
}

static void on_declaration(void *user, const char *version, const char *encoding, int standalone)
{
	struct xml_reading *reading = user;

	(void)version, (void)standalone;
	if (encoding && strlen(encoding) < sizeof(reading->encoding))
		memcpy(reading->encoding, encoding, strlen(encoding) + 1);
}

/* Entities of its own can make a small file a huge one, or read other files. */
static void on_doctype(void *user, const char *name, const char *system, const char *public, int has_subset)
{
	(void)name, (void)system, (void)public, (void)has_subset;
	stop(user, "has a document type (<!DOCTYPE ...>), which is not read; remove it");
}

/* Windows-1252, which programs of Windows write; expat knows UTF-8, UTF-16, ISO-8859-1 and US-ASCII. */
static int on_encoding(void *user, const char *name, XML_Encoding *ret)
{
	static const int HIGH[32] = {0x20AC, -1, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6,
			0x2030, 0x0160, 0x2039, 0x0152, -1, 0x017D, -1, -1, 0x2018, 0x2019, 0x201C, 0x201D,
			0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, -1, 0x017E, 0x0178};

	(void)user;
	if (!str_equal_nocase(name, "windows-1252") && !str_equal_nocase(name, "cp1252"))
		return XML_STATUS_ERROR;
	for (int i = 0; i < 256; i++)
		ret->map[i] = i >= 0x80 && i < 0xA0 ? HIGH[i - 0x80] : i;
	ret->data = NULL;
	ret->convert = NULL;
	ret->release = NULL;
	return XML_STATUS_OK;
}

/* ---------------------------------------------------------------- what expat refuses */

/* Why a byte is not XML: the usual mistake of a file that was written by hand. */
static const char *invalid_token(const struct xml_reading *reading)
{
	size_t at = (size_t)XML_GetCurrentByteIndex(reading->parser);

	if (at < reading->length && (unsigned char)reading->bytes[at] >= 0x80)
		return "is not UTF-8 here; save the file as UTF-8, or name its encoding in the first line";
	if ((at < reading->length && reading->bytes[at] == '&') || (at > 0 && reading->bytes[at - 1] == '&'))
		return "an \"&\" by itself; write &amp;";
	if (at < reading->length && (unsigned char)reading->bytes[at] < 0x20)
		return "a control character; remove it";
	return "is not XML here; write a \"<\" in a text as &lt;";
}

static void note_refusal(struct xml_reading *reading)
{
	enum XML_Error code = XML_GetErrorCode(reading->parser);
	const char *problem;

	switch (code) {
	case XML_ERROR_NO_MEMORY: problem = NULL; break;
	case XML_ERROR_INVALID_TOKEN: problem = invalid_token(reading); break;
	case XML_ERROR_PARTIAL_CHAR:
	case XML_ERROR_UNCLOSED_TOKEN:
	case XML_ERROR_UNCLOSED_CDATA_SECTION:
	case XML_ERROR_NO_ELEMENTS: problem = "the file ends too early; get it again"; break;
	case XML_ERROR_TAG_MISMATCH:
		problem = "an end tag that does not fit the element; close each element";
		break;
	case XML_ERROR_UNDEFINED_ENTITY:
		problem = "XML has only the entities &amp; &lt; &gt; &quot; and &apos;; write the character "
			  "itself";
		break;
	case XML_ERROR_UNKNOWN_ENCODING:
	case XML_ERROR_INCORRECT_ENCODING:
		problem = "the encoding that the first line names is not known, or not that of the file; "
			  "save it as UTF-8";
		break;
	default: problem = XML_ErrorString(code); break;
	}
	stop(reading, problem);
}

/* ---------------------------------------------------------------- one root after the other */

static void move_on(struct xml_reading *reading, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (reading->bytes[i] == '\n') {
			reading->line++;
			reading->column = 0;
		} else if (((unsigned char)reading->bytes[i] & 0xC0) != 0x80) {
			reading->column++;
		}
	}
	reading->bytes += length;
	reading->length -= length;
}

static void skip_outside(struct xml_reading *reading)
{
	size_t length = 0;

	for (; length < reading->length && reading->bytes[length] != '<'; length++) {
		if (!strchr(SPACE, reading->bytes[length]))
			reading->xml->has_text_outside = true;
	}
	move_on(reading, length);
}

static int read_root(struct xml_reading *reading)
{
	enum XML_Status status;
	size_t fed = 0;

	reading->parser = XML_ParserCreate(*reading->encoding ? reading->encoding : NULL);
	if (!reading->parser)
		return -ENOMEM;
	XML_SetUserData(reading->parser, reading);
	XML_SetElementHandler(reading->parser, on_start, on_end);
	XML_SetCharacterDataHandler(reading->parser, on_text);
	XML_SetXmlDeclHandler(reading->parser, on_declaration);
	XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
	XML_SetUnknownEncodingHandler(reading->parser, on_encoding, NULL);
	reading->root_end = 0;
	do {
		size_t piece = reading->length - fed < PIECE_BYTES ? reading->length - fed : PIECE_BYTES;

		fed += piece;
		status = XML_Parse(reading->parser, reading->bytes + fed - piece, (int)piece,
				fed == reading->length);
	} while (status == XML_STATUS_OK && fed < reading->length);
	if (reading->root_end == 0 && reading->error == 0) {
		/* A comment after the last root is no root. */
		if (reading->xml->roots && reading->depth == 0 &&
				XML_GetErrorCode(reading->parser) == XML_ERROR_NO_ELEMENTS)
			reading->root_end = reading->length;
		else if (status == XML_STATUS_ERROR)
			note_refusal(reading);
	}
	XML_ParserFree(reading->parser);
	reading->parser = NULL;
	return reading->error;
}

static int refuse_whole(struct xml *xml, const char *problem)
{
	utf8_print(xml->problem, sizeof(xml->problem), "%s", problem);
	return -EBADMSG;
}

int xml_read(const char *bytes, size_t length, struct xml *ret)
{
	struct xml_reading reading = {.xml = ret, .bytes = bytes, .length = length};
	int r = 0;

	*ret = (struct xml){.line = 0};
	if (length > XML_MAX_BYTES)
		return refuse_whole(ret, "is over 8 MB; leave it out");
	if (length >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0))
		return refuse_whole(ret, "is UTF-16; save it as UTF-8");
	reading.end[0] = &ret->roots;
	for (size_t i = 0; i < XML_DEPTH_MAX; i++)
		reading.text[i] = STR(XML_MAX_BYTES * 3); /* a byte of windows-1252 becomes at most three */
	if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		reading.bytes += 3, reading.length -= 3;
	skip_outside(&reading);
	if (reading.length == 0)
		r = refuse_whole(ret, "has no XML");
	for (size_t roots = 0; r == 0 && reading.length > 0; roots++) {
		if (roots == ROOTS_MAX) {
			r = refuse_whole(ret, NO_ROOM);
			break;
		}
		r = read_root(&reading);
		move_on(&reading, reading.root_end);
		skip_outside(&reading);
	}
	for (size_t i = 0; i < XML_DEPTH_MAX; i++)
		str_release(&reading.text[i]);
	return r < 0 ? r : ret->arena.error;
}

void xml_release(struct xml *xml)
{
	if (!xml)
		return;
	arena_release(&xml->arena);
	xml->roots = NULL;
}

/* ---------------------------------------------------------------- reading the tree */

static struct xml_element *named(struct xml_element *element, const char *name)
{
	while (element && strcmp(element->name, name) != 0)
		element = element->next;
	return element;
}

struct xml_element *xml_child(const struct xml_element *element, const char *name)
{
	return element ? named(element->first, name) : NULL;
}

struct xml_element *xml_again(const struct xml_element *element)
{
	return named(element->next, element->name);
}

const char *xml_child_text(const struct xml_element *element, const char *name)
{
	const struct xml_element *child = xml_child(element, name);

	return child ? child->text : "";
}

const char *xml_attribute(const struct xml_element *element, const char *name)
{
	for (const struct xml_attribute *at = element ? element->attributes : NULL; at; at = at->next) {
		if (strcmp(at->name, name) == 0)
			return at->value;
	}
	return "";
}
