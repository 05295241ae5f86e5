/* One line an event: readable on a terminal, fields in the journal, or JSON. */

#include "bot/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION /* source file and line mean nothing to an operator */
#include <systemd/sd-journal.h>

#include "bot/base/clock.h"
#include "bot/base/json.h"
#include "bot/base/output.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define MESSAGE_MAX_BYTES (UTF8_LINE_MAX_BYTES + 256) /* a line, and the text of an errno */
#define LINE_MAX_BYTES    (MESSAGE_MAX_BYTES + UTF8_LINE_MAX_BYTES)
#define QUEUE_MAX_BYTES   (1024 * 1024) /* while the log is not read; about 10,000 lines */
#define END_MS            500           /* at the end of the process, for a reader that does not read */

static struct {
	enum log_format format;
	enum log_level level;
	struct output *output; /* NULL: the caller waits for each line to be written */
	bool is_closed;        /* the reader did not read at the end: nothing is written any more */
} setup = {.format = LOG_FORMAT_TEXT, .level = LOG_LEVEL_INFO};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const int level_priorities[] = {3, 4, 6, 7}; /* syslog(3) */

/* JOURNAL_STREAM is the device and inode of the journal's stream: with another one, standard error is a
 * terminal or a file. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char mine[64];

	if (!stream || fstat(STDERR_FILENO, &status))
		return false;
	snprintf(mine, sizeof(mine), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	return str_equal(stream, mine);
}

void log_setup(enum log_format format, enum log_level level)
{
	if (format == LOG_FORMAT_AUTO)
		format = is_journal() ? LOG_FORMAT_JOURNAL : LOG_FORMAT_TEXT;
	setup.format = format;
	setup.level = level;
}

int log_begin_async(void)
{
	return output_new(QUEUE_MAX_BYTES, &setup.output);
}

void log_end_async(void)
{
	setup.is_closed = output_free(setup.output, END_MS) < 0;
	setup.output = NULL;
}

struct output *log_output(void)
{
	return setup.output;
}

/* -ENOMEM: nothing is written. Other errors have no other place to be reported. */
static int emit(output_write write, const struct iovec *parts, int count)
{
	int r = 0;

	if (setup.output)
		r = output_put(setup.output, write, parts, count);
	else if (!setup.is_closed)
		r = write(parts, count);
	return r == -ENOMEM ? r : 0;
}

/* Write a line and release it. -ENOMEM, and nothing is written, when part of the line is missing. */
static int put(struct str *line)
{
	const char *text = str_text(line);
	struct iovec part = {(char *)(uintptr_t)text, line->length};
	int r = line->error == -ENOMEM ? -ENOMEM : emit(output_to_stderr, &part, 1);

	str_release(line);
	return r;
}

/* Out of memory: write the printable characters of a short line without allocating. */
__attribute__((format(printf, 2, 0))) static void write_scantly(
		enum log_level level, const char *format, va_list arguments)
{
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	char line[512];
	int length = snprintf(line, sizeof(line), "%s: (out of memory) ", level_names[level]);

	vsnprintf(line + length, sizeof(line) - 1 - (size_t)length, format, arguments);
	length = (int)strlen(line);
	for (int i = 0; i < length; i++)
		line[i] = line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
	line[length++] = '\n';
	if (setup.output && poll(&ready, 1, 0) != 1)
		return; /* it is not read */
	if (write(STDERR_FILENO, line, (size_t)length) < 0)
		return; /* there is no other place to report it */
}

static int write_text(enum log_level level, const struct log_about *about, const char *message)
{
	struct str line = STR(LINE_MAX_BYTES);
	char time[CLOCK_ISO_BYTES];

	clock_iso(clock_wall_ms(), time);
	time[19] = 'Z'; /* to the second */
	time[20] = '\0';
	str_printf(&line, "%s ", time);
	if (level != LOG_LEVEL_INFO)
		str_printf(&line, "%s: ", level_names[level]);
	if (about->gateway)
		str_printf(&line, "[%s] ", about->gateway);
	str_printf(&line, "%s\n", message);
	return put(&line);
}

static void append_member(struct str *line, const char *name, const char *value)
{
	if (!value)
		return;
	str_printf(line, ",\"%s\":", name);
	json_append_string(line, value);
}

static int write_json(enum log_level level, const struct log_about *about, const char *message)
{
	struct str line = STR(4 * LINE_MAX_BYTES);
	char time[CLOCK_ISO_BYTES];

	clock_iso(clock_wall_ms(), time);
	str_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\"", time, level_names[level]);
	append_member(&line, "message", message);
	append_member(&line, "gateway", about->gateway);
	append_member(&line, "command", about->command);
	if (about->error)
		str_printf(&line, ",\"errno\":%d", -about->error);
	str_append(&line, "}\n");
	return put(&line);
}

static int write_journal(enum log_level level, const struct log_about *about, const char *message)
{
	struct str fields[5];
	struct iovec parts[5];
	int count = 0, r = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		fields[i] = STR(LINE_MAX_BYTES);
	str_printf(&fields[count++], "MESSAGE=%s", message);
	str_printf(&fields[count++], "PRIORITY=%d", level_priorities[level]);
	if (about->gateway)
		str_printf(&fields[count++], "GATEWAY=%s", about->gateway);
	if (about->command)
		str_printf(&fields[count++], "COMMAND=%s", about->command);
	if (about->error)
		str_printf(&fields[count++], "ERRNO=%d", -about->error);
	for (int i = 0; i < count; i++)
		parts[i] = (struct iovec){fields[i].bytes, fields[i].length};
	for (int i = 0; i < count; i++)
		r = fields[i].error == -ENOMEM ? -ENOMEM : r;
	if (!r)
		r = emit(sd_journal_sendv, parts, count);
	for (int i = 0; i < count; i++)
		str_release(&fields[i]);
	return r;
}

/* Write a line whose texts are escaped already. -ENOMEM: nothing is written. */
static int write_line(enum log_level level, const struct log_about *about, const char *message)
{
	if (setup.format == LOG_FORMAT_JOURNAL)
		return write_journal(level, about, message);
	if (setup.format == LOG_FORMAT_JSON)
		return write_json(level, about, message);
	return write_text(level, about, message);
}

/* The first line that is written after others were lost says how many. */
static void report_lost(void)
{
	uint64_t lost = setup.output ? output_lost(setup.output) : 0;
	char text[128];

	if (!lost)
		return;
	snprintf(text, sizeof(text),
			"%" PRIu64 " lines of the log or the trace are lost: they were not read in time",
			lost);
	write_line(LOG_LEVEL_WARNING, &(struct log_about){0}, text);
}

/* The text escaped into str; NULL stays NULL. */
static const char *escaped(struct str *str, const char *text)
{
	if (!text)
		return NULL;
	utf8_line(str, "%s", text);
	return str_text(str);
}

void log_write(enum log_level level, const struct log_about *about, const char *format, ...)
{
	static const struct log_about nothing;
	struct str message = STR(MESSAGE_MAX_BYTES);
	struct str gateway = STR(UTF8_LINE_MAX_BYTES), command = STR(UTF8_LINE_MAX_BYTES);
	struct log_about safe;
	va_list arguments;
	int r;

	if (level > setup.level)
		return;
	report_lost();
	if (!about)
		about = &nothing;
	safe = (struct log_about){
			.gateway = escaped(&gateway, about->gateway),
			.command = escaped(&command, about->command),
			.error = about->error,
	};
	va_start(arguments, format);
	utf8_vline(&message, format, arguments);
	va_end(arguments);
	if (about->error)
		utf8_line(&message, ": %s", strerror(-about->error));
	if (message.error == -ENOMEM || gateway.error == -ENOMEM || command.error == -ENOMEM)
		r = -ENOMEM;
	else
		r = write_line(level, &safe, str_text(&message));
	if (r < 0) {
		va_start(arguments, format);
		write_scantly(level, format, arguments);
		va_end(arguments);
	}
	str_release(&message);
	str_release(&gateway);
	str_release(&command);
}
