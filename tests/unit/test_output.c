/* Writes by a thread: order, a full queue, an end while a write still waits. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/output.h"

#define DEADLINE_MS 10000
#define ITEM_BYTES  1000

static int write_fd; /* where the items of a test are written */

static int to_fd(const struct iovec *parts, int count)
{
	for (int i = 0; i < count; i++)
		if (write(write_fd, parts[i].iov_base, parts[i].iov_len) != (ssize_t)parts[i].iov_len)
			return -errno;
	return 0;
}

static int refuse(const struct iovec *parts, int count)
{
	(void)parts;
	(void)count;
	return -ENOSPC;
}

static int put(struct output *output, output_write write_item, const char *text)
{
	struct iovec part = {(char *)(uintptr_t)text, strlen(text)};

	return output_put(output, write_item, &part, 1);
}

/* Read length bytes; the thread writes them. */
static void read_all(int fd, char *ret, size_t length)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	while (length > 0) {
		ssize_t size;

		assert_int_equal(poll(&wait, 1, DEADLINE_MS), 1);
		size = read(fd, ret, length);
		assert_true(size > 0);
		ret += size;
		length -= (size_t)size;
	}
}

static void items_are_written_in_order_and_copied(void **state)
{
	struct output *output;
	char text[16], received[4000] = "", expected[4000] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	write_fd = ends[1];
	assert_int_equal(output_new(100000, &output), 0);
	for (int i = 0; i < 300; i++) {
		struct iovec parts[] = {{text, 0}, {(char *)(uintptr_t) ".", 1}, {text, 0}};

		snprintf(text, sizeof(text), "%d", i);
		parts[0].iov_len = strlen(text);
		assert_int_equal(output_put(output, to_fd, parts, 3), 0);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%d.", i);
		memset(text, '?', sizeof(text));
	}
	read_all(ends[0], received, strlen(expected));
	assert_string_equal(received, expected);
	assert_int_equal(output_lost(output), 0);
	assert_int_equal(output_free(output, DEADLINE_MS), 0);
	close(ends[0]);
	close(ends[1]);
}

static void the_rest_is_written_at_the_end(void **state)
{
	struct output *output;
	char received[3];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	write_fd = ends[1];
	assert_int_equal(output_new(1000, &output), 0);
	put(output, to_fd, "a");
	put(output, to_fd, "bc");
	assert_int_equal(output_free(output, DEADLINE_MS), 0);
	assert_int_equal(read(ends[0], received, 3), 3);
	assert_memory_equal(received, "abc", 3);
	assert_int_equal(output_free(NULL, 0), 0);
	close(ends[0]);
	close(ends[1]);
}

static void a_full_queue_drops_until_half_of_it_is_free(void **state)
{
	static char text[ITEM_BYTES + 1], sink[1 << 20];
	struct output *output;
	int ends[2], accepted = 0;
	size_t room;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 4096);
	write_fd = ends[1];
	assert_int_equal(output_new(20 * ITEM_BYTES, &output), 0);
	memset(text, 'x', ITEM_BYTES);
	while (put(output, to_fd, text) == 0)
		assert_true(++accepted < 100);
	assert_true(accepted >= 10);
	assert_int_equal(put(output, to_fd, "a"), -ENOBUFS); /* although this one is small */
	assert_int_equal(output_lost(output), 0);            /* not yet: nothing is accepted */
	room = (size_t)accepted * ITEM_BYTES;
	read_all(ends[0], sink, room);
	assert_int_equal(output_free(output, DEADLINE_MS), 0);

	/* The same again, and its count. */
	assert_int_equal(output_new(2 * ITEM_BYTES, &output), 0);
	for (accepted = 0; put(output, to_fd, text) == 0;)
		accepted++;
	put(output, to_fd, text);
	read_all(ends[0], sink, (size_t)accepted * ITEM_BYTES);
	while (put(output, to_fd, "b") < 0) /* the thread releases the last item */
		sched_yield();
	assert_true(output_lost(output) >= 2);
	assert_int_equal(output_lost(output), 0);
	assert_int_equal(output_free(output, DEADLINE_MS), 0);
	close(ends[0]);
	close(ends[1]);
}

static void an_item_larger_than_the_queue_is_taken_alone(void **state)
{
	static char text[5 * ITEM_BYTES + 1], received[sizeof(text)];
	struct output *output;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	write_fd = ends[1];
	memset(text, 'y', sizeof(text) - 1);
	assert_int_equal(output_new(ITEM_BYTES, &output), 0);
	assert_int_equal(put(output, to_fd, text), 0);
	read_all(ends[0], received, sizeof(text) - 1);
	assert_int_equal(output_free(output, DEADLINE_MS), 0);
	close(ends[0]);
	close(ends[1]);
}

static void refused_items_are_counted(void **state)
{
	struct output *output;
	uint64_t lost = 0;

	(void)state;
	assert_int_equal(output_new(1000, &output), 0);
	assert_int_equal(put(output, refuse, "a"), 0);
	assert_int_equal(put(output, refuse, "b"), 0);
	while (lost < 2) {
		lost += output_lost(output);
		sched_yield();
	}
	assert_int_equal(output_free(output, DEADLINE_MS), 0);
}

/* A terminal on which Ctrl-S was pressed: nothing reads the other end. */
static void the_end_does_not_wait_for_a_stopped_terminal(void **state)
{
	static char text[64 * ITEM_BYTES + 1];
	struct output *output;
	int terminal, program;

	(void)state;
	assert_int_equal(openpty(&terminal, &program, NULL, NULL, NULL), 0);
	memset(text, 'z', sizeof(text) - 1);
	assert_int_equal(output_new(2 * sizeof(text), &output), 0);
	write_fd = program;
	assert_int_equal(put(output, to_fd, text), 0);
	assert_int_equal(output_free(output, 50), -ETIMEDOUT);
	/* Without its terminal, the thread ends. */
	close(program);
	close(terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(items_are_written_in_order_and_copied),
			cmocka_unit_test(the_rest_is_written_at_the_end),
			cmocka_unit_test(a_full_queue_drops_until_half_of_it_is_free),
			cmocka_unit_test(an_item_larger_than_the_queue_is_taken_alone),
			cmocka_unit_test(refused_items_are_counted),
			cmocka_unit_test(the_end_does_not_wait_for_a_stopped_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
