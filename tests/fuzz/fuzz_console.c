/* Input of "episoded chat": each line is answered with clean lines, within the width of a terminal. The keys of a
 * terminal become characters; pasted text contains no control characters. */

#include <stdio.h>
#include <string.h>

#include "bot/core/dispatch.h"
#include "bot/gateway/console/console.h"
#include "bot/gateway/console/input.h"
#include "bot/gateway/console/terminal.h"
#include "tests/fuzz/fuzzed.h"

#define INPUT_MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct catalogue *catalogue(void)
{
	static struct catalogue *loaded;
	struct str report = STR(64u * 1024);

	if (!loaded)
		assert(catalogue_load("data", &report, &loaded) == 0);
	str_release(&report);
	return loaded;
}

/* Check that lines are clean text; the codes of a title are allowed. */
static void check_output(char *text, bool has_titles)
{
	char *line = text, *end;

	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		if (has_titles && str_starts(line, "\033[1m"))
			line += strlen("\033[1m");
		if (has_titles && end - line >= 4 && strcmp(end - 4, "\033[0m") == 0)
			end[-4] = '\0';
		fuzzed_check_line(line);
		line = end + 1;
	}
	assert(!*line);
}

static char *run(const uint8_t *data, size_t size, bool is_printed)
{
	struct dispatch_host host = {0};
	struct dispatch *dispatch = NULL;
	FILE *input = stdin, *output = stdout;
	char *text = NULL, *clean;
	size_t length = 0;

	stdin = fmemopen((void *)(uintptr_t)data, size, "r");
	stdout = open_memstream(&text, &length);
	assert(stdin && stdout);
	if (is_printed) {
		clean = fuzzed_text((const char *)data, size);
		terminal_print(clean, size % 2);
		free(clean);
	} else {
		assert(dispatch_new(&host, 7, &dispatch) == 0);
		dispatch_configure(dispatch, "!", catalogue(), NULL);
		assert(console_run(&(struct console_host){
				       .dispatch = dispatch, .shows_spoilers = size % 2}) == 0);
		dispatch_free(dispatch);
	}
	fclose(stdin);
	fclose(stdout);
	stdin = input;
	stdout = output;
	return text;
}

/* The same bytes at once and one by one are the same characters. */
static void read_keys(const uint8_t *data, size_t size, size_t step, struct str *ret)
{
	struct console_input input = {0};
	char bytes[UTF8_CODEPOINT_BYTES];
	int32_t codepoint;

	for (size_t at = 0; at < size;) {
		size_t room, count;
		char *space = console_input_space(&input, &room);

		count = size - at < step ? size - at : step;
		count = count < room ? count : room;
		assert(room > 0);
		memcpy(space, data + at, count);
		console_input_add(&input, count);
		at += count;
		while (console_input_next(&input, at == size, &codepoint)) {
			assert(codepoint >= 0 && codepoint <= 0x10FFFF);
			assert(!input.is_pasting || codepoint == '\n' ||
					(codepoint >= 0x20 && codepoint != 0x7F));
			str_append_bytes(ret, bytes, utf8_encode((uint32_t)codepoint, bytes));
		}
	}
	assert(!console_input_is_waiting(&input));
}

static void check_keys(const uint8_t *data, size_t size)
{
	struct str whole = STR(4 * INPUT_MAX_BYTES), single = STR(4 * INPUT_MAX_BYTES);

	read_keys(data, size, size, &whole);
	read_keys(data, size, 1, &single);
	assert(str_equal(str_text(&whole), str_text(&single)));
	str_release(&whole);
	str_release(&single);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size || size > INPUT_MAX_BYTES)
		return 0;
	check_keys(data, size);
	text = run(data, size, false);
	check_output(text, false);
	free(text);
	text = run(data, size, true);
	check_output(text, true);
	free(text);
	return 0;
}
