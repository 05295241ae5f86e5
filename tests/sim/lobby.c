/* bot/gateway/lobby/server.h without sockets, and people who join, ask and leave. */

#include "tests/sim/lobby.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/lobby/port.h"
#include "bot/gateway/lobby/server.h"
#include "bot/net/loop.h"
#include "tests/sim/audit.h"
#include "tests/sim/world.h"

#define LOBBY_HOST "lobby"
#define LOBBY_PORT 8067
#define BOT_SOURCE ":episoded!"
#define PEOPLE     4
#define ASKED_MAX  64
#define LOOK_MS    4000 /* how often an absent person tries to join */
#define LINE_BYTES 600

/* State in the bot's process. */
struct server {
	struct server_hooks hooks;
};

struct server_link {
	struct server_link *next;
	void *visitor; /* the bot's end */
	size_t person;
	bool is_closing;
};

static struct server *server;
static struct server_link *links;

/* State in the shared memory. */
struct person {
	unsigned life;     /* number of the process they are connected to */
	bool is_in;        /* registered, and in the channel */
	uint64_t quiet_ms; /* they may not write before this time */
	int asked[ASKED_MAX];
	size_t asked_count;
};

struct people {
	struct person list[PEOPLE];
};

static struct people *people;

static bool is_connected(size_t person)
{
	return world_has_bot() && server && people->list[person].life == world_life();
}

static struct server_link *link_of(size_t person)
{
	struct server_link *link = links;

	while (link && link->person != person)
		link = link->next;
	return link;
}

static void free_link(struct server_link *link)
{
	struct server_link **at = &links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	people->list[link->person].life = 0;
	people->list[link->person].is_in = false;
	free(link);
}

/* ---------------------------------------------------------------- the bot's side */

int server_start(struct loop *loop, const char *host, unsigned short port, const struct server_hooks *hooks,
		struct server **ret)
{
	struct server *made = calloc(1, sizeof(*made));

	(void)loop;
	(void)host;
	if (!made)
		return -ENOMEM;
	if (server || port != LOBBY_PORT) {
		free(made);
		return -EADDRINUSE;
	}
	made->hooks = *hooks;
	server = made;
	*ret = made;
	return 0;
}

unsigned short port_next_free(const char *host, unsigned short port)
{
	(void)host;
	return (unsigned short)(port + 1);
}

int port_examine(const char *host, unsigned short port)
{
	(void)host;
	(void)port;
	return 0;
}

void port_describe_owner(unsigned short port, char ret[PORT_OWNER_BYTES])
{
	(void)port;
	snprintf(ret, PORT_OWNER_BYTES, "another program");
}

unsigned short server_port(const struct server *of)
{
	(void)of;
	return LOBBY_PORT;
}

void server_end(struct server *of)
{
	if (!of)
		return;
	while (links)
		free_link(links);
	server = NULL;
	free(of);
}

void server_send(struct server_link *link, const char *line, size_t length)
{
	struct person *person = &people->list[link->person];
	char text[LINE_BYTES * 4];
	int question;

	if (link->is_closing)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	world_trace("lobby %zu <- %s", link->person, text);
	if (strstr(text, " 366 "))
		person->is_in = true;
	question = audit_question_in(text);
	if (question < 0 || !strstr(text, BOT_SOURCE))
		return;
	/* Everyone in the channel sees a line; it counts for the person who asked. */
	for (size_t i = 0; i < person->asked_count; i++) {
		if (person->asked[i] == question) {
			audit_seen_answer(question, false);
			audit_confirmed(question);
		}
	}
	world_crash_point("after it has sent");
}

static void on_closing(void *argument)
{
	struct server_link *link = link_of((size_t)argument);
	void *visitor;

	if (!world_has_bot() || !link || !link->is_closing)
		return;
	visitor = link->visitor;
	free_link(link);
	server->hooks.on_closed(server->hooks.user, visitor);
}

void server_close(struct server_link *link)
{
	link->is_closing = true;
	world_after(1, on_closing, (void *)link->person);
}

/* ---------------------------------------------------------------- people */

static void say(size_t person, const char *text)
{
	struct server_link *link = link_of(person);
	uint64_t pause_ms;

	world_trace("lobby %zu -> %s", person, text);
	if (!link || link->is_closing)
		return;
	pause_ms = server->hooks.on_message(server->hooks.user, link->visitor, text, strlen(text));
	people->list[person].quiet_ms = world_now_ms() + pause_ms;
	world_crash_point("after it has read");
}

static void come_in(size_t person)
{
	struct server_link *link = calloc(1, sizeof(*link));
	char text[LINE_BYTES];

	if (!link)
		return;
	link->person = person;
	link->next = links;
	links = link;
	people->list[person] = (struct person){.life = world_life()};
	link->visitor = server->hooks.on_open(server->hooks.user, link);
	if (!link->visitor || link->is_closing)
		return;
	snprintf(text, sizeof(text), "NICK person%zu\r\nUSER person%zu 0 * :Person\r\nJOIN #lobby", person,
			person);
	say(person, text);
}

static void leave(size_t person)
{
	struct server_link *link = link_of(person);
	void *visitor;

	if (!link || link->is_closing)
		return;
	visitor = link->visitor;
	world_trace("lobby %zu leaves", person);
	free_link(link);
	if (visitor)
		server->hooks.on_closed(server->hooks.user, visitor);
}

static void on_look(void *argument)
{
	for (size_t i = 0; i < PEOPLE && world_has_bot() && server; i++) {
		if (!is_connected(i))
			come_in(i);
		else if (world_fault(FAULT_CUT, 50))
			leave(i);
	}
	world_after(LOOK_MS, on_look, argument);
}

void lobby_ask(void)
{
	size_t person = world_dice(PEOPLE);
	char token[AUDIT_TOKEN_BYTES], text[LINE_BYTES];
	struct person *asker = &people->list[person];
	int question;

	if (!is_connected(person) || !asker->is_in || asker->quiet_ms > world_now_ms() ||
			asker->asked_count == ASKED_MAX)
		return;
	question = audit_ask(LOBBY_HOST, true, token);
	asker->asked[asker->asked_count++] = question;
	audit_heard(question);
	snprintf(text, sizeof(text), "PRIVMSG %s :!search %s", world_percent(70) ? "#lobby" : "episoded",
			token);
	say(person, text);
}

void lobby_reset(void)
{
	people = world_alloc(sizeof(*people));
	audit_is_alone(LOBBY_HOST);
	world_after(LOOK_MS, on_look, NULL);
}

void lobby_append_config(struct str *json)
{
	str_append(json, "{\"name\":\"lobby\",\"type\":\"lobby\",\"listen\":\"127.0.0.1:8067\",\"channels\":["
			 "\"#lobby\"]}");
}
