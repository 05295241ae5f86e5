/* Secrets at the command line: read without echo, checked as at loading, and stored. */

#include "bot/daemon/secret_command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "bot/base/say.h"
#include "bot/base/str.h"
#include "bot/config/secret_store.h"
#include "bot/config/secret_text.h"

#define INPUT_MAX_BYTES (64 * 1024) /* a certificate with its chain and key */
#define PEM_BEGIN       "-----BEGIN "

/* ---------------------------------------------------------------- input */

struct input {
	char bytes[INPUT_MAX_BYTES + 1];
	size_t length;
};

/* Read to the end, or one line of a terminal. -EINTR: a signal. */
static int read_input(struct input *input, bool is_line)
{
	while (input->length < sizeof(input->bytes)) {
		ssize_t count = read(STDIN_FILENO, input->bytes + input->length,
				sizeof(input->bytes) - input->length);

		if (count < 0)
			return -errno;
		if (count == 0)
			return 0;
		input->length += (size_t)count;
		if (is_line && input->bytes[input->length - 1] == '\n')
			return 0;
	}
	return 0;
}

static volatile sig_atomic_t ended_by;

static void on_signal(int number)
{
	ended_by = number;
}

/* Signals that would end the program interrupt the reading, so that the terminal gets its echo back. */
static void catch_signals(struct sigaction *old, bool is_begin)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], is_begin ? &action : &old[i], is_begin ? &old[i] : NULL);
}

/* One line of the terminal without echo. -E2BIG: further lines were pasted; they are discarded. */
static int read_terminal(const char *name, struct input *input)
{
	struct termios shown, hidden;
	struct sigaction old[4];
	int r, rest = 0;

	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return -errno;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	hidden.c_lflag |= ICANON | ISIG;
	hidden.c_cc[VSUSP] = _POSIX_VDISABLE; /* a stopped program would leave the terminal without echo */
	catch_signals(old, true);
	r = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) < 0 ? -errno : 0;
	/* After TCSAFLUSH, which discards what was typed before. */
	fprintf(stderr, "Secret for %s (not shown): ", name);
	fflush(stderr);
	if (r == 0)
		r = read_input(input, true);
	if (r == 0 && ioctl(STDIN_FILENO, FIONREAD, &rest) == 0 && rest > 0)
		r = -E2BIG;
	/* The rest of a paste is discarded, not run by the shell. */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	catch_signals(old, false);
	if (ended_by)
		raise(ended_by);
	return r;
}

/* ---------------------------------------------------------------- set */

/* A certificate or a key is stored as it is. Anything else must look like a secret alone. */
static bool check(struct secret_span *secret, char ret_problem[SECRET_PROBLEM_BYTES])
{
	bool is_certain;

	if (secret->length > strlen(PEM_BEGIN) && memcmp(secret->bytes, PEM_BEGIN, strlen(PEM_BEGIN)) == 0)
		return true;
	return secret_trim(secret, ret_problem) &&
	       secret_check(secret, SECRET_PASSWORD, &is_certain, ret_problem);
}

static void say_next(print_function print)
{
	bool has_systemd = access("/run/systemd/system", F_OK) == 0;

	if (secret_store_is_of_service() && has_systemd) {
		say(print, false,
				"The service gets its secrets when it starts; open questions are kept over a "
				"restart: "
				"systemctl restart episoded");
		return;
	}
	say(print, false, "A running bot reads it at a reload (!reload, or SIGHUP).");
	if (!secret_store_is_of_service() && has_systemd &&
			access(EPISODED_SYSCONFDIR "/episoded/episoded.json", F_OK) == 0)
		say(print, false, "It is for a bot that you run yourself; for the service, use sudo.");
}

static int store(const char *name, const struct secret_span *secret, print_function print)
{
	struct str folder = STR(SECRET_PATH_MAX_BYTES);
	int r = secret_store_put(name, secret->bytes, secret->length);

	if (r == 0)
		r = secret_store_folder(&folder);
	if (r == 0) {
		say(print, false, "Stored in %s. Refer to it as {\"credential\": \"%s\"}.", str_text(&folder),
				name);
		say_next(print);
	} else if (r == -ENOENT) {
		say(print, true, "episoded: no folder for secrets, because HOME is not set");
	} else {
		say(print, true, "episoded: the secret cannot be stored: %s", strerror(-r));
	}
	str_release(&folder);
	return r == 0 ? EX_OK : EX_CANTCREAT;
}

static int set(const char *name, print_function print)
{
	static struct input input; /* 64 KB are too much for the stack; wiped below */
	struct secret_span secret;
	char problem[SECRET_PROBLEM_BYTES];
	int code = EX_DATAERR, r;

	r = isatty(STDIN_FILENO) ? read_terminal(name, &input) : read_input(&input, false);
	secret = (struct secret_span){input.bytes, input.length};
	if (r == -E2BIG)
		say(print, true,
				"episoded: several lines were pasted; a secret is one line, and a key or "
				"certificate is "
				"read from a file: episoded secret set %s < FILE",
				name);
	else if (r < 0)
		say(print, true, "episoded: the secret cannot be read: %s", strerror(-r));
	else if (input.length > INPUT_MAX_BYTES)
		say(print, true, "episoded: the secret is too long");
	else if (!check(&secret, problem))
		say(print, true, "episoded: not stored: the secret %s", problem);
	else
		code = store(name, &secret, print);
	explicit_bzero(&input, sizeof(input));
	return r < 0 && r != -E2BIG ? EX_IOERR : code;
}

/* ---------------------------------------------------------------- list and remove */

struct secret_listing {
	print_function print;
	size_t count;
};

static void on_name(void *user, const char *name)
{
	struct secret_listing *listing = user;

	listing->count++;
	if (!secret_check_name(name))
		say(listing->print, false, "%s", name);
	else
		say(listing->print, true,
				"episoded: warning: \"%s\" is no name of a secret; remove the file, because "
				"systemd may "
				"refuse to start the service with it",
				name);
}

static int list(print_function print)
{
	struct str folder = STR(SECRET_PATH_MAX_BYTES);
	struct secret_listing listing = {.print = print};
	int r = secret_store_each(on_name, &listing);

	if (r == -ENOENT || (r == 0 && listing.count == 0)) {
		r = secret_store_folder(&folder);
		say(print, true, "episoded: no secrets in %s",
				r == 0 ? str_text(&folder) : "HOME, which is not set");
		r = 0;
	} else if (r < 0) {
		say(print, true, "episoded: the secrets cannot be listed: %s", strerror(-r));
	}
	str_release(&folder);
	return r < 0 ? EX_IOERR : EX_OK;
}

static int remove_secret(const char *name, print_function print)
{
	struct str reason = STR(SECRET_PATH_MAX_BYTES);
	int r = secret_store_remove(name);

	if (r == 0) {
		say(print, false, "Removed. A running bot keeps it until its next start or reload.");
	} else {
		if (r == -ENOENT)
			str_printf(&reason, "there is no such secret; see \"episoded secret list\"");
		else
			str_append(&reason, strerror(-r));
		say(print, true, "episoded: %s cannot be removed: %s", name, str_text(&reason));
	}
	str_release(&reason);
	return r == 0 ? EX_OK : r == -ENOENT ? EX_NOINPUT : EX_CANTCREAT;
}

int secret_command(int count, char *const *words, void (*print)(bool is_error, const char *text))
{
	const char *what = count > 0 ? words[0] : "", *problem;
	bool is_set = str_equal(what, "set");

	if (str_equal(what, "list") && count == 1)
		return list(print);
	if (!is_set && !str_equal(what, "remove")) {
		say(print, true, "episoded: \"secret\" needs \"set NAME\", \"list\" or \"remove NAME\"");
		return EX_USAGE;
	}
	if (count < 2) {
		say(print, true, "episoded: \"secret %s\" needs a name, as in \"secret %s discord.token\"",
				what, what);
		return EX_USAGE;
	}
	/* Neither is quoted: it may be the secret. */
	if (count > 2) {
		say(print, true,
				is_set ? "episoded: a secret is never an argument, because other users see "
					 "the arguments of "
					 "programs and the shell keeps them in its history. Consider this "
					 "one known, and use: "
					 "episoded secret set NAME, which asks for it, or reads it from a "
					 "pipe"
				       : "episoded: \"secret remove\" takes one name");
		return EX_USAGE;
	}
	problem = secret_check_name(words[1]);
	if (problem) {
		say(print, true, "episoded: %s", problem);
		return EX_USAGE;
	}
	return is_set ? set(words[1], print) : remove_secret(words[1], print);
}
