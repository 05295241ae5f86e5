#ifndef EPISODED_GATE_H
#define EPISODED_GATE_H

/*
 * When the shards of this process may IDENTIFY. Discord allows one IDENTIFY in 5 s for each of max_concurrency buckets
 * (shard % max_concurrency), over all hosts, so moments are reserved in the database. A shard that misses its moment
 * reserves another one. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#define GATE_SPACING_MS    5500  /* between two moments of a bucket */
#define GATE_WINDOW_MS     300   /* after its moment a shard may IDENTIFY for so long */
#define GATE_EARLY_MS      1500  /* a shard connects so long before its moment */
#define GATE_ROUND_TRIP_MS 200   /* a reservation that took longer is not used */
#define GATE_LOOK_MS       250   /* a shard without a moment asks again after this time */
#define GATE_RETRY_MS      1000  /* from a refused reservation to the next one */
#define GATE_RETRY_MAX_MS  60000 /* after reservations that were granted and not used: each has cost a start */
#define GATE_SHARDS_MAX    1024  /* waiting at once */
#define GATE_BUCKETS_MAX   256   /* a higher max_concurrency is used only up to this */

struct gate; /* of one Discord gateway; opaque: cluster/gate.c */

struct gate_request {
	unsigned total, shard, bucket, concurrency;
};

int gate_new(struct gate **ret);   /* -ENOMEM */
void gate_free(struct gate *gate); /* NULL-safe */
void gate_set_concurrency(struct gate *gate, unsigned concurrency);

/* May the shard connect to IDENTIFY? 0: now; otherwise ask again after so many ms. */
uint64_t gate_ask(struct gate *gate, unsigned total, unsigned shard, uint64_t boot_ms);
/* The shard is connected. May it IDENTIFY? 0: now; otherwise ask again after so many ms. */
uint64_t gate_wait(struct gate *gate, unsigned total, unsigned shard, uint64_t boot_ms);
/* It identified, resumed, or has gone. */
void gate_done(struct gate *gate, unsigned total, unsigned shard);

/* The shard waits for a moment: its lease says so to the other processes, and the lowest shard of a bucket is first. */
bool gate_needs(const struct gate *gate, unsigned total, unsigned shard);
/* The next reservation to send; one of each bucket is under way at a time. False: nothing is to be reserved now. */
bool gate_wants(struct gate *gate, uint64_t boot_ms, struct gate_request *ret);
/* The answer. wait_s: from the time at which the database answered to the moment. Below 0: refused, as another shard is
 * first, the next moment is far, or the day's starts are used up; or there was no answer. */
void gate_granted(struct gate *gate, unsigned total, unsigned shard, uint64_t sent_ms, uint64_t answered_ms,
		double wait_s);

#endif
