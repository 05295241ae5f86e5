/* The folders of datasets without a configuration. */

#include "bot/daemon/show_folders.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHIPPED "/data"
#define OWN     "/shows"
#define MARK    SHIPPED "/schema.json" /* tells a source tree, and has the longest path in it */

/* The source tree of which build/episoded, or build/test/episoded, is this program. NULL: it is installed. */
static const char *tree(void)
{
	static char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (length <= 0)
		return NULL;
	path[length] = '\0';
	for (int levels = 0; levels < 3 && (slash = strrchr(path, '/')) != NULL; levels++) {
		if ((size_t)(slash - path) + sizeof(MARK) > sizeof(path))
			break;
		memcpy(slash, MARK, sizeof(MARK));
		if (access(path, R_OK) == 0) {
			*slash = '\0';
			return path;
		}
		*slash = '\0';
	}
	return NULL;
}

/* Append to a path, in place. False: it is too long. */
static bool join(char path[PATH_MAX], const char *folder, const char *rest)
{
	int length = snprintf(path, PATH_MAX, "%s%s", folder, rest);

	return length > 0 && length < PATH_MAX;
}

const char *show_folders_shipped(void)
{
	static char path[PATH_MAX];
	const char *root = tree();

	return root && join(path, root, SHIPPED) ? path : EPISODED_DATADIR SHIPPED;
}

const char *const *show_folders_own(void)
{
	static const char *folders[3];
	static char path[PATH_MAX];
	const char *root = tree(), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	size_t count = 0;

	memset(folders, 0, sizeof(folders));
	if (root && join(path, root, OWN)) {
		folders[0] = path;
		return folders;
	}
	folders[count++] = EPISODED_SYSCONFDIR "/episoded" OWN;
	if (geteuid() == 0)
		return folders;
	if ((config && *config == '/' && join(path, config, "/episoded" OWN)) ||
			(home && *home == '/' && join(path, home, "/.config/episoded" OWN)))
		folders[count++] = path;
	return folders;
}
