/* Lines for the person at the terminal. */

#include "bot/base/say.h"

#include "bot/base/str.h"
#include "bot/base/utf8.h"

void say(print_function print, bool is_error, const char *format, ...)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES);
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(&line, format, arguments);
	va_end(arguments);
	print(is_error, str_text(&line));
	str_release(&line);
}

void say_vline(print_function print, bool is_error, const char *format, va_list arguments)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES + 1);

	utf8_vline(&line, format, arguments);
	str_append_char(&line, '\n');
	print(is_error, str_text(&line));
	str_release(&line);
}
