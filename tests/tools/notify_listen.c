/*
 * notify_listen PATH - receive notifications like a service manager. Binds the datagram socket
 * PATH, writes "listening", and then each datagram as one line of hexadecimal digits. Ends
 * when standard input ends, after writing the datagrams that have arrived by then.
 */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM_MAX_BYTES 65536

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

/* Write all pending datagrams. False: the reader of our output has closed it. */
static bool print_datagrams(int fd)
{
	static unsigned char bytes[DATAGRAM_MAX_BYTES];
	ssize_t length;

	while ((length = recv(fd, bytes, sizeof(bytes), 0)) >= 0 || errno == EINTR) {
		for (ssize_t i = 0; i < length; i++)
			printf("%02x", bytes[i]);
		if (length >= 0)
			putchar('\n');
	}
	return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
	struct pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
	char byte;

	if (argc != 2)
		return 2;
	polled[1].fd = listen_at(argv[1]);
	if (polled[1].fd < 0) {
		perror(argv[1]);
		return 1;
	}
	puts("listening");
	while (print_datagrams(polled[1].fd)) {
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (polled[0].revents && read(STDIN_FILENO, &byte, 1) <= 0)
			break;
	}
	return print_datagrams(polled[1].fd) ? 0 : 1;
}
