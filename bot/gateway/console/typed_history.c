/* The file of typed lines. */

#include "bot/gateway/console/typed_history.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define FILE_MODE   0600
#define FOLDER_MODE 0700 /* as the XDG Base Directory Specification says */

struct typed_history {
	char *path;                       /* NULL: nothing is kept */
	char *lines[TYPED_HISTORY_LINES]; /* of earlier sessions */
	size_t count;
	char *last;
};

/* Create the folders above the file. */
static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, FOLDER_MODE);
		*slash = '/';
	}
}

static void forget_first(struct typed_history *history)
{
	free(history->lines[0]);
	memmove(history->lines, history->lines + 1, --history->count * sizeof(history->lines[0]));
}

static void keep(struct typed_history *history, const char *line, size_t length)
{
	struct str clean = STR(4 * TYPED_HISTORY_LINE_MAX);

	if (!length || length > TYPED_HISTORY_LINE_MAX)
		return;
	utf8_clean(&clean, line, length); /* the file may have been edited */
	if (history->count == TYPED_HISTORY_LINES)
		forget_first(history);
	if (str_take(&clean, &history->lines[history->count]) == 0)
		history->count++;
	str_release(&clean);
}

/* Read the last TYPED_HISTORY_BYTES of the file. True if there is more in it than is kept. */
static bool read_lines(struct typed_history *history, FILE *file)
{
	char *line = NULL;
	size_t capacity = 0, total = 0;
	ssize_t length;
	bool is_long = fseek(file, -(long)TYPED_HISTORY_BYTES, SEEK_END) == 0;

	if (is_long)
		is_long = getline(&line, &capacity, file) >= 0; /* the rest of a line */
	else
		rewind(file);
	while ((length = getline(&line, &capacity, file)) >= 0) {
		total++;
		while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
			length--;
		keep(history, line, (size_t)length);
	}
	free(line);
	return is_long || total > 2 * TYPED_HISTORY_LINES;
}

/* Write what was read in place of the file. On failure the file stays as it is. */
static void shorten(const struct typed_history *history)
{
	char path[PATH_MAX];
	bool is_written;
	FILE *file;
	int fd;

	if (snprintf(path, sizeof(path), "%s.%ld", history->path, (long)getpid()) >= (int)sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (size_t i = 0; i < history->count; i++)
		fprintf(file, "%s\n", history->lines[i]);
	is_written = !ferror(file);
	if (fclose(file) != 0 || !is_written || rename(path, history->path) < 0)
		unlink(path);
}

struct typed_history *typed_history_open(const char *path)
{
	struct typed_history *history = calloc(1, sizeof(*history));
	int fd;
	FILE *file;

	if (!history || !path)
		return history;
	history->path = str_copy(path);
	if (!history->path)
		return history;
	/* Never a FIFO or a device, which could block. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (file) {
		struct stat status;

		if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
			free(history->path);
			history->path = NULL;
		} else if (read_lines(history, file)) {
			shorten(history);
		}
		fclose(file);
	} else if (fd >= 0) {
		close(fd);
	}
	return history;
}

const char *typed_history_line(const struct typed_history *history, size_t index)
{
	return history && index < history->count ? history->lines[index] : NULL;
}

void typed_history_add(struct typed_history *history, const char *line)
{
	size_t length = strlen(line);
	struct str text = STR(4 * TYPED_HISTORY_LINE_MAX);
	int fd;

	if (!history->path || !length || length > TYPED_HISTORY_LINE_MAX || str_equal(line, history->last))
		return;
	free(history->last);
	history->last = str_copy(line);
	fd = open(history->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, FILE_MODE);
	if (fd < 0 && errno == ENOENT) {
		make_folders(history->path);
		fd = open(history->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, FILE_MODE);
	}
	utf8_clean(&text, line, length);
	str_append_char(&text, '\n');
	/* One write, so that lines of two sessions do not mix. A failure loses the line. */
	if (fd >= 0 && !text.error && write(fd, str_text(&text), text.length) < 0) {
		free(history->path);
		history->path = NULL;
	}
	if (fd >= 0)
		close(fd);
	str_release(&text);
}

void typed_history_close(struct typed_history *history)
{
	if (!history)
		return;
	while (history->count > 0)
		free(history->lines[--history->count]);
	free(history->last);
	free(history->path);
	free(history);
}
