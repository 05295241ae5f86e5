/* The bot's processes, one after another, each a fork of the simulation. */

#include "tests/sim/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "bot/daemon/run.h"
#include "bot/store/store.h"
#include "tests/sim/audit.h"
#include "tests/sim/disk.h"
#include "tests/sim/line.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

#define LOG_MAX_BYTES  20000 /* the shown end of standard error */
#define EXIT_LEAK      92
#define RESTART_MIN_MS 5000 /* RestartSec= of the unit */
#define RESTART_MAX_MS 30000

struct processes {
	bool is_over;        /* of one run */
	uint64_t crash_next; /* the next death is a power cut, not a kill */
};

static struct processes *processes;

static int log_fd = -1;

void process_reset(void)
{
	processes = world_alloc(sizeof(*processes));
}

const char *process_log(void)
{
	static char text[LOG_MAX_BYTES + 1];
	off_t length = log_fd < 0 ? 0 : lseek(log_fd, 0, SEEK_END);
	ssize_t got;

	got = length > 0 ? pread(log_fd, text, LOG_MAX_BYTES,
					   length > LOG_MAX_BYTES ? length - LOG_MAX_BYTES : 0)
			 : 0;
	text[got > 0 ? got : 0] = '\0';
	return text;
}

void process_stop_for_good(void)
{
	processes->is_over = true;
	if (world_has_bot())
		process_signal(SIGTERM);
}

/* Run the bot in this process. Does not return. */
static void be_the_bot(const char *config_path, const char *data) __attribute__((noreturn));

static void be_the_bot(const char *config_path, const char *data)
{
	int code;

	dup2(world_is_traced() ? STDOUT_FILENO : log_fd, STDERR_FILENO);
	disk_mount();
	code = run_bot(&(struct run_options){.config_path = config_path, .data = data});
	fflush(NULL);
#ifdef __SANITIZE_ADDRESS__
	if (code == EX_OK && __lsan_do_recoverable_leak_check())
		code = EXIT_LEAK;
#endif
	_exit(code);
}

static void judge(int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (code == WORLD_EXIT_CRASHED || code == WORLD_EXIT_BROKEN || code == EX_OK)
		return;
	if (code == EXIT_LEAK)
		world_violation("the process lost memory");
	else if (WIFSIGNALED(status))
		world_violation("the process died of signal %d", WTERMSIG(status));
	else
		world_violation("the process ended with code %d", code);
}

/* Run one process of the bot. True: it ended correctly. */
static bool live(const char *config_path, const char *data)
{
	bool is_power = world_has_fault(FAULT_POWER) && world_percent(30);
	bool is_orderly;
	int status = 0;
	pid_t child;

	ftruncate(log_fd, 0);
	lseek(log_fd, 0, SEEK_SET);
	world_begin_life();
	fflush(NULL);
	child = fork();
	if (child == 0)
		be_the_bot(config_path, data);
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("fork");
		exit(EX_OSERR);
	}
	world_set_bot(false);
	judge(status);
	is_orderly = WIFEXITED(status) && WEXITSTATUS(status) == EX_OK;
	is_power = is_power && !is_orderly;
	world_trace("world: process %u has ended%s%s", world_life(), is_orderly ? "" : ", not by itself",
			is_power ? ", as the power did" : "");
	if (is_power)
		disk_lose_power();
	audit_process_ended(is_power);
	wire_end_life(is_power);
	line_end_life();
	return is_orderly;
}

static void wait_for_restart(void)
{
	uint64_t until_ms = world_now_ms() +
			    world_between(RESTART_MIN_MS, world_percent(20) ? RESTART_MAX_MS : 8000);

	while (world_next_ms() <= until_ms)
		world_step();
	world_wait_until(until_ms);
	if (world_fault(FAULT_CLOCK,
			    300)) /* the machine may have been booted, and have no clock of its own */
		world_set_clock();
	disk_set(DISK_WELL); /* a process that never had a store guarantees nothing */
}

static void on_pending(void *user, const struct journal_entry *entry)
{
	(void)user;
	world_violation("the journal still has %s of %s open: %s", entry->id, entry->gateway, entry->text);
}

void process_look_into_store(const char *folder, const char *const *gateways)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct store *store = NULL;

		disk_mount();
		if (store_open(folder, &store) < 0)
			world_violation("the store cannot be opened");
		for (; store && *gateways; gateways++)
			store_journal_pending(store, *gateways, on_pending, NULL);
		store_close(store);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child) {
		perror("fork");
		exit(EX_OSERR);
	}
}

void process_run(const char *config_path, const char *data)
{
	if (log_fd < 0)
		log_fd = memfd_create("log", MFD_CLOEXEC);
	while (!world_violation_text()) {
		bool is_orderly = live(config_path, data);

		if (processes->is_over && is_orderly)
			return;
		if (!world_violation_text())
			wait_for_restart();
	}
}
