/* The trace: any line with its secrets replaced, writing and reading lines, and invalid files. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/trace.h"
#include "bot/gateway/discord/wire.h"
#include "bot/irc/wire.h"
#include "bot/replay/tape.h"

#define SECRET "0123456789secret"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_hidden(const struct str *shown)
{
	assert(!shown->error);
	assert(!shown->length || !memmem(shown->bytes, shown->length, SECRET, sizeof(SECRET) - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const secrets[] = {SECRET, NULL};
	const char *bytes = (const char *)data;
	struct str shown = STR(16 * 1024 * 1024);
	struct trace_line line;
	struct tape tape;
	char path[1024];
	FILE *file;

	irc_wire_show(&shown, bytes, size, secrets, 2);
	assert_hidden(&shown);
	str_clear(&shown);
	discord_wire_show(&shown, bytes, size, SECRET);
	assert_hidden(&shown);
	str_clear(&shown);
	snprintf(path, sizeof(path), "/%.*s", (int)(size < 1000 ? size : 1000), bytes);
	discord_wire_show_path(&shown, path, SECRET);
	assert_hidden(&shown);
	str_release(&shown);
	if (trace_parse(bytes, size, &line) == 0)
		str_release(&line.text);
	file = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	if (file && tape_read(file, &tape) == 0)
		tape_release(&tape);
	if (file)
		fclose(file);
	return 0;
}
