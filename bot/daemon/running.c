/* The file that names the process of a state folder: "PID ADDRESS\n", or "PID\n". It is written without a sync and removed at the end; that
 * of a killed process is replaced by the next one. */

#include "bot/daemon/running.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define FILE_NAME  "episoded.running"
#define FILE_BYTES (RUNNING_ADDRESS_BYTES + 16)

static int open_in(const char *folder, int flags)
{
	char path[FILE_PATH_MAX_BYTES];

	if (snprintf(path, sizeof(path), "%s/" FILE_NAME, folder) >= (int)sizeof(path))
		return -1;
	return open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

void running_write(const char *folder, const char *address)
{
	char line[FILE_BYTES];
	int length = snprintf(line, sizeof(line), "%ld%s%s\n", (long)getpid(), *address ? " " : "", address);
	int fd = length > 0 && (size_t)length < sizeof(line) ? open_in(folder, O_WRONLY | O_CREAT | O_TRUNC)
							     : -1;

	if (fd < 0)
		return;
	if (write(fd, line, (size_t)length) != length)
		running_remove(folder);
	close(fd);
}

void running_remove(const char *folder)
{
	char path[FILE_PATH_MAX_BYTES];

	if (snprintf(path, sizeof(path), "%s/" FILE_NAME, folder) < (int)sizeof(path))
		unlink(path);
}

void running_describe(const char *folder, char ret[RUNNING_TEXT_BYTES])
{
	char line[FILE_BYTES], *address;
	int fd = open_in(folder, O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	long pid;

	if (fd >= 0)
		close(fd);
	snprintf(ret, RUNNING_TEXT_BYTES, "another episoded");
	if (length <= 0 || line[length - 1] != '\n')
		return;
	line[length - 1] = '\0';
	address = strchr(line, ' ');
	if (address)
		*address++ = '\0';
	if (str_to_long(line, 1, INT32_MAX, &pid) < 0)
		return;
	if (address && str_starts(address, "http://"))
		utf8_print(ret, RUNNING_TEXT_BYTES, "another episoded (process %ld, open at %s)", pid,
				address);
	else
		snprintf(ret, RUNNING_TEXT_BYTES, "another episoded (process %ld)", pid);
}
