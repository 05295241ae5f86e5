/* "episoded calendar". */

#include "bot/daemon/calendar_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

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

/* The caller frees *ret. -ENOENT, -EFBIG more than CALENDAR_TEXT_MAX_BYTES, -EISDIR no plain file; other errors. */
static int read_file(const char *path, char **ret)
{
	struct str text = STR(CALENDAR_TEXT_MAX_BYTES);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r = 0;
	struct stat about;
	char bytes[16384];
	ssize_t length = 1;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &about) < 0)
		r = -errno;
	else if (!S_ISREG(about.st_mode))
		r = -EISDIR;
	while (r == 0 && length) {
		length = read(fd, bytes, sizeof(bytes));
		if (length > 0)
			str_append_bytes(&text, bytes, (size_t)length);
		r = length < 0 ? -errno : text.error;
	}
	close(fd);
	if (r == 0)
		return str_take(&text, ret);
	str_release(&text);
	return r == -EMSGSIZE ? -EFBIG : r;
}

/* The history and the text of the calendar that the file has; both are empty if there is no file. */
static int read_earlier(
		const char *path, print_function print, struct calendar_history *ret_history, char **ret_text)
{
	int r = read_file(path, ret_text);

	if (r == -ENOENT)
		return EX_OK;
	if (r == 0)
		r = calendar_read(*ret_text, ret_history);
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

static int print_calendar(const struct show *show, int alarm_minutes, print_function print)
{
	struct calendar_history history = {0};
	char *text = NULL;
	int r = calendar_write(show, alarm_minutes, (int64_t)(clock_wall_ms() / 1000), &history, &text);

	calendar_history_release(&history);
	if (r < 0)
		return complain(print, EX_OSERR, "episoded calendar: %s", strerror(-r));
	print(false, text);
	free(text);
	return EX_OK;
}

static int put_calendar(const struct show *show, int alarm_minutes, const char *path, print_function print)
{
	struct calendar_history history = {0};
	char *before = NULL, *text = NULL;
	int code = read_earlier(path, print, &history, &before), r = 0;

	if (code == EX_OK)
		r = calendar_write(show, alarm_minutes, (int64_t)(clock_wall_ms() / 1000), &history, &text);
	if (code == EX_OK && r == 0 && !str_equal(before, text))
		r = write_file(path, text);
	if (r < 0)
		code = complain(print, r == -ENOMEM ? EX_OSERR : EX_CANTCREAT, "%s: not written: %s", path,
				strerror(-r));
	calendar_history_release(&history);
	free(before);
	free(text);
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
	const struct show *show;
	int code = files_read(&source, &files);

	if (code != EX_OK)
		return code;
	show = catalogue_find(files.catalogue, name);
	if (!show) {
		list_shows(files.catalogue, &shows);
		code = complain(print, EX_DATAERR, "no show \"%s\"; there is %s", name, str_text(&shows));
	} else if (task->output) {
		code = put_calendar(show, alarm_minutes, task->output, print);
	} else {
		code = print_calendar(show, alarm_minutes, print);
	}
	str_release(&shows);
	catalogue_free(files.catalogue);
	config_free(files.config);
	return code;
}

int calendar_command(const struct calendar_task *task, int count, char *const *words, print_function print)
{
	long minutes = CALENDAR_NO_ALARM;

	if (count != 1)
		return complain(print, EX_USAGE,
				"\"calendar\" needs one show: episoded calendar SHOW [-o FILE]");
	if (task->alarm && str_to_long(task->alarm, 0, CALENDAR_ALARM_MAX_MINUTES, &minutes) < 0)
		return complain(print, EX_USAGE,
				"the option --alarm needs a number of minutes, at most %d, not \"%s\"",
				CALENDAR_ALARM_MAX_MINUTES, task->alarm);
	return run(task, (int)minutes, words[0], print);
}
