/*
 * The whole bot, from its configuration to its end, in virtual time: every command and every
 * gateway (the lobby is replaced by fake_lobby.h). The input's first line is a configuration;
 * each further line is an event:
 *
 *	{...}  another configuration, and SIGHUP; H: SIGHUP alone
 *	o  the oldest connecting connection opens; O: select the newest open connection
 *	x  the selected connection ends; bLINE: it receives this line
 *	h  the oldest request is answered, e: it fails
 *	+  advance to the next timer, ++ by a second, +++ by an hour
 *	J  the start of a session on IRC
 *
 * Each status for systemd is one line, and the bot ends within five seconds.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "bot/daemon/run.h"
#include "tests/fuzz/fake_lobby.h"

#define EVENTS_MAX  100
#define SECOND_MS   1000u
#define HOUR_MS     (3600u * 1000)
#define GOODBYE_MS  5000
#define APPLICATION "{\"id\":\"22\",\"name\":\"bot\",\"flags\":786432}"
#define GATEWAY     "{\"url\":\"wss://gateway.discord.gg\",\"shards\":1}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzzed_input input;
static int config_fd = -1;
static bool is_newest; /* the selected connection */
static bool is_terminated;

/* ---------------------------------------------------------------- systemd, and what takes its time */

static void check_notification(const char *text)
{
	assert(*text && utf8_valid(text, strlen(text)));
	/* A status must not contain a second assignment. */
	if (str_starts(text, "STATUS="))
		fuzzed_check_line(text);
}

int sd_notify(int unset_environment, const char *state)
{
	(void)unset_environment;
	check_notification(state);
	return 1;
}

int sd_notifyf(int unset_environment, const char *format, ...)
{
	struct str text = STR(FUZZED_TEXT_MAX_BYTES);
	va_list arguments;

	(void)unset_environment;
	va_start(arguments, format);
	str_vprintf(&text, format, arguments);
	va_end(arguments);
	check_notification(str_text(&text));
	str_release(&text);
	return 1;
}

int sd_watchdog_enabled(int unset_environment, uint64_t *ret_usec)
{
	(void)unset_environment;
	*ret_usec = 60u * 1000 * 1000;
	return 1;
}

/* The log, unheard: a configuration that is wrong has much to say. */
void log_setup(enum log_format format, enum log_level level)
{
	(void)format;
	(void)level;
}

struct output *log_output(void)
{
	return NULL;
}

void log_write(enum log_level level, const struct log_about *about, const char *format, ...)
{
	struct str text = STR(FUZZED_TEXT_MAX_BYTES);
	va_list arguments;

	(void)level;
	(void)about;
	va_start(arguments, format);
	str_vprintf(&text, format, arguments);
	va_end(arguments);
	assert(text.length);
	str_release(&text);
}

/* ---------------------------------------------------------------- what the bot sends */

static void on_sent(const char *bytes, size_t length)
{
	if (length >= 2 && bytes[length - 1] == '\n')
		length -= 2;
	assert(!memchr(bytes, '\n', length) && !memchr(bytes, '\r', length) && !memchr(bytes, '\0', length));
}

/* ---------------------------------------------------------------- events */

static void send_signal(int signal)
{
	fake_signals[signal](fake.signal_user, signal);
}

static void write_config(const char *text, size_t length)
{
	assert(ftruncate(config_fd, 0) == 0);
	assert(pwrite(config_fd, text, length, 0) == (ssize_t)length);
}

static struct fake_link *speaker(void)
{
	struct fake_link *link = fake_link_in(true);

	for (struct fake_link *at = link; is_newest && at; at = at->next)
		if (at->is_open && !at->is_closing)
			link = at;
	return link;
}

static void hear(const char *line, size_t length)
{
	struct fake_link *link = speaker();
	struct str text = STR(FUZZED_TEXT_MAX_BYTES);

	str_append_bytes(&text, line, length);
	str_append(&text, link && link->is_stream ? "\r\n" : "");
	if (link && text.length)
		fake_hear(link, str_text(&text), text.length, true);
	str_release(&text);
}

static void answer(bool is_lost)
{
	const char *body =
			fake.transfers && strstr(fake.transfers->url, "/gateway/bot") ? GATEWAY : APPLICATION;

	if (fake.transfers)
		fake_answer(is_lost ? -ECONNRESET : 0, 200, body, strlen(body));
}

static void begin_session(void)
{
	static const char *const lines[] = {":s CAP * LS :message-tags server-time batch account-tag",
			":s CAP * ACK :message-tags server-time batch account-tag", ":s 001 n :hi",
			":s 422 n :no", ":n!u@h JOIN #tv"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		hear(lines[i], strlen(lines[i]));
		fake_run_next(100);
	}
}

static void event(const char *line, size_t length)
{
	struct fake_link *link;

	switch (*line) {
	case '{':
		write_config(line, length);
		send_signal(SIGHUP);
		break;
	case 'H': send_signal(SIGHUP); break;
	case 'o':
		link = fake_link_in(false);
		if (link)
			fake_open(link, "");
		break;
	case 'O': is_newest = !is_newest; break;
	case 'x':
		link = speaker();
		if (link)
			fake_close(link, -ECONNRESET, (unsigned short)(length * 1000), "gone");
		break;
	case 'b': hear(line + 1, length - 1); break;
	case 'h':
	case 'e': answer(*line == 'e'); break;
	case 'J': begin_session(); break;
	case '+':
		if (length == 1)
			fake_run_next(HOUR_MS);
		else
			fake_run_until(fake.loop.now_ms + (length == 2 ? SECOND_MS : HOUR_MS));
		break;
	default: break;
	}
	fake_run();
}

/* Run all events, then SIGTERM; or stop at once if the start failed. */
static void script(void)
{
	char *line;
	size_t length;

	fake_run();
	for (unsigned i = 0; !fake.is_loop_stopped && i < EVENTS_MAX; i++) {
		line = fuzzed_line(&input, &length);
		if (!line)
			break;
		event(line, length);
		free(line);
	}
	if (fake.is_loop_stopped)
		return;
	send_signal(SIGTERM);
	fake_run_until(fake.loop.now_ms + GOODBYE_MS);
	assert(fake.is_loop_stopped);
	is_terminated = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], *config;
	size_t length;
	int code;

	input = (struct fuzzed_input){data, size};
	config = fuzzed_line(&input, &length);
	if (!config)
		return 0;
	if (config_fd < 0) {
		config_fd = memfd_create("config", MFD_CLOEXEC);
		assert(config_fd >= 0 && setenv("SECRET", "pencil", 1) == 0);
	}
	write_config(config, length);
	free(config);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", config_fd);
	is_newest = is_terminated = false;
	fake_begin();
	fake.script = script;
	fake.on_sent = on_sent;
	code = run_bot(&(struct run_options){.config_path = path, .data = "tests/fuzz/show"});
	assert(code == EX_OK || code == EX_CONFIG || code == EX_DATAERR || code == EX_UNAVAILABLE);
	assert(is_terminated == (code == EX_OK) && !stand_ins);
	fake_end();
	return 0;
}
