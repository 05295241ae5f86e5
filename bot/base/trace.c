/* The trace of the wire: which gateways, the file, and the line format in both directions. */

#include "bot/base/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/output.h"
#include "bot/base/utf8.h"

#define TEXT_MAX_BYTES (4u * 1024 * 1024) /* of one line: the longest message of Discord's, escaped */
#define TIME_BYTES     (CLOCK_ISO_BYTES - 1)

bool trace_is_on;

static struct {
	int fd; /* of the file, or of standard output or error */
	bool has_file;
	char **gateways; /* NULL: all */
	size_t gateway_count;
	uint64_t lost; /* lines that write(2) failed for, or that were too long */
} sink;

void trace_close(void)
{
	if (sink.lost)
		log_warning("trace: %llu lines were not written", (unsigned long long)sink.lost);
	if (sink.has_file)
		close(sink.fd);
	for (size_t i = 0; i < sink.gateway_count; i++)
		free(sink.gateways[i]);
	free(sink.gateways);
	memset(&sink, 0, sizeof(sink));
	trace_is_on = false;
}

static int copy_names(char *const *gateways, size_t count)
{
	if (count == 0)
		return 0;
	sink.gateways = calloc(count, sizeof(*sink.gateways));
	if (!sink.gateways)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		sink.gateways[i] = str_copy(gateways[i]);
		if (!sink.gateways[i])
			return -ENOMEM;
		sink.gateway_count++;
	}
	return 0;
}

int trace_open(const char *file, char *const *gateways, size_t count)
{
	int r;

	trace_close();
	sink.fd = str_equal(file, "-") ? STDOUT_FILENO : STDERR_FILENO;
	if (file && sink.fd == STDERR_FILENO) {
		/* O_NONBLOCK: a FIFO without a reader must not stop the bot. */
		sink.fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
				0600);
		if (sink.fd < 0)
			return -errno;
		sink.has_file = true;
	}
	r = copy_names(gateways, count);
	if (r < 0) {
		trace_close();
		return r;
	}
	trace_is_on = true;
	return 0;
}

bool trace_wants(const char *gateway)
{
	if (!trace_is_on || !sink.gateway_count)
		return trace_is_on;
	for (size_t i = 0; i < sink.gateway_count; i++)
		if (str_equal(sink.gateways[i], gateway))
			return true;
	return false;
}

unsigned trace_connection(void)
{
	static unsigned last;

	return ++last;
}

/* ---------------------------------------------------------------- writing */

static void append_escaped(struct str *line, const char *text, size_t length)
{
	size_t size;

	for (; length > 0; text += size, length -= size) {
		size = utf8_printable(text, length);
		if (size == 1 && *text == '\\')
			str_append(line, "\\\\");
		else if (size > 0)
			str_append_bytes(line, text, size);
		else
			str_printf(line, "\\x%02x", (unsigned char)text[size++]);
	}
}

static void write_out(const struct str *line)
{
	struct output *output = sink.has_file ? NULL : log_output();
	struct iovec part = {line->bytes, line->length};
	ssize_t written;

	if (output) {
		output_put(output, sink.fd == STDOUT_FILENO ? output_to_stdout : output_to_stderr, &part, 1);
		return; /* the log counts the lost ones */
	}
	/* One write(2) a line, so that a line of the log never comes inside one. */
	do
		written = write(sink.fd, line->bytes, line->length);
	while (written < 0 && errno == EINTR);
	if (written == (ssize_t)line->length)
		return;
	if (sink.lost++ == 0)
		log_write(LOG_LEVEL_WARNING, &(struct log_about){.error = written < 0 ? -errno : -ENOSPC},
				"trace: cannot write a line; counting further ones");
}

void trace_write(const char *gateway, int shard, unsigned connection, enum trace_direction direction,
		const char *text, size_t length)
{
	struct str line = STR(TEXT_MAX_BYTES);
	char time[CLOCK_ISO_BYTES];

	if (!trace_wants(gateway))
		return;
	clock_iso(clock_wall_ms(), time);
	str_printf(&line, "%s %s", time, gateway);
	if (shard >= 0)
		str_printf(&line, "/%d", shard);
	str_printf(&line, "#%u %c ", connection, (char)direction);
	append_escaped(&line, text, length);
	str_append_char(&line, '\n');
	if (line.error)
		sink.lost++;
	else
		write_out(&line);
	str_release(&line);
}

/* ---------------------------------------------------------------- secrets */

/* The length of the longest secret that begins here; 0: no secret begins here. */
static size_t secret_at(const char *text, size_t length, const char *const *secrets, size_t count)
{
	size_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		size_t size = secrets[i] ? strlen(secrets[i]) : 0;

		if (size > longest && size <= length && memcmp(text, secrets[i], size) == 0)
			longest = size;
	}
	return longest;
}

void trace_hide(struct str *ret, const char *text, size_t length, const char *const *secrets, size_t count)
{
	size_t begun = 0, at = 0;

	while (at < length) {
		size_t size = secret_at(text + at, length - at, secrets, count);

		if (size == 0) {
			at++;
			continue;
		}
		str_append_bytes(ret, text + begun, at - begun);
		str_append(ret, TRACE_SECRET);
		begun = at += size;
	}
	str_append_bytes(ret, text + begun, length - begun);
}

void trace_vevent(const char *gateway, int shard, unsigned connection, const char *const *secrets,
		size_t count, const char *format, va_list arguments)
{
	char text[TRACE_EVENT_MAX_BYTES];
	struct str shown = STR(TEXT_MAX_BYTES);

	if (!trace_wants(gateway))
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	trace_hide(&shown, text, strlen(text), secrets, count);
	trace_write(gateway, shard, connection, TRACE_EVENT, str_text(&shown), shown.length);
	str_release(&shown);
}

/* ---------------------------------------------------------------- reading */

static int digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static int unescape(const char *text, size_t length, struct str *ret)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\\') {
			str_append_char(ret, text[i]);
		} else if (i + 1 < length && text[i + 1] == '\\') {
			str_append_char(ret, '\\');
			i++;
		} else if (i + 3 < length && text[i + 1] == 'x' && digit(text[i + 2]) >= 0 &&
				digit(text[i + 3]) >= 0) {
			str_append_char(ret, (char)(digit(text[i + 2]) << 4 | digit(text[i + 3])));
			i += 3;
		} else {
			return -EBADMSG;
		}
	}
	return ret->error;
}

/* "home", "home/3", both with "#1" after it. */
static int parse_place(const char *place, size_t length, struct trace_line *ret)
{
	const char *hash = memrchr(place, '#', length), *slash;
	char number[16];
	long value;

	if (!hash || (size_t)(place + length - hash) > sizeof(number))
		return -EBADMSG;
	memcpy(number, hash + 1, (size_t)(place + length - hash) - 1);
	number[place + length - hash - 1] = '\0';
	if (str_to_long(number, 0, INT32_MAX, &value) < 0)
		return -EBADMSG;
	ret->connection = (unsigned)value;
	ret->shard = -1;
	slash = memchr(place, '/', (size_t)(hash - place));
	if (slash) {
		if ((size_t)(hash - slash) > sizeof(number))
			return -EBADMSG;
		memcpy(number, slash + 1, (size_t)(hash - slash) - 1);
		number[hash - slash - 1] = '\0';
		if (str_to_long(number, 0, INT32_MAX, &value) < 0)
			return -EBADMSG;
		ret->shard = (int)value;
		hash = slash;
	}
	if (hash == place || (size_t)(hash - place) >= sizeof(ret->gateway))
		return -EBADMSG;
	memcpy(ret->gateway, place, (size_t)(hash - place));
	ret->gateway[hash - place] = '\0';
	return 0;
}

int trace_parse(const char *line, size_t length, struct trace_line *ret)
{
	struct trace_line parsed = {.text = STR(TEXT_MAX_BYTES)};
	const char *end = line + length, *place = line + TIME_BYTES + 1, *space;
	char time[CLOCK_ISO_BYTES];
	int r;

	if (length <= TIME_BYTES + 1 || line[TIME_BYTES] != ' ')
		return -EBADMSG;
	memcpy(time, line, TIME_BYTES);
	time[TIME_BYTES] = '\0';
	space = memchr(place, ' ', (size_t)(end - place));
	if (clock_from_iso(time, &parsed.wall_ms) < 0 || !space || end - space < 3 || space[2] != ' ' ||
			(space[1] != TRACE_IN && space[1] != TRACE_OUT && space[1] != TRACE_EVENT))
		return -EBADMSG;
	parsed.direction = (enum trace_direction)space[1];
	r = parse_place(place, (size_t)(space - place), &parsed);
	if (r == 0)
		r = unescape(space + 3, (size_t)(end - space) - 3, &parsed.text);
	if (r < 0) {
		str_release(&parsed.text);
		return r;
	}
	*ret = parsed;
	return 0;
}
