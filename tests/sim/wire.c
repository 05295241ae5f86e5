/* Connections between the bot and simulated servers. */

#include "tests/sim/wire.h"

#include <errno.h>
#include <string.h>

#include "tests/sim/audit.h"
#include "tests/sim/world.h"

#define SERVICES_MAX        8
#define LATENCY_MS          60     /* the longest delay of a good connection */
#define LAG_MS              1200   /* the longest delay of a bad one */
#define NOTICE_MS           180000 /* silence after which a server closes a connection */
#define DEATHS_IN_THOUSAND  80     /* in a thousand questions: the process dies soon after */
#define DEATH_POINTS        60
#define ATTEMPTS_MAX        25    /* connections that a server accepts per ATTEMPTS_MS */
#define OUTAGE_MS           90000 /* of a whole host */
#define OUTAGES_IN_THOUSAND 20    /* in a thousand connections: the host goes down */
#define ATTEMPTS_MS         60000
#define CUTS_IN_THOUSAND    4 /* in a thousand transmissions */

struct wire {
	const struct wire_service *service;
	struct attempts *attempts; /* connections to that host */
	unsigned number, life;
	bool is_framed;
	bool bot_has_it, server_has_it; /* of both ends */
	bool is_closing;                /* the bot has stopped reading */
	bool is_opened;                 /* the handshake is complete */
	bool is_silent;                 /* no data arrives any more */
	const struct wire_owner *calls;
	void *owner; /* in the bot's memory: valid in its own process only */
	void *peer;
	char path[100];
	uint64_t to_bot_ms, to_server_ms; /* arrival of the last transmission: the next one arrives later */
	uint64_t sent_ms;                 /* of the bytes that the server is reading */
	struct wire *next;
};

/* A transmission: bytes, or the end of the connection. */
struct transmission {
	struct wire *wire;
	size_t length;
	char *bytes;
	bool is_text;
	bool is_cut; /* the connection breaks after these bytes */
	struct wire_note note;
	uint64_t sent_ms;
	int error;
	unsigned short code;
};

/* Connections to one host in the last minute; more than the limit is a reconnect storm. */
struct attempts {
	uint64_t at_ms[ATTEMPTS_MAX];
	size_t next;
	uint64_t down_until_ms; /* the host refuses connections */
};

struct wires {
	struct wire *first;
	unsigned count;
	struct attempts attempts[SERVICES_MAX];
};

static struct wires *wires;

static const struct wire_service *services[SERVICES_MAX];

void wire_serve(const struct wire_service *service)
{
	for (size_t i = 0; i < SERVICES_MAX; i++) {
		if (!services[i] || services[i] == service) {
			services[i] = service;
			return;
		}
	}
}

void wire_reset(void)
{
	wires = world_alloc(sizeof(*wires));
}

static bool is_bots(const struct wire *wire)
{
	return wire->bot_has_it && world_has_bot() && wire->life == world_life();
}

/* The arrival time of a transmission sent now; it never overtakes an earlier one. */
static uint64_t arrival_delay(uint64_t *last_ms)
{
	uint64_t now_ms = world_now_ms();
	uint64_t due_ms = now_ms + 1 + world_dice(world_fault(FAULT_CUT, 20) ? LAG_MS : LATENCY_MS);

	if (due_ms < *last_ms)
		due_ms = *last_ms;
	*last_ms = due_ms;
	return due_ms - now_ms;
}

static void free_transmission(struct transmission *transmission)
{
	if (transmission->bytes)
		world_release(transmission->bytes, transmission->length + 1);
	world_release(transmission, sizeof(*transmission));
}

static void end_bots(struct wire *wire, int error, unsigned short code, const char *reason)
{
	bool is_told = is_bots(wire);

	wire->bot_has_it = false;
	if (!is_told)
		return;
	world_trace("wire %u: ends for the bot: %s", wire->number, reason);
	audit_connection_ended(wire->service->host);
	wire->calls->on_end(wire->owner, error, code, reason);
}

static void end_servers(struct wire *wire)
{
	if (!wire->server_has_it)
		return;
	wire->server_has_it = false;
	world_trace("wire %u: ends for the server", wire->number);
	wire->service->on_end(wire);
	wire->peer = NULL;
}

static void on_bot_learns(void *argument)
{
	struct transmission *transmission = argument;

	end_bots(transmission->wire, transmission->error, transmission->code,
			transmission->error ? "connection reset by peer" : "closed by the server");
	free_transmission(transmission);
}

static void on_server_learns(void *argument)
{
	end_servers(argument);
}

static void tell_bot(struct wire *wire, uint64_t delay_ms, int error, unsigned short code)
{
	struct transmission *transmission = world_alloc(sizeof(*transmission));

	*transmission = (struct transmission){.wire = wire, .error = error, .code = code};
	world_after(delay_ms, on_bot_learns, transmission);
}

void wire_cut(struct wire *wire)
{
	if (wire->is_silent)
		return;
	wire->is_silent = true;
	world_trace("wire %u: is cut", wire->number);
	tell_bot(wire, 1 + world_dice(400), -ECONNRESET, 0);
	/* The server often notices much later, because only silence tells it. */
	world_after(world_percent(70) ? 1 + world_dice(400) : 1 + world_dice(NOTICE_MS), on_server_learns,
			wire);
}

static void fall_silent(struct wire *wire)
{
	wire->is_silent = true;
	world_trace("wire %u: carries nothing any more", wire->number);
	world_after(1 + world_dice(NOTICE_MS), on_server_learns, wire);
}

void wire_end_life(bool is_abrupt)
{
	for (struct wire *wire = wires->first; wire; wire = wire->next) {
		if (wire->life != world_life() || !wire->bot_has_it)
			continue;
		wire->bot_has_it = false;
		/* The kernel still sends the bytes of a dead process, unless the process left received bytes
		 * unread. */
		wire->is_silent = wire->is_silent || is_abrupt || world_fault(FAULT_CUT, 400);
		audit_connection_ended(wire->service->host);
		if (wire->server_has_it)
			world_after(is_abrupt ? 1 + world_dice(NOTICE_MS)
					      : (wire->to_server_ms > world_now_ms()
										? wire->to_server_ms -
												  world_now_ms()
										: 0) +
									1,
					on_server_learns, wire);
	}
}

/* ---------------------------------------------------------------- opening */

static void on_opened(void *argument)
{
	struct wire *wire = argument;

	if (!is_bots(wire))
		return;
	if (world_fault(FAULT_REFUSAL, OUTAGES_IN_THOUSAND))
		wire->attempts->down_until_ms = world_now_ms() + world_dice(OUTAGE_MS);
	if (world_fault(FAULT_REFUSAL, 150) ||
			(wire->attempts->down_until_ms > world_now_ms() && !world_is_well())) {
		end_bots(wire, -ECONNREFUSED, 0, "connection refused");
		return;
	}
	wire->is_opened = true;
	wire->server_has_it = true;
	world_trace("wire %u: open to %s", wire->number, wire->service->host);
	wire->service->on_open(wire, wire->path);
	if (is_bots(wire))
		wire->calls->on_open(wire->owner);
}

static void count_attempt(struct attempts *attempts, const char *host)
{
	uint64_t *oldest_ms = &attempts->at_ms[attempts->next++ % ATTEMPTS_MAX], now_ms = world_now_ms();

	if (*oldest_ms && now_ms - *oldest_ms < ATTEMPTS_MS)
		world_violation("%d connections to %s within a minute", ATTEMPTS_MAX, host);
	*oldest_ms = now_ms + !now_ms;
}

int wire_connect(const char *host, bool is_framed, const char *path, const struct wire_owner *calls,
		void *owner, struct wire **ret)
{
	const struct wire_service *service = NULL;
	struct wire *wire;
	size_t place = 0;

	for (size_t i = 0; i < SERVICES_MAX && services[i]; i++) {
		if (strcmp(services[i]->host, host) == 0)
			service = services[place = i];
	}
	if (!service || service->is_framed != is_framed)
		return -ENOENT;
	count_attempt(&wires->attempts[place], host);
	wire = world_alloc(sizeof(*wire));
	*wire = (struct wire){
			.service = service,
			.attempts = &wires->attempts[place],
			.number = ++wires->count,
			.life = world_life(),
			.is_framed = is_framed,
			.bot_has_it = true,
			.calls = calls,
			.owner = owner,
			.next = wires->first,
	};
	strncpy(wire->path, path, sizeof(wire->path) - 1);
	wires->first = wire;
	world_after(world_fault(FAULT_REFUSAL, 30) ? 20000 : 1 + world_dice(300), on_opened, wire);
	*ret = wire;
	return 0;
}

/* ---------------------------------------------------------------- bytes */

static struct transmission *make(struct wire *wire, const char *bytes, size_t length)
{
	struct transmission *transmission = world_alloc(sizeof(*transmission));

	*transmission = (struct transmission){.wire = wire,
			.length = length,
			.bytes = world_copy(bytes, length),
			.note = *WIRE_NOTHING,
			.sent_ms = world_now_ms()};
	return transmission;
}

/* A random part of this transmission arrives. */
static void damage(struct transmission *transmission)
{
	struct wire *wire = transmission->wire;
	size_t arrives;

	if (!world_fault(FAULT_CUT, CUTS_IN_THOUSAND))
		return;
	arrives = world_dice(transmission->length + 1);
	/* An incomplete frame is dropped. */
	if (wire->is_framed && arrives < transmission->length)
		arrives = 0;
	if (arrives < transmission->length)
		transmission->note = *WIRE_NOTHING;
	transmission->is_cut = true;
	/* Memory is freed by size, so the copy has the length of the part that arrives. */
	if (arrives < transmission->length) {
		char *part = world_copy(transmission->bytes, arrives);

		world_release(transmission->bytes, transmission->length + 1);
		transmission->bytes = part;
		transmission->length = arrives;
	}
}

static void on_server_reads(void *argument)
{
	struct transmission *transmission = argument;
	struct wire *wire = transmission->wire;

	wire->sent_ms = transmission->sent_ms;
	if (wire->server_has_it && !wire->is_silent && transmission->length > 0)
		wire->service->on_bytes(wire, transmission->bytes, transmission->length);
	if (transmission->is_cut)
		wire_cut(wire);
	free_transmission(transmission);
}

int wire_send(struct wire *wire, const char *bytes, size_t length)
{
	struct transmission *transmission;

	if (!wire->is_opened || !wire->bot_has_it)
		return -ENOTCONN;
	world_crash_point("before it sends");
	if (world_fault(FAULT_SILENCE, 1))
		fall_silent(wire);
	if (audit_sent(bytes, length) && world_fault(FAULT_CRASH, DEATHS_IN_THOUSAND))
		world_arm_crash(1 + (unsigned)world_dice(DEATH_POINTS / 4));
	transmission = make(wire, bytes, length);
	damage(transmission);
	world_after(arrival_delay(&wire->to_server_ms), on_server_reads, transmission);
	world_crash_point("after it has sent");
	return 0;
}

static void on_bot_reads(void *argument)
{
	struct transmission *transmission = argument;
	struct wire *wire = transmission->wire;

	if (is_bots(wire) && !wire->is_silent && transmission->length > 0) {
		if (transmission->note.heard >= 0 && !wire->is_closing) {
			audit_heard(transmission->note.heard);
			if (world_fault(FAULT_CRASH, DEATHS_IN_THOUSAND)) /* the worst moment */
				world_arm_crash(1 + (unsigned)world_dice(DEATH_POINTS));
		}
		wire->calls->on_bytes(wire->owner, transmission->bytes, transmission->length,
				transmission->is_text);
		if (transmission->note.confirmed >= 0)
			audit_confirmed(transmission->note.confirmed);
		if (transmission->note.confirmed_until >= 0)
			audit_confirmed_until(wire->service->host, transmission->note.confirmed_until);
		world_crash_point("after it has read");
	}
	if (transmission->is_cut)
		wire_cut(wire);
	free_transmission(transmission);
}

void wire_answer(struct wire *wire, const char *bytes, size_t length, bool is_text,
		const struct wire_note *note)
{
	struct transmission *transmission;

	if (!wire->server_has_it)
		return;
	transmission = make(wire, bytes, length);
	transmission->note = *note;
	transmission->is_text = is_text;
	damage(transmission);
	world_after(arrival_delay(&wire->to_bot_ms), on_bot_reads, transmission);
}

/* ---------------------------------------------------------------- ends */

static void on_bot_closed(void *argument)
{
	struct wire *wire = argument;

	end_servers(wire);
}

void wire_close(struct wire *wire)
{
	uint64_t delay_ms;

	if (!wire->bot_has_it)
		return;
	wire->is_closing = true;
	delay_ms = arrival_delay(&wire->to_server_ms);
	world_after(delay_ms, on_bot_closed, wire);
	tell_bot(wire, wire->is_silent ? 2000 : 2 * delay_ms, 0, 0);
}

void wire_abandon(struct wire *wire)
{
	if (!wire->bot_has_it)
		return;
	wire->bot_has_it = false;
	audit_connection_ended(wire->service->host);
	world_after(arrival_delay(&wire->to_server_ms), on_bot_closed, wire);
}

void wire_hang_up(struct wire *wire, unsigned short code)
{
	if (!wire->server_has_it)
		return;
	if (!wire->is_silent)
		tell_bot(wire, arrival_delay(&wire->to_bot_ms), wire->is_framed ? -EPROTO : -ECONNRESET,
				code);
	end_servers(wire);
}

void wire_set_peer(struct wire *wire, void *peer)
{
	wire->peer = peer;
}

void *wire_peer(const struct wire *wire)
{
	return wire->peer;
}

unsigned wire_number(const struct wire *wire)
{
	return wire->number;
}

bool wire_is_open(const struct wire *wire)
{
	return wire->server_has_it;
}

uint64_t wire_sent_ms(const struct wire *wire)
{
	return wire->sent_ms;
}

bool wire_is_orphan(const struct wire *wire)
{
	return !is_bots(wire);
}
