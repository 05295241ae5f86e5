/* Detect that the process has run out of file descriptors. */

#include "bot/net/descriptors.h"

#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

const char *descriptors_missing(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	switch (errno) {
	case EMFILE: return "too many open files: raise LimitNOFILE= of the service (ulimit -n)";
	case ENFILE: return "too many open files on this machine: raise fs.file-max";
	default: return NULL;
	}
}
