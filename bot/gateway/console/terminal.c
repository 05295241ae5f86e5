/* Line editing with libedit. */

#include "bot/gateway/console/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <histedit.h>
#include <utf8proc.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/gateway/console/completion.h"
#include "bot/gateway/console/input.h"
#include "bot/gateway/console/typed_history.h"

#define WIDTH_DEFAULT  80
#define WIDTH_MAX      100 /* longer lines are hard to read */
#define HEIGHT_DEFAULT 24
#define LINE_MAX_BYTES (64 * 1024) /* what is typed beyond it is dropped */
#define ESCAPE_MS      50          /* then an ESC is a key */
#define PASTE_ON       "\033[?2004h"
#define PASTE_OFF      "\033[?2004l"
#define KEY_DROP       L'\003'
#define LIST_MARGIN    8 /* rows of the terminal that a list of completions leaves free */
#define LIST_ROWS_MIN  4
#define PROMPT_COLUMNS 2
#define COLUMN_GAP     2

static struct {
	struct terminal_host host;
	EditLine *editor; /* NULL: a plain terminal */
	HistoryW *history;
	struct console_input input;
	struct termios before;
	bool is_changed; /* the terminal's modes */
	bool is_dropped, is_ended;
} terminal;

static volatile sig_atomic_t interrupted, resized, suspended;

/* ---------------------------------------------------------------- signals */

static const int flagged[] = {SIGINT, SIGWINCH, SIGTSTP};
#define FLAGGED_COUNT (sizeof(flagged) / sizeof(flagged[0]))

static void on_flagged(int signal)
{
	interrupted = interrupted || signal == SIGINT;
	resized = resized || signal == SIGWINCH;
	suspended = suspended || signal == SIGTSTP;
}

/* The terminal as it was before the program. Async-signal-safe. */
static void restore(void)
{
	ssize_t written = 0;

	if (!terminal.is_changed)
		return;
	written = write(STDOUT_FILENO, PASTE_OFF, sizeof(PASTE_OFF) - 1);
	(void)written; /* the terminal may be gone */
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
}

/* End by the signal, as without a handler. */
static void on_end(int number)
{
	ssize_t written = 0;

	restore();
	written = write(STDOUT_FILENO, "\n", 1);
	(void)written;
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_flagged, .sa_flags = SA_RESTART};

	for (size_t i = 0; i < FLAGGED_COUNT; i++) {
		if (flagged[i] == SIGINT || terminal.editor)
			(void)sigaction(flagged[i], &action, NULL);
	}
	action.sa_handler = on_end;
	action.sa_flags = SA_NODEFER;
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

static void forget_signals(void)
{
	static const int all[] = {SIGINT, SIGWINCH, SIGTSTP, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		(void)signal(all[i], SIG_DFL);
}

/* ---------------------------------------------------------------- reading bytes */

/* Wait for bytes, at most so long; a negative time: for ever. 1: there are some; 0: the time is over; -EINTR: a signal
 * came; otherwise the terminal is gone. */
static int wait_for_bytes(int timeout_ms)
{
	struct timespec time = {.tv_nsec = timeout_ms * 1000000L};
	struct pollfd polled = {.fd = STDIN_FILENO, .events = POLLIN};
	sigset_t blocked, before;
	int r = -EINTR;

	sigemptyset(&blocked);
	for (size_t i = 0; i < FLAGGED_COUNT; i++)
		sigaddset(&blocked, flagged[i]);
	(void)sigprocmask(SIG_BLOCK, &blocked, &before); /* so that no signal is missed before the wait */
	if (!interrupted && !resized && !suspended) {
		r = ppoll(&polled, 1, timeout_ms < 0 ? NULL : &time, &before);
		r = r < 0 ? -errno : r;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

/* Read what has come. False: the end of the input. */
static bool fill(void)
{
	size_t size;
	char *space = console_input_space(&terminal.input, &size);
	ssize_t count = read(STDIN_FILENO, space, size);

	if (count > 0)
		console_input_add(&terminal.input, (size_t)count);
	return count > 0 || (count < 0 && errno == EINTR);
}

/* ---------------------------------------------------------------- a terminal without cursor movement */

/* The line that the terminal's own line discipline has edited. */
static enum terminal_event read_plain(char **ret)
{
	struct str line = STR(LINE_MAX_BYTES);
	enum terminal_event event = TERMINAL_LINE;
	int32_t codepoint = 0;
	char bytes[UTF8_CODEPOINT_BYTES];
	int r;

	fputs("> ", stdout);
	fflush(stdout);
	while (event == TERMINAL_LINE && codepoint != '\n') {
		if (console_input_next(&terminal.input, false, &codepoint)) {
			if (codepoint != '\n')
				str_append_bytes(&line, bytes, utf8_encode((uint32_t)codepoint, bytes));
			continue;
		}
		r = wait_for_bytes(-1);
		if (interrupted)
			event = TERMINAL_DROPPED;
		else if (r != -EINTR && (r < 0 || !fill()))
			event = TERMINAL_END;
	}
	interrupted = 0;
	if (event == TERMINAL_END && line.length)
		event = TERMINAL_LINE; /* the last line has no end */
	if (line.error == -EMSGSIZE)
		line.error = 0; /* cut: it is answered as too long */
	str_append(&line, "");
	*ret = event == TERMINAL_LINE ? str_copy(str_text(&line)) : NULL;
	str_release(&line);
	return event == TERMINAL_LINE && !*ret ? TERMINAL_END : event;
}

/* ---------------------------------------------------------------- editing */

static wchar_t *prompt(EditLine *editor)
{
	static wchar_t text[] = L"> ";

	(void)editor;
	return text;
}

static void prepare(void)
{
	struct termios now = terminal.before;

	/* Between two lines: what is typed then is read by the next one, and not shown twice. */
	now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	now.c_cc[VINTR] = _POSIX_VDISABLE; /* a key: a signal would also end a make that waits for us */
	terminal.is_changed = true;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
	fputs(PASTE_ON, stdout);
	fflush(stdout);
}

/* Ctrl-Z: stop, and go on where it was. */
static void suspend(EditLine *editor)
{
	suspended = 0;
	el_set(editor, EL_PREP_TERM, 0);
	restore();
	fputc('\n', stdout);
	fflush(stdout);
	(void)raise(SIGSTOP);
	prepare();
	el_set(editor, EL_PREP_TERM, 1);
	resized = 1; /* perhaps meanwhile; the line is drawn again in any case */
}

static void get_size(size_t *ret_width, size_t *ret_height)
{
	struct winsize size;
	bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;

	*ret_width = is_known ? size.ws_col : WIDTH_DEFAULT;
	*ret_height = is_known ? size.ws_row : HEIGHT_DEFAULT;
}

/* The display width of a text of length bytes. */
static size_t columns(const char *text, size_t length)
{
	size_t total = 0;

	while (length) {
		int32_t codepoint;
		size_t bytes = utf8_next(text, length, &codepoint);

		total += codepoint < 0 ? 1 : (size_t)utf8proc_charwidth(codepoint);
		text += bytes;
		length -= bytes;
	}
	return total;
}

/* Append wide characters as UTF-8. */
static void append_wide(struct str *str, const wchar_t *text, size_t count)
{
	char bytes[UTF8_CODEPOINT_BYTES];

	for (size_t i = 0; i < count; i++)
		str_append_bytes(str, bytes, utf8_encode((uint32_t)text[i], bytes));
}

static void text_before_cursor(EditLine *editor, struct str *ret)
{
	const LineInfoW *line = el_wline(editor);

	append_wide(ret, line->buffer, (size_t)(line->cursor - line->buffer));
}

/* The terminal has wrapped the line at its new width: erase it, to draw it again from the first row on. */
static void go_to_prompt(EditLine *editor)
{
	struct str text = STR(LINE_MAX_BYTES);
	size_t width, height, rows;

	get_size(&width, &height);
	text_before_cursor(editor, &text);
	rows = (PROMPT_COLUMNS + columns(str_text(&text), text.length)) / width;
	if (rows)
		fprintf(stdout, "\033[%zuA", rows);
	fputs("\r\033[J", stdout);
	fflush(stdout);
	str_release(&text);
}

static void look_at_flags(EditLine *editor)
{
	if (suspended)
		suspend(editor);
	if (resized) {
		resized = 0;
		go_to_prompt(editor);
		el_resize(editor);
		el_set(editor, EL_REFRESH);
	}
}

/* The next key, for libedit. 1: read; 0: the end of the input. */
static int on_key(EditLine *editor, wchar_t *ret)
{
	int32_t codepoint;
	bool is_last = false;

	for (;;) {
		int r;

		if (interrupted) {
			interrupted = 0;
			*ret = KEY_DROP;
			return 1;
		}
		look_at_flags(editor);
		if (console_input_next(&terminal.input, is_last, &codepoint)) {
			*ret = (wchar_t)codepoint;
			return 1;
		}
		is_last = false;
		r = wait_for_bytes(console_input_is_waiting(&terminal.input) ? ESCAPE_MS : -1);
		if (r == 0)
			is_last = true;
		else if (r != -EINTR && (r < 0 || !fill()))
			break;
	}
	terminal.is_ended = true;
	return 0;
}

static int characters(const char *text, size_t length)
{
	int count = 0, ignored;

	for (size_t i = 0; i < length; count++)
		i += utf8_next(text + i, length - i, &ignored);
	return count;
}

/* Ctrl-C: the line is dropped. A line feed ends it, so that it stays on the screen. */
static unsigned char on_drop(EditLine *editor, int key)
{
	(void)key;
	terminal.is_dropped = true;
	el_wpush(editor, L"\n");
	return CC_NORM;
}

/* Backspace: a whole character as people see it, also a syllable of several jamo or an emoji of several code points. */
static unsigned char on_erase(EditLine *editor, int key)
{
	struct str text = STR(LINE_MAX_BYTES);
	size_t at = 0, last = 0;

	(void)key;
	text_before_cursor(editor, &text);
	while (at < text.length) {
		last = at;
		at += utf8_grapheme(str_text(&text) + at, text.length - at);
	}
	if (at)
		el_deletestr(editor, characters(str_text(&text) + last, at - last));
	str_release(&text);
	return at ? CC_REFRESH : CC_ERROR;
}

static void insert(EditLine *editor, const char *text)
{
	size_t length = strlen(text), count = 0;
	wchar_t *wide = calloc(length + 1, sizeof(*wide));

	for (size_t i = 0; wide && i < length;) {
		int32_t codepoint;

		i += utf8_next(text + i, length - i, &codepoint);
		wide[count++] = (wchar_t)codepoint;
	}
	if (wide)
		el_winsertstr(editor, wide);
	free(wide);
}

/* Print as much of a text as fits into so many columns. */
static void print_cut(const char *text, size_t limit)
{
	size_t length = strlen(text), fitting = 0;

	if (columns(text, length) > limit) {
		while (fitting < length) {
			size_t next = fitting + utf8_grapheme(text + fitting, length - fitting);

			if (columns(text, next) + 1 > limit)
				break;
			fitting = next;
		}
		printf("%.*s…", (int)fitting, text);
	} else {
		fputs(text, stdout);
	}
}

static void list_in_columns(const struct completion *completion, size_t width)
{
	size_t widest = 0, per_row, column = 0;

	for (size_t i = 0; i < completion->count; i++) {
		const char *value = completion->matches[i].value;
		size_t wide = columns(value, strlen(value));

		widest = wide > widest ? wide : widest;
	}
	per_row = width / (widest + COLUMN_GAP);
	for (size_t i = 0; i < completion->count; i++) {
		const char *value = completion->matches[i].value;
		bool is_row_full = per_row < 2 || ++column == per_row || i + 1 == completion->count;

		print_cut(value, width - 1);
		if (is_row_full)
			column = 0;
		printf("%*s", is_row_full ? 0 : (int)(widest + COLUMN_GAP - columns(value, strlen(value))),
				"");
		if (is_row_full)
			putchar('\n');
	}
}

/* One match in a row with what it is, as far as the terminal has rows. */
static void list_in_rows(const struct completion *completion, size_t width, size_t rows)
{
	size_t widest = 0;

	for (size_t i = 0; i < completion->count && i < rows; i++) {
		const char *value = completion->matches[i].value;
		size_t wide = columns(value, strlen(value));

		widest = wide > widest ? wide : widest;
	}
	for (size_t i = 0; i < completion->count && i < rows; i++) {
		const char *value = completion->matches[i].value;
		size_t wide = columns(value, strlen(value));

		print_cut(value, width - 1);
		if (widest + COLUMN_GAP + 1 < width && !str_equal(value, completion->matches[i].label)) {
			printf("%*s", (int)(widest + COLUMN_GAP - wide), "");
			print_cut(completion->matches[i].label, width - 1 - widest - COLUMN_GAP);
		}
		putchar('\n');
	}
	if (completion->count > rows)
		printf("… and %zu more\n", completion->count - rows);
}

static void list(const struct completion *completion)
{
	size_t width, height, rows;

	get_size(&width, &height);
	rows = height > LIST_MARGIN + LIST_ROWS_MIN ? height - LIST_MARGIN : LIST_ROWS_MIN;
	putchar('\n');
	if (completion->count <= rows || completion->at > 0)
		list_in_rows(completion, width, rows);
	else
		list_in_columns(completion, width);
	fflush(stdout);
}

/* Tab: put in what all matches have in common; if that is nothing new, list them. */
static unsigned char on_tab(EditLine *editor, int key)
{
	struct completion completion = {0};
	struct str text = STR(LINE_MAX_BYTES), common = STR(LINE_MAX_BYTES);
	const char *typed;
	unsigned char result = CC_ERROR;
	size_t length;

	(void)key;
	text_before_cursor(editor, &text);
	terminal.host.complete(terminal.host.user, str_text(&text), &completion);
	typed = str_text(&text) + (completion.at < text.length ? completion.at : text.length);
	length = strlen(typed);
	if (completion.count)
		str_append_bytes(&common, completion.matches[0].value, completion_common(&completion));
	if (completion.count == 1)
		str_append_char(&common, ' ');
	if (completion.count == 1 || (common.length > length && str_starts(str_text(&common), typed))) {
		el_deletestr(editor, characters(typed, length));
		insert(editor, str_text(&common));
		result = CC_REFRESH;
	} else if (completion.count) {
		list(&completion);
		result = CC_REDISPLAY;
	}
	completion_release(&completion);
	str_release(&common);
	str_release(&text);
	return result;
}

/* ---------------------------------------------------------------- opening and closing */

/* The editor needs a locale whose character set is UTF-8, as everything that is printed. */
static bool use_utf8(void)
{
	if (setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return true;
	return setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

static bool is_dumb(void)
{
	const char *name = getenv("TERM");

	return !name || !*name || str_equal(name, "dumb") || str_equal(name, "emacs") ||
	       str_equal(name, "unknown");
}

static void bind_keys(EditLine *editor)
{
	static const wchar_t *const keys[][2] = {{L"\003", L"episoded-drop"}, {L"\t", L"episoded-complete"},
			{L"^?", L"episoded-erase"}, {L"^H", L"episoded-erase"},
			{L"^R", L"em-inc-search-prev"}, {L"^W", L"ed-delete-prev-word"},
			{L"\\e[1~", L"ed-move-to-beg"}, {L"\\e[7~", L"ed-move-to-beg"},
			{L"\\e[H", L"ed-move-to-beg"}, {L"\\eOH", L"ed-move-to-beg"},
			{L"\\e[4~", L"ed-move-to-end"}, {L"\\e[8~", L"ed-move-to-end"},
			{L"\\e[F", L"ed-move-to-end"}, {L"\\eOF", L"ed-move-to-end"},
			{L"\\e[3~", L"ed-delete-next-char"}, {L"\\e[1;5C", L"em-next-word"},
			{L"\\e[1;5D", L"ed-prev-word"}, {L"\\e[5C", L"em-next-word"},
			{L"\\e[5D", L"ed-prev-word"}};

	el_wset(editor, EL_ADDFN, L"episoded-drop", L"Drop the line", on_drop);
	el_wset(editor, EL_ADDFN, L"episoded-complete", L"Complete", on_tab);
	el_wset(editor, EL_ADDFN, L"episoded-erase", L"Erase a character", on_erase);
	el_wset(editor, EL_EDITOR, L"emacs");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		el_wset(editor, EL_BIND, keys[i][0], keys[i][1], NULL);
	el_source(editor, NULL); /* ~/.editrc */
}

static void remember(const char *line)
{
	struct str text = STR(LINE_MAX_BYTES);
	size_t length = strlen(line), count = 0;
	wchar_t *wide = calloc(length + 1, sizeof(*wide));
	HistEventW event;

	for (size_t i = 0; wide && i < length;) {
		int32_t codepoint;

		i += utf8_next(line + i, length - i, &codepoint);
		wide[count++] = (wchar_t)codepoint;
	}
	if (wide)
		history_w(terminal.history, &event, H_ENTER, wide);
	free(wide);
	str_release(&text);
}

/* NULL: the terminal cannot edit a line. */
static EditLine *make_editor(void)
{
	FILE *nowhere = fopen("/dev/null",
			"w"); /* libedit reports an unknown $TERM; the plain form needs no report */
	EditLine *editor = nowhere ? el_init("episoded", stdin, stdout, nowhere) : NULL;
	char *up = NULL;

	if (editor && (el_get(editor, EL_GETTC, "up", &up) != 0 || !up || !*up)) {
		el_end(editor);
		editor = NULL;
	}
	if (editor)
		el_set(editor, EL_SETFP, 2, stderr);
	if (nowhere)
		fclose(nowhere);
	return editor;
}

static int start_editor(void)
{
	HistEventW event;
	const char *line;

	terminal.history = history_winit();
	if (!terminal.history) {
		el_end(terminal.editor);
		terminal.editor = NULL;
		return -ENOMEM;
	}
	history_w(terminal.history, &event, H_SETSIZE, TYPED_HISTORY_LINES);
	history_w(terminal.history, &event, H_SETUNIQUE, 1);
	for (size_t i = 0; (line = typed_history_line(terminal.host.history, i)) != NULL; i++)
		remember(line);
	el_wset(terminal.editor, EL_HIST, history_w, terminal.history);
	el_wset(terminal.editor, EL_PROMPT, prompt);
	el_wset(terminal.editor, EL_SIGNAL, 0);
	el_wset(terminal.editor, EL_GETCFN, on_key);
	el_set(terminal.editor, EL_SETTY, "-x", "-icanon", "-echo", "intr=", NULL);
	el_set(terminal.editor, EL_SETTY, "-d", "intr=", NULL);
	bind_keys(terminal.editor);
	prepare();
	return 0;
}

int terminal_open(const struct terminal_host *host)
{
	int r = 0;

	memset(&terminal, 0, sizeof(terminal));
	terminal.host = *host;
	if (tcgetattr(STDIN_FILENO, &terminal.before) < 0)
		return -errno;
	if (use_utf8() && !is_dumb())
		terminal.editor = make_editor();
	if (terminal.editor)
		r = start_editor();
	if (r == 0)
		catch_signals();
	return r;
}

void terminal_close(void)
{
	forget_signals();
	if (terminal.editor) {
		el_end(terminal.editor);
		history_wend(terminal.history);
		terminal.editor = NULL;
		fflush(stdout);
		restore();
	}
}

/* ---------------------------------------------------------------- lines */

static enum terminal_event read_edited(char **ret)
{
	struct str text = STR(LINE_MAX_BYTES);
	int count = 0;
	const wchar_t *line;

	terminal.is_dropped = false;
	line = el_wgets(terminal.editor, &count);
	if (terminal.is_dropped)
		return TERMINAL_DROPPED;
	if (!line || count <= 0 || terminal.is_ended)
		return TERMINAL_END;
	append_wide(&text, line, (size_t)count - (line[count - 1] == L'\n' || line[count - 1] == L'\r'));
	if (text.error == -EMSGSIZE)
		text.error = 0;
	str_append(&text, "");
	*ret = str_copy(str_text(&text));
	str_release(&text);
	return *ret ? TERMINAL_LINE : TERMINAL_END;
}

enum terminal_event terminal_read(char **ret_line)
{
	enum terminal_event event;

	*ret_line = NULL;
	event = terminal.editor ? read_edited(ret_line) : read_plain(ret_line);
	if (event == TERMINAL_LINE && **ret_line) {
		if (terminal.editor)
			remember(*ret_line);
		typed_history_add(terminal.host.history, *ret_line);
	}
	return event;
}

bool terminal_has_bold(void)
{
	const char *no_color = getenv("NO_COLOR");

	return terminal.editor && !(no_color && *no_color);
}

void terminal_clear(void)
{
	if (terminal.editor)
		fputs("\033[H\033[2J", stdout);
}

void terminal_print(const char *text, bool is_bold)
{
	size_t limit, column = 0, height;

	get_size(&limit, &height);
	limit = limit < WIDTH_MAX ? limit : WIDTH_MAX;
	if (is_bold)
		fputs("\033[1m", stdout);
	while (*text) {
		size_t length = strcspn(text, " "), wide = columns(text, length);

		if (column && column + 1 + wide > limit) {
			putchar('\n');
			column = 0;
		} else if (column) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, length, stdout);
		column += wide;
		text += length;
		text += strspn(text, " ");
	}
	fputs(is_bold ? "\033[0m\n" : "\n", stdout);
}
