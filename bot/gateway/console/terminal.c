/* Line editing with libedit. Its readline interface has global state, so there is one terminal in a
 * process. */

#include "bot/gateway/console/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <editline/readline.h>
#include <utf8proc.h>

#include "bot/base/str.h"
#include "bot/core/commands.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX     100 /* longer lines are hard to read */

static const char *completion_prefix = "";

/* The next match; NULL after the last one. state 0 begins a new list. The word may begin with the prefix. */
static char *on_complete(const char *word, int state)
{
	static size_t next;
	size_t skip = str_starts(word, completion_prefix) ? strlen(completion_prefix) : 0;

	if (!state)
		next = 0;
	while (next < command_entry_count) {
		const char *name = command_entries[next++].name;
		struct str match = STR(256);
		char *ret = NULL;

		if (!str_starts(name, word + skip))
			continue;
		str_append_bytes(&match, word, skip);
		str_append(&match, name);
		return str_take(&match, &ret) ? NULL : ret;
	}
	return NULL;
}

/* Complete the first word, and the one after "help". Never complete file names. */
static char **on_attempt(const char *word, int start, int end)
{
	(void)end;
	rl_attempted_completion_over = 1;
	if (start > 0 && !strstr(rl_line_buffer, "help "))
		return NULL;
	return rl_completion_matches(word, on_complete);
}

void terminal_start(const char *prefix)
{
	completion_prefix = prefix;
	rl_readline_name = "episoded";
	rl_attempted_completion_function = on_attempt;
	using_history();
}

char *terminal_read(void)
{
	char *line = readline("> ");

	if (line && *line)
		add_history(line);
	return line;
}

static size_t width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return WIDTH_DEFAULT;
	return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

/* The display width of a word of length bytes. */
static size_t columns(const char *word, size_t length)
{
	size_t total = 0;

	while (length) {
		utf8proc_int32_t codepoint;
		utf8proc_ssize_t bytes = utf8proc_iterate(
				(const utf8proc_uint8_t *)word, (utf8proc_ssize_t)length, &codepoint);

		if (bytes <= 0)
			break;
		total += (size_t)utf8proc_charwidth(codepoint);
		word += bytes;
		length -= (size_t)bytes;
	}
	return total;
}

void terminal_print(const char *text, bool is_title)
{
	size_t limit = width(), column = 0;

	if (is_title)
		fputs("\033[1m", stdout);
	while (*text) {
		size_t length = strcspn(text, " "), wide = columns(text, length);

		if (column && column + 1 + wide > limit) {
			putchar('\n');
			column = 0;
		} else if (column) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, length, stdout);
		column += wide;
		text += length;
		text += strspn(text, " ");
	}
	fputs(is_title ? "\033[0m\n" : "\n", stdout);
}
