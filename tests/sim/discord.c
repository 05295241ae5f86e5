/* A simulated Discord: its state and its gateway. */

#include "tests/sim/discord.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/audit.h"
#include "tests/sim/discord_world.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

#define GATEWAY_HOST    "gateway.discord.example"
#define RESUME_HOST     "resume.discord.example"
#define HEARTBEAT_MS    41250
#define IDENTIFY_MS     5000 /* minimum time between two IDENTIFYs */
#define IDENTIFIES_MAX  1000 /* per day, so per run */
#define SENDS_MAX       120  /* payloads of a client in SENDS_MS */
#define SENDS_MS        60000
#define PAYLOAD_BYTES   4096
#define RESUME_MS       120000 /* how long a session without a connection is kept */
#define EVENTS_MAX      2000
#define SESSIONS_MAX    64
#define CONNECTIONS_MAX 32
#define EVENT_BYTES     2000

struct event {
	char *text;
	size_t length;
	int question; /* asked by this event, or -1 */
};

struct discord_session {
	unsigned number; /* 0: unused */
	bool is_gone;
	uint64_t detached_ms; /* when its connection ended; 0: connected */
	struct connection *connection;
	struct event events[EVENTS_MAX];
	uint64_t sequence; /* sequence number of the last event, from 1 */
};

struct connection {
	struct wire *wire; /* NULL: unused */
	struct discord_session *session;
	uint64_t heard_ms; /* time of the last heartbeat */
	uint64_t sends[SENDS_MAX];
	size_t next_send;
	bool is_asked_to_go;
};

struct gateway {
	struct discord_session sessions[SESSIONS_MAX];
	unsigned session_count;
	struct connection connections[CONNECTIONS_MAX];
	uint64_t identified_ms;
	unsigned identifies;
};

static struct gateway *gateway;

/* ---------------------------------------------------------------- payloads */

static void send_text(struct connection *connection, const char *text, const struct wire_note *note)
{
	world_trace("discord %u <- %s", wire_number(connection->wire), text);
	wire_answer(connection->wire, text, strlen(text), true, note);
}

static void send_event(struct connection *connection, const struct event *event)
{
	send_text(connection, event->text, event->question >= 0 ? WIRE_HEARD(event->question) : WIRE_NOTHING);
}

static void dispatch(struct discord_session *session, const char *name, const char *data, int question)
{
	char text[EVENT_BYTES + 100];
	struct event *event = &session->events[session->sequence];
	int length;

	if (session->sequence == EVENTS_MAX) {
		world_violation("the simulated session has too many events");
		return;
	}
	session->sequence++;
	length = snprintf(text, sizeof(text), "{\"t\":\"%s\",\"s\":%" PRIu64 ",\"op\":0,\"d\":%s}", name,
			session->sequence, data);
	*event = (struct event){world_copy(text, (size_t)length), (size_t)length, question};
	if (session->connection)
		send_event(session->connection, event);
}

void discord_publish(const char *name, const char *data, int question)
{
	for (unsigned i = 0; i < gateway->session_count; i++) {
		struct discord_session *session = &gateway->sessions[i];

		if (!session->is_gone)
			dispatch(session, name, data, question);
	}
}

/* ---------------------------------------------------------------- sessions */

static void detach(struct connection *connection)
{
	struct discord_session *session = connection->session;

	connection->session = NULL;
	if (!session || session->connection != connection)
		return;
	session->connection = NULL;
	session->detached_ms = world_now_ms();
}

static void attach(struct connection *connection, struct discord_session *session)
{
	if (session->connection)
		session->connection->session = NULL;
	session->connection = connection;
	session->detached_ms = 0;
	connection->session = session;
}

static void drop_session(struct discord_session *session)
{
	session->is_gone = true;
	/* When a session is lost, messages can still be found in their channel; slash commands are lost with it. */
	for (uint64_t i = 0; i < session->sequence; i++) {
		if (session->events[i].question >= 0 && strstr(session->events[i].text, "INTERACTION_CREATE"))
			audit_excuse_silence(session->events[i].question, "the session was lost");
	}
	if (session->connection)
		session->connection->session = NULL;
	session->connection = NULL;
}

static void hang_up(struct connection *connection, unsigned short code)
{
	world_trace("discord %u: closed with %u", wire_number(connection->wire), code);
	wire_hang_up(connection->wire, code);
}

static void on_identify(struct connection *connection)
{
	uint64_t now_ms = wire_sent_ms(connection->wire);
	struct discord_session *session;
	char data[EVENT_BYTES];

	if (gateway->identifies && now_ms - gateway->identified_ms < IDENTIFY_MS)
		world_violation("two IDENTIFYs within %" PRIu64 " ms", now_ms - gateway->identified_ms);
	gateway->identified_ms = now_ms;
	if (++gateway->identifies == IDENTIFIES_MAX || gateway->session_count == SESSIONS_MAX) {
		world_violation("%u IDENTIFYs in so short a time", gateway->identifies);
		return;
	}
	if (world_fault(FAULT_PROTOCOL, 60)) {
		audit_repeats_nothing(DISCORD_HOST);
		send_text(connection, "{\"t\":null,\"s\":null,\"op\":9,\"d\":false}", WIRE_NOTHING);
		return;
	}
	if (world_fault(FAULT_PROTOCOL, 30))
		return; /* and it never answers */
	session = &gateway->sessions[gateway->session_count];
	session->number = ++gateway->session_count;
	attach(connection, session);
	snprintf(data, sizeof(data),
			"{\"v\":10,\"user\":{\"id\":\"%" PRIu64
			"\",\"username\":\"episoded\",\"bot\":true},\"session_id\":\"s%u\","
			"\"resume_gateway_url\":\"wss://" RESUME_HOST "\",\"guilds\":[{\"id\":\"%" PRIu64
			"\",\"unavailable\":true}],\"shard\":[0,1],\"application\":{\"id\":\"%" PRIu64 "\"}}",
			DISCORD_BOT, session->number, DISCORD_GUILD, DISCORD_BOT);
	dispatch(session, "READY", data, -1);
	snprintf(data, sizeof(data),
			"{\"id\":\"%" PRIu64
			"\",\"name\":\"Home\",\"roles\":[],\"channels\":[],\"members\":[]}",
			DISCORD_GUILD);
	dispatch(session, "GUILD_CREATE", data, -1);
}

static struct discord_session *find_session(const char *text)
{
	const char *id = strstr(text, "\"session_id\":\"s");
	unsigned long number = id ? strtoul(id + strlen("\"session_id\":\"s"), NULL, 10) : 0;
	struct discord_session *session;

	if (!number || number > gateway->session_count)
		return NULL;
	session = &gateway->sessions[number - 1];
	if (session->detached_ms && world_now_ms() - session->detached_ms > RESUME_MS)
		drop_session(session);
	return session->is_gone ? NULL : session;
}

static void on_resume(struct connection *connection, const char *text)
{
	const char *place = strstr(text, "\"seq\":");
	uint64_t sequence = place ? strtoull(place + strlen("\"seq\":"), NULL, 10) : 0;
	struct discord_session *session = find_session(text);
	char answer[100];

	if (session && world_fault(FAULT_PROTOCOL, 150))
		drop_session(session);
	if (!session || session->is_gone) {
		audit_repeats_nothing(DISCORD_HOST);
		send_text(connection, "{\"t\":null,\"s\":null,\"op\":9,\"d\":false}", WIRE_NOTHING);
		return;
	}
	if (sequence > session->sequence) {
		world_violation("resumes behind the end: %s", text);
		return;
	}
	attach(connection, session);
	for (uint64_t i = sequence; i < session->sequence; i++)
		send_event(connection, &session->events[i]);
	snprintf(answer, sizeof(answer), "{\"t\":\"RESUMED\",\"s\":%" PRIu64 ",\"op\":0,\"d\":{}}",
			session->sequence);
	send_text(connection, answer, WIRE_NOTHING);
}

/* ---------------------------------------------------------------- connections */

static void on_open(struct wire *wire, const char *path)
{
	char text[100];

	(void)path;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &gateway->connections[i];

		if (connection->wire)
			continue;
		*connection = (struct connection){.wire = wire, .heard_ms = world_now_ms()};
		wire_set_peer(wire, connection);
		if (world_fault(FAULT_PROTOCOL, 20))
			return; /* no HELLO */
		snprintf(text, sizeof(text),
				"{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":%d}}",
				HEARTBEAT_MS);
		send_text(connection, text, WIRE_NOTHING);
		return;
	}
	world_violation("more than %d connections to the gateway", CONNECTIONS_MAX);
}

static void count_send(struct connection *connection)
{
	uint64_t now_ms = wire_sent_ms(connection->wire);
	uint64_t *oldest_ms = &connection->sends[connection->next_send++ % SENDS_MAX];

	if (*oldest_ms && now_ms - *oldest_ms < SENDS_MS)
		world_violation("more than %d payloads in a minute", SENDS_MAX);
	*oldest_ms = now_ms + !now_ms;
}

static void on_bytes(struct wire *wire, const char *bytes, size_t length)
{
	struct connection *connection = wire_peer(wire);

	if (!connection)
		return;
	world_trace("discord %u -> %s", wire_number(wire), bytes);
	if (length > PAYLOAD_BYTES)
		world_violation("a payload of %zu bytes", length);
	count_send(connection);
	if (strstr(bytes, "\"op\":1,")) {
		connection->heard_ms = world_now_ms();
		if (!world_fault(FAULT_PROTOCOL, 20))
			send_text(connection, "{\"t\":null,\"s\":null,\"op\":11}", WIRE_NOTHING);
	} else if (strstr(bytes, "\"op\":2,")) {
		on_identify(connection);
	} else if (strstr(bytes, "\"op\":6,")) {
		on_resume(connection, bytes);
	} else {
		world_violation("a payload that no bot sends: %s", bytes);
	}
}

static void on_end(struct wire *wire)
{
	struct connection *connection = wire_peer(wire);

	if (!connection)
		return;
	detach(connection);
	connection->wire = NULL;
}

/* Faults that Discord causes by itself. */
static void on_mood(void *argument)
{
	static const unsigned short codes[] = {1001, 4000, 4001, 4002, 4007, 4008, 4009};

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &gateway->connections[i];

		if (!connection->wire)
			continue;
		if (world_now_ms() - connection->heard_ms > 3 * HEARTBEAT_MS)
			hang_up(connection, 4009);
		else if (world_fault(FAULT_PROTOCOL, 60))
			send_text(connection, "{\"t\":null,\"s\":null,\"op\":7,\"d\":null}", WIRE_NOTHING);
		else if (connection->session && world_fault(FAULT_PROTOCOL, 30))
			send_text(connection, "{\"t\":null,\"s\":null,\"op\":9,\"d\":true}", WIRE_NOTHING);
		else if (world_fault(FAULT_PROTOCOL, 60))
			hang_up(connection, codes[world_dice(sizeof(codes) / sizeof(codes[0]))]);
		else if (world_fault(FAULT_PROTOCOL, 30))
			send_text(connection, "{\"t\":null,\"s\":null,\"op\":1,\"d\":null}", WIRE_NOTHING);
	}
	world_after(world_between(5000, 20000), on_mood, argument);
}

void discord_reset(void)
{
	static const struct wire_service services[] = {
			{GATEWAY_HOST, true, on_open, on_bytes, on_end},
			{RESUME_HOST, true, on_open, on_bytes, on_end},
	};

	gateway = world_alloc(sizeof(*gateway));
	discord_rest_reset();
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		wire_serve(&services[i]);
	world_after(10000, on_mood, NULL);
}

void discord_append_config(struct str *json)
{
	str_append(json, "{\"name\":\"discord\",\"type\":\"discord\",\"token\":{\"env\":\"SIM_TOKEN\"},"
			 "\"api\":\"https://" DISCORD_HOST "/api/v10\",\"compress\":\"none\"}");
}

unsigned discord_identifies(void)
{
	return gateway->identifies;
}
