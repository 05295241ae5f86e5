/* Folders watched by inotify: every way in which a file changes is one event, and nothing else is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bot/net/folder_watch.h"
#include "bot/net/loop.h"

#define DEADLINE_MS 10000 /* a test that hangs fails with a message */
#define SILENCE_MS  250   /* longer than the debounce: what has not come by then does not come */

struct world {
	char path[64]; /* of the test; the folder is "shows" in it */
	struct loop *loop;
	struct timer *deadline, *silence;
	struct folder_watch *watch;
	unsigned changes;
	int trouble;
};

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("no change for %d ms", DEADLINE_MS);
}

static void on_silence(void *user)
{
	struct world *world = user;

	loop_stop(world->loop);
}

static void on_change(void *user)
{
	struct world *world = user;

	world->changes++;
	loop_stop(world->loop);
}

static void on_trouble(void *user, const char *folder, int error)
{
	struct world *world = user;

	assert_non_null(strstr(folder, "/shows"));
	world->trouble = error;
}

static void run(const struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Run a command of the shell in the test's folder. */
static void run(const struct world *world, const char *format, ...)
{
	char command[1024];
	int length = snprintf(command, sizeof(command), "cd '%s' && ", world->path);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command + length, sizeof(command) - (size_t)length, format, arguments);
	va_end(arguments);
	assert_int_equal(system(command), 0);
}

/* Has nothing happened yet, and nothing happens now? */
static void expect_silence(struct world *world)
{
	timer_set(world->silence, SILENCE_MS);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->changes, 0);
	timer_cancel(world->silence);
}

/* Exactly one event. */
static void expect_change(struct world *world)
{
	timer_set(world->deadline, DEADLINE_MS);
	assert_int_equal(loop_run(world->loop), 0);
	timer_cancel(world->deadline);
	assert_int_equal(world->changes, 1);
	world->changes = 0;
}

static void watch(struct world *world)
{
	const struct folder_watch_events events = {
			.suffix = ".json", .user = world, .on_change = on_change, .on_trouble = on_trouble};
	char folder[128];
	const char *folders[] = {folder};

	snprintf(folder, sizeof(folder), "%s/shows", world->path);
	assert_int_equal(folder_watch_new(world->loop, folders, 1, &events, &world->watch), 0);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	snprintf(world->path, sizeof(world->path), "/tmp/folder-watch-XXXXXX");
	assert_non_null(mkdtemp(world->path));
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	world->silence = timer_new(world->loop, on_silence, world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	folder_watch_free(world->watch);
	timer_free(world->deadline);
	timer_free(world->silence);
	loop_free(world->loop);
	run(world, "rm -rf '%s'", world->path);
	free(world);
	return 0;
}

static void begin(struct world *world)
{
	run(world, "mkdir shows && echo a >shows/a.json");
	watch(world);
}

static void a_file_that_is_written_is_a_change(void **state)
{
	struct world *world = *state;

	begin(world);
	run(world, "echo b >shows/b.json");
	expect_change(world);
	run(world, "echo more >>shows/a.json");
	expect_change(world);
	run(world, "rm shows/b.json");
	expect_change(world);
	run(world, "chmod 600 shows/a.json");
	expect_change(world);
	run(world, "ln shows/a.json shows/c.json"); /* a hard link is written by no process */
	expect_change(world);
	expect_silence(world);
}

/* vim writes a swap file, a test file 4913, a backup, and renames; others write beside the file and rename. */
static void an_editor_makes_one_change(void **state)
{
	struct world *world = *state;

	begin(world);
	run(world, "echo x >shows/.a.json.swp; echo x >shows/4913; rm shows/4913; echo x >shows/notes.txt");
	expect_silence(world);
	run(world, "mv shows/a.json shows/a.json~ && echo new >shows/a.json && rm shows/a.json~ "
		   "shows/.a.json.swp");
	expect_change(world);
	run(world, "echo newer >shows/.a.json.tmp && mv shows/.a.json.tmp shows/a.json");
	expect_change(world);
	expect_silence(world);
}

static void a_half_written_file_is_no_change(void **state)
{
	struct world *world = *state;
	char path[128];
	int fd;

	begin(world);
	snprintf(path, sizeof(path), "%s/shows/late.json", world->path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	expect_silence(world);
	assert_int_equal(write(fd, "{", 1), 1);
	expect_silence(world);
	assert_int_equal(write(fd, "}\n", 2), 2);
	close(fd);
	expect_change(world);
}

static void a_burst_is_one_change(void **state)
{
	struct world *world = *state;

	begin(world);
	run(world, "for i in 1 2 3 4 5 6 7 8 9; do for k in 1 2 3 4 5; do echo $i >shows/$i$k.json; done; "
		   "done");
	expect_change(world);
	expect_silence(world);
}

/* Without a limit, a file that is written all the time would never be read. */
static void a_steady_writer_does_not_delay_the_change(void **state)
{
	struct world *world = *state;
	uint64_t begin_ms;
	pid_t writer;
	int status;

	begin(world);
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		char command[256];

		snprintf(command, sizeof(command),
				"for i in $(seq 200); do echo $i >%s/shows/a.json; sleep 0.02; done",
				world->path);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	begin_ms = loop_now_ms(world->loop);
	expect_change(world);
	assert_true(loop_now_ms(world->loop) - begin_ms < 2500); /* the writer goes on for at least 4 s */
	kill(writer, SIGKILL);
	assert_int_equal(waitpid(writer, &status, 0), writer);
}

static void a_folder_may_be_made_later(void **state)
{
	struct world *world = *state;

	watch(world);
	run(world, "mkdir other && echo a >other.json");
	expect_silence(world);
	run(world, "mkdir shows && echo a >shows/a.json");
	expect_change(world);
	run(world, "echo b >shows/b.json");
	expect_change(world);
}

static void parents_may_be_made_later(void **state)
{
	struct world *world = *state;
	const struct folder_watch_events events = {
			.suffix = ".json", .user = world, .on_change = on_change, .on_trouble = on_trouble};
	char folder[128];
	const char *folders[] = {folder};

	snprintf(folder, sizeof(folder), "%s/a/b/shows", world->path);
	assert_int_equal(folder_watch_new(world->loop, folders, 1, &events, &world->watch), 0);
	run(world, "mkdir a");
	expect_change(world);
	run(world, "mkdir a/b");
	expect_change(world);
	run(world, "mkdir a/b/shows && echo a >a/b/shows/a.json");
	expect_change(world);
	run(world, "mv a old && mkdir -p a/b/shows && echo b >a/b/shows/b.json");
	expect_change(world);
	run(world, "echo c >a/b/shows/c.json");
	expect_change(world);
	run(world, "echo c >old/b/shows/c.json"); /* the folder of before */
	expect_silence(world);
}

static void a_folder_may_be_made_again(void **state)
{
	struct world *world = *state;

	begin(world);
	run(world, "rm -r shows");
	expect_change(world);
	run(world, "mkdir shows && echo a >shows/a.json");
	expect_change(world);
	run(world, "mv shows old && mkdir shows && echo b >shows/b.json");
	expect_change(world);
	run(world, "echo c >shows/c.json");
	expect_change(world);
	run(world, "echo c >old/a.json");
	expect_silence(world);
}

static void a_folder_may_be_a_link(void **state)
{
	struct world *world = *state;

	run(world, "mkdir one two && echo a >one/a.json && ln -s one shows");
	watch(world);
	run(world, "echo b >one/b.json");
	expect_change(world);
	run(world, "ln -s two new && mv -T new shows");
	expect_change(world);
	run(world, "echo b >two/b.json");
	expect_change(world);
	run(world, "echo c >one/c.json"); /* not behind the link any more */
	expect_silence(world);
}

/* A link to a file in a checkout somewhere else. */
static void a_file_may_be_a_link(void **state)
{
	struct world *world = *state;

	run(world, "mkdir shows away && echo a >away/a.json && ln -s ../away/a.json shows/a.json");
	watch(world);
	run(world, "echo b >away/other.json");
	expect_silence(world);
	run(world, "echo b >away/a.json");
	expect_change(world);
	run(world, "echo c >away/new && mv away/new away/a.json");
	expect_change(world);
	run(world, "echo d >away/d && ln -s \"$PWD/away/d\" shows/d.json");
	expect_change(world);
	run(world, "echo e >away/d");
	expect_change(world);
}

/* All files of a folder at once: shows/a.json -> ..data/a.json, and ..data is another link then. */
static void files_may_be_replaced_by_one_link(void **state)
{
	struct world *world = *state;

	run(world, "mkdir shows shows/..1 shows/..2 && echo 1 >shows/..1/a.json && echo 2 >shows/..2/a.json "
		   "&& "
		   "ln -s ..1 shows/..data && ln -s ..data/a.json shows/a.json");
	watch(world);
	run(world, "ln -s ..2 shows/..new && mv -T shows/..new shows/..data");
	expect_change(world);
	expect_silence(world);
}

static void links_in_a_circle_end(void **state)
{
	struct world *world = *state;

	run(world, "ln -s shows shows2 && ln -s shows2 shows");
	watch(world);
	run(world, "rm shows && mkdir shows && ln -s a.json shows/a.json");
	expect_change(world);
	run(world, "rm shows/a.json && echo a >shows/a.json");
	expect_change(world);
}

/* Runs in a process of its own with its own mounts, where that is allowed. */
static void mount_over(struct world *world)
{
	char folder[128], other[128];

	snprintf(folder, sizeof(folder), "%s/shows", world->path);
	snprintf(other, sizeof(other), "%s/other", world->path);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(77);
	begin(world);
	run(world, "mkdir other");
	if (mount(other, folder, NULL, MS_BIND, NULL) < 0)
		_exit(77);
	folder_watch_follow(world->watch);
	run(world, "echo b >other/b.json");
	expect_change(world);
	assert_int_equal(umount(folder), 0);
	folder_watch_follow(world->watch);
	run(world, "echo b >other/b.json");
	expect_silence(world);
	run(world, "echo b >shows/b.json");
	expect_change(world);
	_exit(0);
}

static void a_mount_is_followed_at_a_reload(void **state)
{
	struct world *world = *state;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		loop_free(world->loop); /* its epoll descriptor is shared with the parent */
		assert_int_equal(loop_new(&world->loop), 0);
		world->deadline = timer_new(world->loop, on_deadline, world);
		world->silence = timer_new(world->loop, on_silence, world);
		mount_over(world);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(); /* no namespaces here */
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void no_descriptor_is_an_error(void **state)
{
	struct world *world = *state;
	const struct folder_watch_events events = {.suffix = ".json", .user = world, .on_change = on_change};
	const char *folders[] = {"/tmp"};
	struct rlimit limit, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(folder_watch_new(world->loop, folders, 1, &events, &world->watch), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_null(world->watch);
	folder_watch_free(NULL);
}

static void a_watch_may_end_while_a_change_is_due(void **state)
{
	struct world *world = *state;

	begin(world);
	run(world, "echo b >shows/b.json");
	folder_watch_free(world->watch);
	world->watch = NULL;
	expect_silence(world);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(a_file_that_is_written_is_a_change),
			TEST(an_editor_makes_one_change),
			TEST(a_half_written_file_is_no_change),
			TEST(a_burst_is_one_change),
			TEST(a_steady_writer_does_not_delay_the_change),
			TEST(a_folder_may_be_made_later),
			TEST(parents_may_be_made_later),
			TEST(a_folder_may_be_made_again),
			TEST(a_folder_may_be_a_link),
			TEST(a_file_may_be_a_link),
			TEST(files_may_be_replaced_by_one_link),
			TEST(links_in_a_circle_end),
			TEST(a_mount_is_followed_at_a_reload),
			TEST(no_descriptor_is_an_error),
			TEST(a_watch_may_end_while_a_change_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
