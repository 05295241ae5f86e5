/* IRC formatting: bold, colours and the like. */

#include "bot/irc/formats.h"

#include <string.h>

#define COLOUR      '\x03' /* followed by one or two numbers of up to two digits */
#define HEX_COLOUR  '\x04' /* followed by one or two numbers of six hexadecimal digits */
#define RESET       '\x0F'
#define TOGGLES     "\x02\x1D\x1F\x1E\x11\x16"
#define DIGITS      "0123456789"
#define HEX_DIGITS  "0123456789abcdefABCDEF"
#define NOTHING     "\x02\x02" /* bold on and off: no visible effect, but it ends a colour number */
#define ANY_COLOUR  "01"
#define ANY_HEX     "000000"
#define SHORT_BYTES 2 /* the most digits of a number after \x03 */
#define LONG_BYTES  6 /* the exact number of digits after \x04 */

/* The length of the colour number at text: one or two digits, or six hexadecimal digits; else 0. */
static size_t number_length(const char *text, size_t length, bool is_hex)
{
	size_t limit = is_hex ? LONG_BYTES : SHORT_BYTES, count = 0;

	while (count < length && count < limit && text[count] &&
			strchr(is_hex ? HEX_DIGITS : DIGITS, text[count]))
		count++;
	return is_hex && count < LONG_BYTES ? 0 : count;
}

/* Read the foreground and background numbers after a colour byte. */
static void read_numbers(const char *text, size_t length, bool is_hex, size_t *ret_first, size_t *ret_second)
{
	size_t first = number_length(text, length, is_hex);

	*ret_first = first;
	*ret_second = 0;
	if (first > 0 && first < length && text[first] == ',')
		*ret_second = number_length(text + first + 1, length - first - 1, is_hex);
}

size_t irc_format_length(const char *text, size_t length)
{
	size_t first, second;

	if (length == 0 || *text == '\0')
		return 0;
	if (*text != COLOUR && *text != HEX_COLOUR)
		return *text == RESET || strchr(TOGGLES, *text) ? 1 : 0;
	read_numbers(text + 1, length - 1, *text == HEX_COLOUR, &first, &second);
	return 1 + first + (second > 0 ? 1 + second : 0);
}

/* A single digit is padded with a zero. */
static void keep_number(char ret[IRC_FORMATS_HEX_BYTES], const char *digits, size_t length)
{
	size_t zeros = length == 1;

	memset(ret, '0', zeros);
	memcpy(ret + zeros, digits, length);
	ret[zeros + length] = '\0';
}

static void read_colour(struct irc_formats *formats, const char *text, size_t length)
{
	size_t first, second;

	read_numbers(text + 1, length - 1, *text == HEX_COLOUR, &first, &second);
	if (first == 0) {
		formats->foreground[0] = '\0';
		formats->background[0] = '\0';
		return;
	}
	keep_number(formats->foreground, text + 1, first);
	if (second > 0)
		keep_number(formats->background, text + 1 + first + 1, second);
}

void irc_formats_read(struct irc_formats *formats, const char *text, size_t length)
{
	size_t at, one;

	for (at = 0; at<length; at += one> 0 ? one : 1) {
		one = irc_format_length(text + at, length - at);
		if (one == 0)
			continue;
		if (text[at] == COLOUR || text[at] == HEX_COLOUR)
			read_colour(formats, text + at, one);
		else if (text[at] == RESET)
			*formats = (struct irc_formats){0};
		else
			formats->toggles ^= 1u << (strchr(TOGGLES, text[at]) - TOGGLES);
	}
}

bool irc_formats_is_on(const struct irc_formats *formats)
{
	return formats->toggles || *formats->foreground || *formats->background;
}

static bool is_hex(const char *number)
{
	return strlen(number) == LONG_BYTES;
}

/* A background must follow a foreground of the same notation (decimal or hexadecimal). If the actual foreground uses
 * the other notation, write a placeholder first and the actual foreground afterwards. */
static void append_colours(const struct irc_formats *formats, struct str *str)
{
	const char *foreground = formats->foreground, *background = formats->background;
	bool is_mixed = *background && is_hex(foreground) != is_hex(background);

	if (*background)
		str_printf(str, "%c%s,%s", is_hex(background) ? HEX_COLOUR : COLOUR,
				!is_mixed            ? foreground
				: is_hex(background) ? ANY_HEX
						     : ANY_COLOUR,
				background);
	if (*foreground && (!*background || is_mixed))
		str_printf(str, "%c%s", is_hex(foreground) ? HEX_COLOUR : COLOUR, foreground);
}

void irc_formats_append(const struct irc_formats *formats, const char *text, struct str *str)
{
	size_t i;

	append_colours(formats, str);
	if (*formats->foreground && *text == ',')
		str_append(str, NOTHING);
	for (i = 0; i < strlen(TOGGLES); i++) {
		if (formats->toggles & 1u << i)
			str_append_char(str, TOGGLES[i]);
	}
}
