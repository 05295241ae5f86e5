#ifndef EPISODED_LOBBY_PORT_H
#define EPISODED_LOBBY_PORT_H

/* A TCP port of this machine: listening on it, and if it is taken, by which program, and which other one is free. */

#include <stddef.h>

#define PORT_OWNER_BYTES 80

/* Listen on a numeric address; port 0: any free one. The errors of bind() (-EADDRINUSE, -EADDRNOTAVAIL, -EACCES ...). */
int port_open(const char *host, unsigned short *port, int *ret_fd);

/* Whether port_open() would succeed: 0 or its error. */
int port_examine(const char *host, unsigned short port);

/* The first free port above this one; 0: all nearby are taken. */
unsigned short port_next_free(const char *host, unsigned short port);

/*
 * Who listens on a port: "another episoded (process 12)", "python3 (process 34)", or "another program" where /proc does
 * not tell: the sockets of other users' processes are visible to root only, and an episoded hides its own even from its user.
 */
void port_describe_owner(unsigned short port, char ret[PORT_OWNER_BYTES]);

#endif
