/* "episoded calendar". */

#include "bot/daemon/calendar_command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bot/base/clock.h"
#include "bot/base/file.h"
#include "bot/base/say.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/calendar/calendar.h"
#include "bot/catalogue/catalogue.h"
#include "bot/config/config.h"
#include "bot/daemon/files.h"

__attribute__((format(printf, 3, 4))) static int complain(
		print_function print, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_vline(print, true, format, arguments);
	va_end(arguments);
	return code;
}

/* ---------------------------------------------------------------- the earlier file */

/* The shows of a calendar: one, or all of the catalogue. */
struct calendar_shows {
	struct calendar_part *parts;
	size_t count;
	bool is_all;
};

/* The histories and the text of the calendar that the file has; all are empty if there is no file. */
static int read_earlier(
		const char *path, print_function print, const struct calendar_shows *shows, char **ret_text)
{
	size_t length;
	int r = file_read(path, CALENDAR_TEXT_MAX_BYTES, ret_text, &length);

	if (r == -ENOENT)
		return EX_OK;
	if (r == 0)
		r = calendar_read(*ret_text, shows->parts, shows->count);
	if (r == -EBADMSG)
		return complain(print, EX_CANTCREAT,
				"%s: not written: the file is no calendar of episoded. Choose another name, "
				"or "
				"remove the file.",
				path);
	return r < 0 ? complain(print, EX_CANTCREAT, "%s: cannot read it: %s", path, strerror(-r)) : EX_OK;
}

static int write_file(const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');
	char *folder = file_folder(path);
	int r = folder ? file_put_readable(folder, slash ? slash + 1 : path, text, strlen(text)) : -ENOMEM;

	free(folder);
	return r;
}

/* ---------------------------------------------------------------- the calendar */

static int write_calendar(const struct calendar_shows *shows, int alarm_minutes, char **ret)
{
	int64_t now_s = (int64_t)(clock_wall_ms() / 1000);

	if (shows->is_all)
		return calendar_write_all(shows->parts, shows->count, alarm_minutes,
				now_s - CALENDAR_ALL_PAST_S, now_s, NULL, NULL, ret);
	return calendar_write(shows->parts->show, alarm_minutes, now_s, &shows->parts->history, ret);
}

static int print_calendar(const struct calendar_shows *shows, int alarm_minutes, print_function print)
{
	char *text = NULL;
	int r = write_calendar(shows, alarm_minutes, &text);

	if (r < 0)
		return complain(print, EX_OSERR, "episoded calendar: %s", strerror(-r));
	print(false, text);
	free(text);
	return EX_OK;
}

static int put_calendar(
		const struct calendar_shows *shows, int alarm_minutes, const char *path, print_function print)
{
	char *before = NULL, *text = NULL;
	int code = read_earlier(path, print, shows, &before), r = 0;

	if (code == EX_OK)
		r = write_calendar(shows, alarm_minutes, &text);
	if (code == EX_OK && r == 0 && !str_equal(before, text))
		r = write_file(path, text);
	if (r < 0)
		code = complain(print, r == -ENOMEM ? EX_OSERR : EX_CANTCREAT, "%s: not written: %s", path,
				strerror(-r));
	free(before);
	free(text);
	return code;
}

/* show: NULL for all. */
static int make_calendar(const struct calendar_task *task, int alarm_minutes,
		const struct catalogue *catalogue, const struct show *show, print_function print)
{
	struct calendar_shows shows = {.count = show ? 1 : catalogue_count(catalogue), .is_all = !show};
	int code;

	shows.parts = calloc(shows.count + 1, sizeof(*shows.parts));
	if (!shows.parts)
		return complain(print, EX_OSERR, "episoded calendar: out of memory");
	for (size_t i = 0; i < shows.count; i++)
		shows.parts[i].show = show ? show : catalogue_at(catalogue, i);
	if (task->output)
		code = put_calendar(&shows, alarm_minutes, task->output, print);
	else
		code = print_calendar(&shows, alarm_minutes, print);
	for (size_t i = 0; i < shows.count; i++)
		calendar_history_release(&shows.parts[i].history);
	free(shows.parts);
	return code;
}

static void list_shows(const struct catalogue *catalogue, struct str *str)
{
	for (size_t i = 0; i < catalogue_count(catalogue); i++)
		str_printf(str, "%s%s", i ? ", " : "", catalogue_at(catalogue, i)->id);
}

static int run(const struct calendar_task *task, int alarm_minutes, const char *name, print_function print)
{
	const struct files_source source = {.config_path = task->config_path,
			.data = task->data,
			.shows = task->shows,
			.is_shows_only = true};
	struct files files = {0};
	struct str shows = STR(UTF8_LINE_MAX_BYTES / 2);
	const struct show *show = NULL;
	int code = files_read(&source, &files);

	if (code != EX_OK)
		return code;
	if (name)
		show = catalogue_find(files.catalogue, name);
	if (name && !show) {
		list_shows(files.catalogue, &shows);
		code = complain(print, EX_DATAERR, "no show \"%s\"; there is %s", name, str_text(&shows));
	} else {
		code = make_calendar(task, alarm_minutes, files.catalogue, show, print);
	}
	str_release(&shows);
	catalogue_free(files.catalogue);
	config_free(files.config);
	return code;
}

int calendar_command(const struct calendar_task *task, int count, char *const *words, print_function print)
{
	long minutes = CALENDAR_NO_ALARM;

	if (count > 1)
		return complain(print, EX_USAGE,
				"\"calendar\" takes one show, or no show for all: episoded calendar [SHOW] "
				"[-o "
				"FILE]");
	if (task->alarm && str_to_long(task->alarm, 0, CALENDAR_ALARM_MAX_MINUTES, &minutes) < 0)
		return complain(print, EX_USAGE,
				"the option --alarm needs a number of minutes, at most %d, not \"%s\"",
				CALENDAR_ALARM_MAX_MINUTES, task->alarm);
	return run(task, (int)minutes, count ? words[0] : NULL, print);
}
