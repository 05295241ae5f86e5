/* A TCP port of this machine: listening on it, its owner, and another one that is free. */

#include "bot/gateway/lobby/port.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define BACKLOG        64
#define NEARBY         100 /* ports that are tried */
#define COMM_BYTES     64
#define PROCESSES_MAX  4096 /* looked at */
#define SOCKETS_MAX    8    /* that listen on the same port, of several addresses */
#define LINK_MAX_BYTES 64
#define OUR_NAME       "episoded"

/* ---------------------------------------------------------------- listening */

/*
 * The socket is not libwebsockets' because version 4.1 reports no errno when bind()
 * fails, binds every address if an interface is given and IPv6 is on, and keeps the
 * port for seconds after its vhost is destroyed.
 */
int port_open(const char *host, unsigned short *port, int *ret_fd)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(*port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(*port)};
	bool is_ipv6 = inet_pton(AF_INET6, host, &six.sin6_addr) == 1;
	struct sockaddr *address = is_ipv6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t length = is_ipv6 ? sizeof(six) : sizeof(four);
	int fd, on = 1, r;

	if (!is_ipv6 && inet_pton(AF_INET, host, &four.sin_addr) != 1)
		return -EINVAL;
	fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 || bind(fd, address, length) < 0 ||
			listen(fd, BACKLOG) < 0 || getsockname(fd, address, &length) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*port = ntohs(is_ipv6 ? six.sin6_port : four.sin_port);
	*ret_fd = fd;
	return 0;
}

int port_examine(const char *host, unsigned short port)
{
	int fd = -1, r = port_open(host, &port, &fd);

	if (r == 0)
		close(fd);
	return r;
}

unsigned short port_next_free(const char *host, unsigned short port)
{
	for (unsigned i = 1; i <= NEARBY && port + i <= UINT16_MAX; i++)
		if (port_examine(host, (unsigned short)(port + i)) == 0)
			return (unsigned short)(port + i);
	return 0;
}

/* ---------------------------------------------------------------- the owner */

/* The sockets that listen on a port, and their user. */
struct listeners {
	unsigned long inodes[SOCKETS_MAX];
	size_t count;
	unsigned user;
};

/* The words of a line of /proc/net/tcp: "sl local:port remote:port state queues timer retransmits user timeout inode". */
enum { WORD_LOCAL = 1, WORD_STATE = 3, WORD_USER = 7, WORD_INODE = 9, WORD_COUNT };

static size_t split(char *line, char *ret[WORD_COUNT])
{
	size_t count = 0;
	char *word;

	while (count < WORD_COUNT && (word = strsep(&line, " \n")) != NULL)
		if (*word)
			ret[count++] = word;
	return count;
}

/* Add those of /proc/net/tcp or tcp6. */
static void find_listeners(const char *path, unsigned short port, struct listeners *listeners)
{
	FILE *file = fopen(path, "re");
	char line[512], *words[WORD_COUNT];

	while (file && listeners->count < SOCKETS_MAX && fgets(line, sizeof(line), file)) {
		size_t count = split(line, words);
		const char *colon = count == WORD_COUNT ? strchr(words[WORD_LOCAL], ':') : NULL;

		if (!colon || strtoul(colon + 1, NULL, 16) != port ||
				strtoul(words[WORD_STATE], NULL, 16) != TCP_LISTEN)
			continue;
		listeners->inodes[listeners->count++] = strtoul(words[WORD_INODE], NULL, 10);
		listeners->user = (unsigned)strtoul(words[WORD_USER], NULL, 10);
	}
	if (file)
		fclose(file);
}

static bool is_listener(const struct listeners *listeners, const char *link)
{
	static const char start[] = "socket:[";
	unsigned long inode;

	if (!str_starts(link, start))
		return false;
	inode = strtoul(link + sizeof(start) - 1, NULL, 10);
	for (size_t i = 0; i < listeners->count; i++)
		if (listeners->inodes[i] == inode)
			return true;
	return false;
}

/* Does a process have one of these sockets? False too for a process whose descriptors are hidden from us. */
static bool has_listener(const char *pid, const struct listeners *listeners)
{
	char path[300], link[LINK_MAX_BYTES];
	const struct dirent *entry;
	bool is_found = false;
	DIR *descriptors;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	descriptors = opendir(path);
	while (descriptors && !is_found && (entry = readdir(descriptors)) != NULL) {
		ssize_t length = readlinkat(dirfd(descriptors), entry->d_name, link, sizeof(link) - 1);

		link[length > 0 ? length : 0] = '\0';
		is_found = is_listener(listeners, link);
	}
	if (descriptors)
		closedir(descriptors);
	return is_found;
}

/* The name and the user of a process. */
static bool read_process(const char *pid, char ret_name[COMM_BYTES], unsigned *ret_user)
{
	char path[300], line[256];
	bool has_name = false, has_user = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	file = fopen(path, "re");
	while (file && !(has_name && has_user) && fgets(line, sizeof(line), file)) {
		has_name |= sscanf(line, "Name: %63[^\n]", ret_name) == 1;
		if (str_starts(line, "Uid:")) {
			*ret_user = (unsigned)strtoul(line + strlen("Uid:"), NULL, 10);
			has_user = true;
		}
	}
	if (file)
		fclose(file);
	return has_name && has_user;
}

void port_describe_owner(unsigned short port, char ret[PORT_OWNER_BYTES])
{
	struct listeners listeners = {0};
	char name[COMM_BYTES];
	const struct dirent *entry;
	unsigned user = 0, looked_at = 0;
	DIR *processes;
	long pid;

	find_listeners("/proc/net/tcp", port, &listeners);
	find_listeners("/proc/net/tcp6", port, &listeners);
	snprintf(ret, PORT_OWNER_BYTES, "another program");
	processes = listeners.count ? opendir("/proc") : NULL;
	while (processes && looked_at++ < PROCESSES_MAX && (entry = readdir(processes)) != NULL) {
		if (str_to_long(entry->d_name, 1, INT32_MAX, &pid) < 0 || pid == getpid() ||
				!read_process(entry->d_name, name, &user))
			continue;
		if (has_listener(entry->d_name, &listeners)) {
			utf8_print(ret, PORT_OWNER_BYTES, "%s%s (process %ld)",
					str_equal(name, OUR_NAME) ? "another " : "", name, pid);
			break;
		}
		/* An episoded hides its descriptors. */
		if (str_equal(name, OUR_NAME) && user == listeners.user)
			utf8_print(ret, PORT_OWNER_BYTES, "another " OUR_NAME " (process %ld)", pid);
	}
	if (processes)
		closedir(processes);
}
