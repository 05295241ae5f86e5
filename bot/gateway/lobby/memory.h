#ifndef EPISODED_LOBBY_MEMORY_H
#define EPISODED_LOBBY_MEMORY_H

/*
 * What a lobby keeps in the store across a restart: the histories of the configured channels and of people. A question and
 * its answer are written in the transaction of their turn of the loop; other messages, and what the histories have dropped,
 * wait for the next question, or MEMORY_DELAY_MS, so that chatter costs no transaction each. While the store holds changes
 * in memory only, the histories are not written, because the questions need that memory more; they are written when the
 * store works again.
 */

#include <stdbool.h>

#include "bot/gateway/gateway.h"
#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/history.h"

#define MEMORY_DELAY_MS    1000
#define MEMORY_WAITING_MAX 512 /* messages and keys that wait to be written; then they are */

/* A message that waits to be written, or the key of one that waits to be deleted. */
struct memory_change {
	struct memory_change *next;
	char *value; /* follows the key; NULL: delete it */
	char key[];
};

struct memory_queue {
	struct memory_change *first, **end;
};

struct lobby_memory {
	const struct gateway_host *host;
	const char *gateway;
	struct history_keeper keeper;
	struct timer *timer; /* for what waits */
	struct memory_queue added, dropped;
	size_t waiting;
	bool is_read;   /* the histories of earlier processes were read */
	bool is_behind; /* some messages are not written yet */
};

/* The memory keeps its address; host and gateway are borrowed. Pass memory->keeper to chat_keep(). -ENOMEM. */
int lobby_memory_init(struct lobby_memory *memory, const struct gateway_host *host, const char *gateway);
/* Write everything, and free it. */
void lobby_memory_release(struct lobby_memory *memory);

/* Write the messages that wait: in the transaction of this turn, if there is one. */
void lobby_memory_save(struct lobby_memory *memory);

/* Read and write what could not be read and written before. Costs nothing if there is nothing. */
void lobby_memory_catch_up(struct lobby_memory *memory, struct chat *chat, uint64_t wall_ms);

#endif
