/* A bounded queue and the thread that writes it. */

#include "bot/base/output.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bot/base/thread.h"

/* Enough for sd_journal_sendv() and sd_notify(); the default is 8 MB. */
#define STACK_BYTES (256 * 1024)

struct item {
	struct item *next;
	output_write write;
	size_t bytes; /* with the parts, as counted against max_bytes */
	int count;
	struct iovec parts[OUTPUT_PARTS_MAX];
	char text[];
};

struct output {
	pthread_t thread;
	pthread_mutex_t lock; /* of all below; never held while an item is written */
	pthread_cond_t is_filled, is_drained;
	struct item *first, **end; /* first: it may be being written */
	size_t bytes, max_bytes;
	uint64_t lost;
	bool is_full; /* items are dropped until half of the queue is free */
	bool is_ending;
	bool is_abandoned; /* the thread frees all this when its write returns */
};

static void release(struct output *output)
{
	struct item *item = output->first, *next;

	for (; item; item = next) {
		next = item->next;
		free(item);
	}
	pthread_mutex_destroy(&output->lock);
	pthread_cond_destroy(&output->is_filled);
	pthread_cond_destroy(&output->is_drained);
	free(output);
}

/* Write the bytes; wait where another program has made the descriptor non-blocking. */
static int write_bytes(int fd, const char *bytes, size_t length)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EAGAIN)
			poll(&wait, 1, -1);
		else if (written < 0 && errno != EINTR)
			return -errno;
		else if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

static int write_parts(int fd, const struct iovec *parts, int count)
{
	int r = 0;

	for (int i = 0; i < count && !r; i++)
		r = write_bytes(fd, parts[i].iov_base, parts[i].iov_len);
	return r;
}

int output_to_stdout(const struct iovec *parts, int count)
{
	return write_parts(STDOUT_FILENO, parts, count);
}

int output_to_stderr(const struct iovec *parts, int count)
{
	return write_parts(STDERR_FILENO, parts, count);
}

static void write_first(struct output *output)
{
	struct item *item = output->first;
	int r;

	pthread_mutex_unlock(&output->lock);
	r = item->write(item->parts, item->count);
	pthread_mutex_lock(&output->lock);
	output->first = item->next;
	if (!item->next)
		output->end = &output->first;
	output->lost += r < 0;
	output->bytes -= item->bytes;
	if (output->bytes <= output->max_bytes / 2)
		output->is_full = false;
	free(item);
}

static void *run(void *user)
{
	struct output *output = user;
	bool is_abandoned;

	pthread_mutex_lock(&output->lock);
	for (;;) {
		if (output->first && !output->is_abandoned) {
			write_first(output);
			continue;
		}
		pthread_cond_signal(&output->is_drained);
		if (output->is_ending)
			break;
		pthread_cond_wait(&output->is_filled, &output->lock);
	}
	is_abandoned = output->is_abandoned;
	pthread_mutex_unlock(&output->lock);
	if (is_abandoned)
		release(output);
	return NULL;
}

int output_new(size_t max_bytes, struct output **ret)
{
	struct output *output = calloc(1, sizeof(*output));
	pthread_condattr_t monotonic;
	int r;

	if (!output)
		return -ENOMEM;
	output->max_bytes = max_bytes;
	output->end = &output->first;
	pthread_mutex_init(&output->lock, NULL);
	pthread_cond_init(&output->is_filled, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&output->is_drained, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = thread_start(run, output, STACK_BYTES, &output->thread);
	if (r < 0) {
		release(output);
		return r;
	}
	*ret = output;
	return 0;
}

static struct item *item_new(output_write write, const struct iovec *parts, int count)
{
	size_t length = 0;
	struct item *item;
	char *end;

	assert(count <= OUTPUT_PARTS_MAX);
	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	item = malloc(sizeof(*item) + length);
	if (!item)
		return NULL;
	item->next = NULL;
	item->write = write;
	item->bytes = sizeof(*item) + length;
	item->count = count;
	end = item->text;
	for (int i = 0; i < count; i++) {
		item->parts[i] = (struct iovec){end, parts[i].iov_len};
		if (parts[i].iov_len)
			memcpy(end, parts[i].iov_base, parts[i].iov_len);
		end += parts[i].iov_len;
	}
	return item;
}

int output_put(struct output *output, output_write write, const struct iovec *parts, int count)
{
	struct item *item = item_new(write, parts, count);

	pthread_mutex_lock(&output->lock);
	if (item && !output->is_full)
		output->is_full = output->bytes && output->bytes + item->bytes > output->max_bytes;
	if (!item || output->is_full) {
		output->lost++;
		pthread_mutex_unlock(&output->lock);
		free(item);
		return item ? -ENOBUFS : -ENOMEM;
	}
	output->bytes += item->bytes;
	*output->end = item;
	output->end = &item->next;
	pthread_cond_signal(&output->is_filled);
	pthread_mutex_unlock(&output->lock);
	return 0;
}

uint64_t output_lost(struct output *output)
{
	uint64_t lost = 0;

	pthread_mutex_lock(&output->lock);
	if (!output->is_full) {
		lost = output->lost;
		output->lost = 0;
	}
	pthread_mutex_unlock(&output->lock);
	return lost;
}

/* Whether everything is written. */
static bool wait_drained(struct output *output, unsigned wait_ms)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!error && output->first)
		error = pthread_cond_timedwait(&output->is_drained, &output->lock, &until);
	return !output->first;
}

int output_free(struct output *output, unsigned wait_ms)
{
	pthread_t thread;
	bool is_drained;

	if (!output)
		return 0;
	pthread_mutex_lock(&output->lock);
	thread = output->thread;
	is_drained = wait_drained(output, wait_ms);
	output->is_ending = true;
	output->is_abandoned = !is_drained;
	pthread_cond_signal(&output->is_filled);
	pthread_mutex_unlock(&output->lock);
	if (!is_drained) {
		pthread_detach(thread);
		return -ETIMEDOUT;
	}
	pthread_join(thread, NULL);
	release(output);
	return 0;
}
