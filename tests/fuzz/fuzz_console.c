/* Input of "episoded chat": each line is answered with clean lines, within the width of a terminal. */

#include <stdio.h>

#include "bot/core/dispatch.h"
#include "bot/gateway/console/console.h"
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
		assert(console_run(dispatch, "!", size % 2) == 0);
		dispatch_free(dispatch);
	}
	fclose(stdin);
	fclose(stdout);
	stdin = input;
	stdout = output;
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size || size > INPUT_MAX_BYTES)
		return 0;
	text = run(data, size, false);
	check_output(text, false);
	free(text);
	text = run(data, size, true);
	check_output(text, true);
	free(text);
	return 0;
}
