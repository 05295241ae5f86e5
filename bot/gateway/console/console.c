/* episoded chat: questions from standard input, answers on standard output. */

#include "bot/gateway/console/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/utf8.h"
#include "bot/core/dispatch.h"
#include "bot/gateway/console/completion.h"
#include "bot/gateway/console/terminal.h"
#include "bot/gateway/console/typed_history.h"

#define LINE_MAX_BYTES (64 * 1024) /* a longer question is cut, and answered as too long */

struct console {
	const struct console_host *host;
	struct dispatch *dispatch;
	bool is_terminal;
	bool shows_spoilers;
	bool said_something;          /* print an empty line before the next answer */
	bool is_over;                 /* "quit" */
	struct reply_line *held_back; /* of the last answer: the lines that spoil, and others */
	size_t held_back_count;
};

static void forget_held_back(struct console *console)
{
	reply_lines_free(console->held_back, console->held_back_count);
	console->held_back = NULL;
	console->held_back_count = 0;
}

/* Print a line, escaped: replies have no control characters, but a terminal would act on any. */
static void print_line(const struct console *console, const char *text, bool is_title)
{
	struct str safe = STR(4 * LINE_MAX_BYTES);

	utf8_escape(&safe, text, strlen(text));
	if (!console->is_terminal)
		puts(str_text(&safe));
	else
		terminal_print(str_text(&safe), is_title && terminal_has_bold());
	str_release(&safe);
}

/* In place of the lines that spoil: why they are missing, and how to read them. */
static void print_hint(const struct console *console, const struct answer *answer)
{
	const struct reply *reply = answer->reply;
	struct str text = STR(LINE_MAX_BYTES);

	str_printf(&text, "%s: ", reply->spoiler);
	if (console->is_terminal)
		str_append(&text, "press Enter to read it.");
	else if (reply->spoil)
		str_printf(&text, "ask %s%s, or start \"episoded chat\" with --spoilers.", answer->prefix,
				reply->spoil);
	else
		str_append(&text, "start \"episoded chat\" with --spoilers to read it.");
	print_line(console, str_text(&text), false);
	str_release(&text);
}

/* Between two answers of a pipe; in a terminal, between an answer and what was typed or the next prompt. */
static void begin_answer(struct console *console)
{
	if (console->said_something || console->is_terminal)
		putchar('\n');
}

static int end_answer(struct console *console)
{
	if (console->is_terminal)
		putchar('\n');
	console->said_something = true;
	return fflush(stdout) ? -errno : 0;
}

/* Print the whole reply: a terminal scrolls, and a pipe has no pages. */
static int print_reply(struct console *console, const struct answer *answer)
{
	const struct reply *reply = answer->reply;
	struct reply_line *lines;
	size_t count;
	int r = reply_lines(reply, answer->prefix, &lines, &count);

	if (r < 0)
		return r;
	forget_held_back(console);
	begin_answer(console);
	for (size_t i = 0; i < count; i++) {
		if (lines[i].is_hint && !console->shows_spoilers)
			print_hint(console, answer);
		else if (!lines[i].is_hint && (console->shows_spoilers || !lines[i].is_veiled))
			print_line(console, lines[i].text, lines[i].is_title);
	}
	if (console->is_terminal && reply->spoiler && !console->shows_spoilers) {
		console->held_back = lines;
		console->held_back_count = count;
	} else {
		reply_lines_free(lines, count);
	}
	return end_answer(console);
}

/* Print the lines that spoil. */
static int reveal(struct console *console)
{
	begin_answer(console);
	for (size_t i = 0; i < console->held_back_count; i++) {
		if (console->held_back[i].is_veiled)
			print_line(console, console->held_back[i].text, console->held_back[i].is_title);
	}
	return end_answer(console);
}

/* A message from the person, without its text. */
static struct message message_now(void)
{
	return (struct message){
			.id = "",
			.channel = CONSOLE_NAME,
			.author_id = CONSOLE_NAME,
			.author_name = "you",
			.account = "",
			.text = "",
			.is_private = true,
			.is_addressed = true,
			.has_settings = true,
			.time_ms = clock_wall_ms(),
	};
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* A question mark alone, as in many programs that are typed at. */
static bool is_help(const char *text)
{
	text += strspn(text, " ");
	return *text == '?' && !text[1 + strspn(text + 1, " ")];
}

/* Words of a shell, with or without the prefix, where the bot has no such command. False: it is a question. */
static bool is_word_of_shell(struct console *console, const struct message *message)
{
	const char *prefix = dispatch_prefix(console->dispatch, CONSOLE_NAME, message), *word = message->text;
	size_t length;

	word += strspn(word, " ");
	if (str_starts(word, prefix))
		word += strlen(prefix);
	length = strcspn(word, " ");
	if (word[length + strspn(word + length, " ")])
		return false;
	if (is_word(word, length, "quit") || is_word(word, length, "exit"))
		console->is_over = true;
	else if (console->is_terminal && is_word(word, length, "clear"))
		terminal_clear();
	else
		return false;
	return true;
}

/* Answer one line of input. */
static int ask(struct console *console, const char *line, size_t length)
{
	struct str text = STR(4 * LINE_MAX_BYTES);
	struct message message = message_now();
	uint64_t now_ms = clock_monotonic_ms();
	struct question question;
	struct answer answer;
	int r = 0;

	utf8_clean(&text, line, length);
	if (text.length)
		str_truncate(&text, utf8_tidy(text.bytes, text.length));
	message.text = str_text(&text);
	if (is_help(message.text))
		message.text = "help";
	if (!is_word_of_shell(console, &message)) {
		question = dispatch_recognise(console->dispatch, CONSOLE_NAME, &message, now_ms);
		dispatch_answer(console->dispatch, CONSOLE_NAME, &message, &question, now_ms, &answer);
		if (answer.reply) {
			r = print_reply(console, &answer);
			answer.position = 0;
		}
		dispatch_keep(console->dispatch, &answer, r, now_ms);
		if (console->host->on_answered)
			console->host->on_answered(console->host->user);
	}
	str_release(&text);
	return r == -EPIPE || r == -EIO || r == -ENOSPC ? r : 0;
}

static int run_pipe(struct console *console)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int r = 0;

	while (!r && !console->is_over && (length = getline(&line, &capacity, stdin)) >= 0) {
		while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
			length--;
		if (length > LINE_MAX_BYTES)
			length = LINE_MAX_BYTES;
		r = ask(console, line, (size_t)length);
	}
	if (!r && ferror(stdin))
		r = -EIO;
	free(line);
	return r;
}

static void on_complete(void *user, const char *line, struct completion *ret)
{
	const struct console *console = user;
	struct message asker = message_now();

	completion_of(console->dispatch, CONSOLE_NAME, &asker, line, ret);
}

static void greet(const struct console *console)
{
	struct message message = message_now();
	const char *prefix = dispatch_prefix(console->dispatch, CONSOLE_NAME, &message);
	struct str text = STR(1024);

	str_printf(&text, "Try %sepisode latest, %srandom or %shelp. Tab completes, Ctrl-D quits.", prefix,
			prefix, prefix);
	print_line(console, str_text(&text), false);
	str_release(&text);
}

/* The second Ctrl-C in a row ends the program. */
static void drop(struct console *console, bool *is_dropped)
{
	if (*is_dropped)
		console->is_over = true;
	else
		puts("Ctrl-C again or Ctrl-D quits.");
	*is_dropped = true;
}

static int converse(struct console *console)
{
	bool is_dropped = false;
	int r = 0;

	greet(console);
	while (!r && !console->is_over) {
		char *line = NULL;

		switch (terminal_read(&line)) {
		case TERMINAL_LINE:
			is_dropped = false;
			if (*line)
				r = ask(console, line, strlen(line));
			else if (console->held_back)
				r = reveal(console);
			break;
		case TERMINAL_DROPPED: drop(console, &is_dropped); break;
		case TERMINAL_END:
			console->is_over = true;
			putchar('\n');
			break;
		}
		free(line);
	}
	return r;
}

static int run_terminal(struct console *console, const char *history_path)
{
	struct terminal_host host = {.user = console, .complete = on_complete};
	int r;

	host.history = typed_history_open(history_path);
	r = host.history ? terminal_open(&host) : -ENOMEM;
	if (r == 0) {
		r = converse(console);
		terminal_close();
	}
	forget_held_back(console);
	typed_history_close(host.history);
	return r;
}

int console_run(const struct console_host *host)
{
	struct console console = {
			.host = host,
			.dispatch = host->dispatch,
			.shows_spoilers = host->shows_spoilers,
			.is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO),
	};

	return console.is_terminal ? run_terminal(&console, host->history_path) : run_pipe(&console);
}
