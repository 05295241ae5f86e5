/* episoded chat: questions from standard input, answers on standard output. */

#include "bot/gateway/console/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/utf8.h"
#include "bot/core/dispatch.h"
#include "bot/gateway/console/terminal.h"

#define LINE_MAX_BYTES (64 * 1024) /* a longer question is cut, and answered as too long */

struct console {
	struct dispatch *dispatch;
	const char *prefix;
	bool is_terminal;
	bool shows_spoilers;
	bool said_something;          /* print an empty line before the next answer */
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
		terminal_print(str_text(&safe), is_title);
	str_release(&safe);
}

static void print_veiled(const struct console *console, const struct reply_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (lines[i].is_veiled)
			print_line(console, lines[i].text, lines[i].is_title);
	}
}

/* In place of the lines that spoil: why they are missing, and how to read them. */
static void print_hint(const struct console *console, const struct reply *reply)
{
	struct str text = STR(LINE_MAX_BYTES);

	str_printf(&text, "%s: ", reply->spoiler);
	if (console->is_terminal)
		str_append(&text, "press Enter to read it.");
	else if (reply->spoil)
		str_printf(&text, "ask %s%s, or start \"episoded chat\" with --spoilers.", console->prefix,
				reply->spoil);
	else
		str_append(&text, "start \"episoded chat\" with --spoilers to read it.");
	print_line(console, str_text(&text), false);
	str_release(&text);
}

/* Print the whole reply: a terminal scrolls, and a pipe has no pages. */
static int print_reply(struct console *console, const struct reply *reply)
{
	struct reply_line *lines;
	size_t count;
	int r = reply_lines(reply, console->prefix, &lines, &count);

	if (r < 0)
		return r;
	forget_held_back(console);
	if (console->said_something)
		putchar('\n');
	for (size_t i = 0; i < count; i++) {
		if (lines[i].is_hint && !console->shows_spoilers)
			print_hint(console, reply);
		else if (!lines[i].is_hint && (console->shows_spoilers || !lines[i].is_veiled))
			print_line(console, lines[i].text, lines[i].is_title);
	}
	if (console->is_terminal && reply->spoiler && !console->shows_spoilers) {
		console->held_back = lines;
		console->held_back_count = count;
	} else {
		reply_lines_free(lines, count);
	}
	console->said_something = !console->is_terminal;
	return fflush(stdout) ? -errno : 0;
}

/* Answer one line of input. */
static int ask(struct console *console, const char *line, size_t length)
{
	struct str text = STR(4 * LINE_MAX_BYTES);
	struct message message = {
			.id = "",
			.channel = "console",
			.author_id = "console",
			.author_name = "you",
			.account = "",
			.is_private = true,
			.is_addressed = true,
			.time_ms = clock_wall_ms(),
	};
	uint64_t now_ms = clock_monotonic_ms();
	struct question question;
	struct answer answer;
	int r = 0;

	utf8_clean(&text, line, length);
	if (text.length)
		str_truncate(&text, utf8_tidy(text.bytes, text.length));
	message.text = str_text(&text);
	question = dispatch_recognise(console->dispatch, "console", &message, now_ms);
	dispatch_answer(console->dispatch, "console", &message, &question, now_ms, &answer);
	if (answer.reply) {
		r = print_reply(console, answer.reply);
		answer.position = 0;
	}
	dispatch_keep(console->dispatch, &answer, r, now_ms);
	str_release(&text);
	return r == -EPIPE || r == -EIO || r == -ENOSPC ? r : 0;
}

static int run_pipe(struct console *console)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int r = 0;

	while (!r && (length = getline(&line, &capacity, stdin)) >= 0) {
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

static int run_terminal(struct console *console)
{
	char *line;
	int r = 0;

	terminal_start(console->prefix);
	printf("Try %sepisode latest, %srandom or %shelp. Tab completes commands, Ctrl-D quits.\n",
			console->prefix, console->prefix, console->prefix);
	while (!r && (line = terminal_read()) != NULL) {
		if (console->held_back && !*line)
			print_veiled(console, console->held_back, console->held_back_count);
		else
			r = ask(console, line, strlen(line));
		free(line);
	}
	forget_held_back(console);
	putchar('\n');
	return r;
}

int console_run(struct dispatch *dispatch, const char *prefix, bool shows_spoilers)
{
	struct console console = {
			.dispatch = dispatch,
			.prefix = prefix,
			.shows_spoilers = shows_spoilers,
			.is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO),
	};

	return console.is_terminal ? run_terminal(&console) : run_pipe(&console);
}
