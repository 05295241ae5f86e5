#ifndef EPISODED_TESTS_POSTGRES_SERVER_H
#define EPISODED_TESTS_POSTGRES_SERVER_H

/*
 * A PostgreSQL of its own for a test program: initdb in a temporary folder, a Unix socket there and a TCP port on
 * loopback. As user postgres when the test runs as root, because the server refuses root. It is ended by its process id.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bot/config/config.h"

#define POSTGRES_DEADLINE_MS 60000
#define POSTGRES_PORT_TRIES  5

struct postgres_server {
	char programs[64]; /* the folder of initdb and postgres; "": not installed */
	char folder[48], data[64];
	const char *const *settings; /* "log_statement=all", ... NULL at the end; may be NULL */
	unsigned port;
	pid_t pid;
};

static inline uint64_t postgres_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline void postgres_pause(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static inline void postgres_become_user(void)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return;
	user = getpwnam("postgres");
	if (!user || setgroups(0, NULL) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
		_exit(126);
}

/* In a child: run a program as the user that may run a PostgreSQL. */
static inline pid_t postgres_spawn(const struct postgres_server *server, const char *const *arguments)
{
	pid_t parent = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (chdir(server->folder) == 0) {
		char log[96];
		int fd;

		snprintf(log, sizeof(log), "%s/log", server->folder);
		fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
		if (fd >= 0) {
			(void)fchmod(fd, 0666);
			dup2(fd, 1);
			dup2(fd, 2);
		}
		postgres_become_user();
		prctl(PR_SET_PDEATHSIG, SIGQUIT);
		/* The coverage and sanitizers of the test are not the server's. */
		unsetenv("LD_PRELOAD");
		if (getppid() == parent)
			execv(arguments[0], (char *const *)(uintptr_t)arguments);
	}
	_exit(127);
}

static inline void postgres_run(const struct postgres_server *server, const char *const *arguments)
{
	pid_t pid = postgres_spawn(server, arguments);
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s failed: see %s/log", arguments[0], server->folder);
}

static inline unsigned postgres_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	return ntohs(address.sin_port);
}

/* A blocking connection for the test itself; ended by PQfinish(). */
static inline PGconn *postgres_connect(const struct postgres_server *server, const char *database)
{
	char words[256];

	snprintf(words, sizeof(words), "host=%s port=%u user=episoded dbname=%s gssencmode=disable",
			server->folder, server->port, database);
	return PQconnectdb(words);
}

/* False: it has ended already, as when another program took the port. */
static inline bool postgres_await(const struct postgres_server *server)
{
	uint64_t deadline = postgres_now_ms() + POSTGRES_DEADLINE_MS;

	for (;;) {
		PGconn *connection = postgres_connect(server, "postgres");
		bool is_up = PQstatus(connection) == CONNECTION_OK;
		int status;

		PQfinish(connection);
		if (is_up)
			return true;
		if (waitpid(server->pid, &status, WNOHANG) == server->pid)
			return false;
		if (postgres_now_ms() > deadline)
			fail_msg("PostgreSQL does not start: see %s/log", server->folder);
		postgres_pause();
	}
}

/* Does not wait until it answers. */
static inline void postgres_server_begin(struct postgres_server *server)
{
	char program[80], sockets[80], port[32];
	const char *arguments[64] = {program, "-D", server->data, "-c", "fsync=off", "-c",
			"listen_addresses=127.0.0.1", "-c", sockets, "-c", port, "-c", "max_connections=60",
			"-c", "shared_buffers=16MB", "-c", "autovacuum=off", "-c", "log_min_messages=warning",
			NULL};
	size_t count = 19;

	snprintf(program, sizeof(program), "%s/postgres", server->programs);
	snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s", server->folder);
	snprintf(port, sizeof(port), "port=%u", server->port);
	for (const char *const *setting = server->settings; setting && *setting; setting++) {
		assert_true(count < 60);
		arguments[count++] = "-c";
		arguments[count++] = *setting;
	}
	arguments[count] = NULL;
	server->pid = postgres_spawn(server, arguments);
}

/* how: SIGINT (as systemctl restart does), SIGQUIT (a crash). */
static inline void postgres_server_halt(struct postgres_server *server, int how)
{
	int status;

	if (server->pid <= 0)
		return;
	assert_int_equal(kill(server->pid, how), 0);
	assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
	server->pid = 0;
}

static inline void postgres_server_resume(struct postgres_server *server)
{
	postgres_server_begin(server);
	if (!postgres_await(server))
		fail_msg("PostgreSQL has ended: see %s/log", server->folder);
}

/* True: it runs. False: PostgreSQL is not installed. */
static inline bool postgres_server_start(struct postgres_server *server, const char *const *settings)
{
	char program[80];
	glob_t found;

	*server = (struct postgres_server){.settings = settings};
	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0) {
		const char *last = found.gl_pathv[found.gl_pathc - 1];

		snprintf(server->programs, sizeof(server->programs), "%.*s", (int)(strlen(last) - 7), last);
		globfree(&found);
	}
	if (!*server->programs)
		return false;
	strncpy(server->folder, "/tmp/episoded-postgres-XXXXXX", sizeof(server->folder) - 1);
	assert_non_null(mkdtemp(server->folder));
	if (geteuid() == 0) {
		const struct passwd *user = getpwnam("postgres");

		assert_non_null(user);
		assert_int_equal(chown(server->folder, user->pw_uid, user->pw_gid), 0);
	}
	snprintf(server->data, sizeof(server->data), "%s/data", server->folder);
	snprintf(program, sizeof(program), "%s/initdb", server->programs);
	postgres_run(server, (const char *const[]){program, "-D", server->data, "-A", "trust", "-U",
					     "episoded", "-N", "-E", "UTF8", "--locale=C", NULL});
	for (unsigned i = 0; i < POSTGRES_PORT_TRIES; i++) {
		server->port = postgres_free_port();
		postgres_server_begin(server);
		if (postgres_await(server))
			return true;
	}
	fail_msg("PostgreSQL does not start: see %s/log", server->folder);
	return false;
}

static inline void postgres_server_stop(struct postgres_server *server)
{
	pid_t pid;
	int status;

	if (!*server->folder)
		return;
	postgres_server_halt(server, SIGQUIT);
	pid = fork();
	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", server->folder, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* Run SQL; returns the first cell of its last result, "" without one. Borrowed until the next call. */
static inline const char *postgres_sql(PGconn *connection, const char *sql)
{
	static char cell[4096];
	PGresult *result = PQexec(connection, sql);

	*cell = '\0';
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(connection));
	if (PQntuples(result) > 0)
		snprintf(cell, sizeof(cell), "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return cell;
}

/* A new, empty database: "test1", "test2", ... */
static inline void postgres_new_database(const struct postgres_server *server, char name[16])
{
	static unsigned count;
	PGconn *connection = postgres_connect(server, "postgres");
	char sql[64];

	snprintf(name, 16, "test%u", ++count);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	postgres_sql(connection, sql);
	PQfinish(connection);
}

/* How the bot reaches it: by its socket, or by TCP with a port of the test. The texts are borrowed. */
static inline struct database_config postgres_config(
		struct postgres_server *server, const char *host, unsigned port, char *database)
{
	static char user[] = "episoded", url[] = "postgresql://episoded@test/test";

	return (struct database_config){
			.url = url,
			.hosts = {{.name = host ? (char *)(uintptr_t)host : server->folder,
					.port = port ? port : server->port}},
			.host_count = 1,
			.user = user,
			.database = database,
			.is_plain = true,
			.weight = 1,
	};
}

#endif
