#ifndef EPISODED_SIM_WIRE_H
#define EPISODED_SIM_WIRE_H

/*
 * Connections between the bot and simulated servers: bytes on their way, in
 * order, with faults. A wire belongs to one process of the bot; its server's
 * end outlives that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire;

/* What the auditor is to know when a transmission arrives at the bot; each -1: nothing. */
struct wire_note {
	int heard;               /* this question has arrived */
	int confirmed;           /* that the answer to this one was seen */
	int64_t confirmed_until; /* that every answer was, of which audit_moment() was not later */
};
#define WIRE_NOTHING  (&(struct wire_note){-1, -1, -1})
#define WIRE_HEARD(q) (&(struct wire_note){(q), -1, -1})
#define WIRE_SEEN(q)  (&(struct wire_note){-1, (q), -1})

/* A simulated server, found by its host name. */
struct wire_service {
	const char *host;
	bool is_framed; /* messages of a WebSocket, whole or not at all; else bytes */
	void (*on_open)(struct wire *wire, const char *path);
	void (*on_bytes)(struct wire *wire, const char *bytes, size_t length);
	/* The server has seen the end, however it came; the wire is gone after it. */
	void (*on_end)(struct wire *wire);
};

/* The bot's end. */
struct wire_owner {
	void (*on_open)(void *owner);
	void (*on_bytes)(void *owner, const char *bytes, size_t length, bool is_text);
	/* Once, the last one. code: what the server closed a WebSocket with, 0: nothing. */
	void (*on_end)(void *owner, int error, unsigned short code, const char *reason);
};

void wire_serve(const struct wire_service *service);
void wire_reset(void); /* after world_reset() */
/* The machine's processes are gone: the wires of this life end. is_abrupt: the servers hear nothing of it for
 * a while. */
void wire_end_life(bool is_abrupt);

/* ---------------------------------------------------------------- the bot's side */
/* -ENOENT: there is no such host. */
int wire_connect(const char *host, bool is_framed, const char *path, const struct wire_owner *calls,
		void *owner, struct wire **ret);
int wire_send(struct wire *wire, const char *bytes, size_t length); /* -ENOTCONN */
void wire_close(struct wire *wire);                                 /* on_end follows */
void wire_abandon(struct wire *wire);                               /* nothing follows */

/* ---------------------------------------------------------------- the server's side */
void wire_set_peer(struct wire *wire, void *peer);
void *wire_peer(const struct wire *wire);
unsigned wire_number(const struct wire *wire);
bool wire_is_open(const struct wire *wire); /* as far as the server knows */
/* In on_bytes(): when the bot sent that, and whether it has lost the connection since. */
uint64_t wire_sent_ms(const struct wire *wire);
bool wire_is_orphan(const struct wire *wire);
void wire_answer(struct wire *wire, const char *bytes, size_t length, bool is_text,
		const struct wire_note *note);
/* After what is under way. code: of a WebSocket; 0: none. */
void wire_hang_up(struct wire *wire, unsigned short code);
/* Now, both ways; what is under way is lost. */
void wire_cut(struct wire *wire);

#endif
