#ifndef EPISODED_SIM_WIRE_H
#define EPISODED_SIM_WIRE_H

/*
 * Connections between the bot and simulated servers, with delays and faults; bytes arrive in
 * order. A wire belongs to one process of the bot; the server's end outlives the process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire;

/* Notes for the auditor when a transmission arrives at the bot; -1: no note. */
struct wire_note {
	int heard;               /* this question has arrived */
	int confirmed;           /* the answer to this question is confirmed */
	int64_t confirmed_until; /* all answers up to this audit_moment() are confirmed */
};
#define WIRE_NOTHING  (&(struct wire_note){-1, -1, -1})
#define WIRE_HEARD(q) (&(struct wire_note){(q), -1, -1})
#define WIRE_SEEN(q)  (&(struct wire_note){-1, (q), -1})

/* A simulated server, identified by its host name. */
struct wire_service {
	const char *host;
	bool is_framed; /* WebSocket messages, which arrive completely or not at all; else bytes */
	void (*on_open)(struct wire *wire, const char *path);
	void (*on_bytes)(struct wire *wire, const char *bytes, size_t length);
	/* The server notices the end of the connection; the wire is freed after it. */
	void (*on_end)(struct wire *wire);
};

/* The bot's end. */
struct wire_owner {
	void (*on_open)(void *owner);
	void (*on_bytes)(void *owner, const char *bytes, size_t length, bool is_text);
	/* Called once, as the last event. code: the WebSocket's close code, or 0. */
	void (*on_end)(void *owner, int error, unsigned short code, const char *reason);
};

void wire_serve(const struct wire_service *service);
void wire_reset(void); /* call after world_reset() */
/* The process is gone: its wires end. is_abrupt: the servers notice later. */
void wire_end_life(bool is_abrupt);

/* ---------------------------------------------------------------- the bot's side */
/* -ENOENT: unknown host. */
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
/* Inside on_bytes(): when the bot sent the bytes, and whether it has lost the connection since. */
uint64_t wire_sent_ms(const struct wire *wire);
bool wire_is_orphan(const struct wire *wire);
void wire_answer(struct wire *wire, const char *bytes, size_t length, bool is_text,
		const struct wire_note *note);
/* Close after the pending transmissions. code: the WebSocket's close code, or 0. */
void wire_hang_up(struct wire *wire, unsigned short code);
/* Break the connection now, in both directions; pending transmissions are lost. */
void wire_cut(struct wire *wire);

#endif
