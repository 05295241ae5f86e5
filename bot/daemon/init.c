/* "episoded init": questions, a configuration, and the next steps. */

#include "bot/daemon/init.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/config/draft.h"
#include "bot/config/reader.h"
#include "bot/daemon/networks.h"

#define SERVICE_FOLDER "/etc/episoded"
#define SERVICE_FILE   SERVICE_FOLDER "/episoded.json"
#define FILE_HERE      "episoded.json"
#define FILE_MODE      0644 /* it holds no secrets, and the service reads it as its own user */
#define TEXT_MAX_BYTES (1024 * 1024)
#define NAMES_TRIED    64

struct init {
	const struct network *network;
	const struct network_draft *draft;
	const char *path, *program;
	bool is_terminal;
	char answers[DRAFT_QUESTIONS_MAX][DRAFT_ANSWER_MAX_BYTES];
	char name[DRAFT_NAME_BYTES]; /* of the gateway */
	struct str secret;           /* the name of the secret to be set; "": there is not one */
	struct str old;              /* the file that exists, as it is */
	struct json *json;           /* the same, parsed; NULL: there is no file, or an empty one */
	size_t place;                /* in old, where the gateway is added */
};

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES + 1);
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(&line, format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s\n", str_text(&line));
	str_release(&line);
}

/* ---------------------------------------------------------------- questions */

/* Read a line without its end and the blanks around it. False: there is no more input, or it is too long. */
static bool read_answer(const struct init *init, char ret[DRAFT_ANSWER_MAX_BYTES])
{
	char line[DRAFT_ANSWER_MAX_BYTES];
	char *begin = line, *end;

	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin)) {
		putchar('\n');
		return false;
	}
	end = line + strlen(line);
	if (end > line && end[-1] != '\n' && !feof(stdin))
		return false;
	if (!init->is_terminal)
		putchar('\n'); /* nothing that is typed ends the prompt's line */
	while (end > begin && (unsigned char)end[-1] <= ' ')
		*--end = '\0';
	begin += strspn(begin, " \t");
	memmove(ret, begin, (size_t)(end - begin) + 1);
	return true;
}

/* One answer. In a pipe a wrong answer ends it, because the next line answers the next question. */
static int ask(const struct init *init, const struct draft_question *question,
		char ret[DRAFT_ANSWER_MAX_BYTES])
{
	const char *problem;

	if (question->hint)
		printf("  (%s)\n", question->hint);
	for (;;) {
		bool is_read;

		printf(question->standard ? "%s [%s]: " : "%s: ", question->prompt,
				question->standard && *question->standard ? question->standard : "none");
		is_read = read_answer(init, ret);
		if (!is_read)
			*ret = '\0';
		if (!*ret && question->standard) {
			snprintf(ret, DRAFT_ANSWER_MAX_BYTES, "%s", question->standard);
			return EX_OK;
		}
		problem = !*ret                              ? "needs an answer"
			  : !utf8_is_clean(ret, strlen(ret)) ? "has a control character"
							     : NULL;
		if (!problem)
			problem = question->check ? question->check(ret) : NULL;
		if (!problem)
			return EX_OK;
		complain("episoded init: \"%s\": this %s", question->prompt, problem);
		if (!init->is_terminal || !is_read)
			return EX_DATAERR;
	}
}

static int ask_all(struct init *init)
{
	int code = EX_OK;

	for (size_t i = 0; code == EX_OK && i < init->draft->question_count; i++)
		code = ask(init, &init->draft->questions[i], init->answers[i]);
	return code;
}

/* Only a "yes" or an Enter that was really typed. */
static bool is_agreed(const struct init *init)
{
	char answer[DRAFT_ANSWER_MAX_BYTES];

	printf("%s exists. Add the gateway \"%s\" to it? The present file is kept as %s.old. [yes]: ",
			init->path, init->name, init->path);
	return read_answer(init, answer) &&
	       (!*answer || str_equal_nocase(answer, "y") || str_equal_nocase(answer, "yes"));
}

/* ---------------------------------------------------------------- the file that exists */

static int read_old(struct init *init)
{
	FILE *file = fopen(init->path, "re");
	char bytes[4096];
	size_t length;
	int r = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while ((length = fread(bytes, 1, sizeof(bytes), file)) > 0)
		str_append_bytes(&init->old, bytes, length);
	if (ferror(file))
		r = -errno;
	fclose(file);
	return r ? r : init->old.error;
}

/* Move past blanks and comments. */
static const char *skip(const char *text)
{
	for (;;) {
		text += strspn(text, " \t\r\n");
		if (str_starts(text, "//")) {
			text += strcspn(text, "\n");
		} else if (str_starts(text, "/*")) {
			const char *end = strstr(text + 2, "*/");

			text = end ? end + 2 : text + strlen(text);
		} else {
			return text;
		}
	}
}

/* Find the place after the bracket that opens the list of gateways. */
static bool find_place(struct init *init)
{
	struct json_node *list = json_get(json_root(init->json), "gateways");
	const char *text = str_text(&init->old), *at;

	if (json_type(list) != JSON_ARRAY)
		return false;
	at = text + json_offset(init->json, list) + 1;
	at += strcspn(at, "\""); /* the key, which is "gateways" */
	at = skip(*at ? at + 1 : at);
	at = skip(*at == ':' ? at + 1 : at);
	if (*at != '[')
		return false;
	init->place = (size_t)(at + 1 - text);
	return true;
}

static int examine_old(struct init *init)
{
	struct str report = STR(64 * 1024);
	int r = read_old(init), code = EX_OK;

	if (r < 0) {
		complain("%s: cannot be read: %s", init->path, strerror(-r));
		return EX_CANTCREAT;
	}
	if (!*skip(str_text(&init->old)))
		return EX_OK;
	r = json_parse(str_text(&init->old), init->old.length, JSON_COMMENTS, &init->json);
	if (r < 0) {
		complain("%s: cannot be read: %s", init->path, strerror(-r));
		return EX_CONFIG;
	}
	json_print_problems(init->json, init->path, &report);
	if (json_is_broken(init->json)) {
		fputs(str_text(&report), stderr);
		complain("%s has errors: correct them first, or name another file", init->path);
		code = EX_CONFIG;
	} else if (!find_place(init)) {
		complain("%s has no list \"gateways\": add one, or name another file", init->path);
		code = EX_CONFIG;
	}
	str_release(&report);
	return code;
}

static bool has_gateway(const struct init *init, const char *name)
{
	struct json_node *list = init->json ? json_get(json_root(init->json), "gateways") : NULL;

	for (struct json_node *node = json_first(list); node; node = json_next(node))
		if (str_equal(json_string(json_get(node, "name")), name))
			return true;
	return false;
}

static void choose_name(struct init *init)
{
	const char *answers[DRAFT_QUESTIONS_MAX];
	char base[DRAFT_NAME_BYTES] = "";

	for (size_t i = 0; i < DRAFT_QUESTIONS_MAX; i++)
		answers[i] = init->answers[i];
	if (init->draft->suggest_name)
		init->draft->suggest_name(answers, base);
	if (!*base)
		snprintf(base, sizeof(base), "%s", init->network->type);
	snprintf(init->name, sizeof(init->name), "%s", base);
	for (unsigned i = 2; i < NAMES_TRIED && has_gateway(init, init->name); i++)
		snprintf(init->name, sizeof(init->name), "%.28s-%u", base, i);
}

/* ---------------------------------------------------------------- writing */

static void append_gateway(struct init *init, struct str *text)
{
	const char *answers[DRAFT_QUESTIONS_MAX];

	for (size_t i = 0; i < DRAFT_QUESTIONS_MAX; i++)
		answers[i] = init->answers[i];
	str_append(text, "    {\n");
	draft_append(text, "name", init->name);
	draft_append(text, "type", init->network->type);
	init->draft->write(init->name, answers, text, &init->secret);
	str_append(text, "    }");
}

static void append_file(struct init *init, struct str *text)
{
	str_printf(text,
			"// The configuration of episoded. Every key is described in episoded.conf(5).\n"
			"//\n"
			"// Check a change:  episoded check config %s\n"
			"{\n"
			"  // The text before each command: \"!episode 5\". A mention of the bot works too.\n"
			"  \"prefix\": \"!\",\n\n"
			"  // One object for each connection to a chat network.\n"
			"  \"gateways\": [\n"
			"    // A chat page for this machine only, http://127.0.0.1:8067. Remove it if you "
			"do not need it.\n"
			"    { \"name\": \"lobby\", \"type\": \"lobby\" },\n\n",
			init->path);
	append_gateway(init, text);
	str_append(text, "\n  ]\n}\n");
}

static void compose(struct init *init, struct str *text)
{
	if (!init->json) {
		append_file(init, text);
		return;
	}
	str_append_bytes(text, str_text(&init->old), init->place);
	str_append(text, "\n");
	append_gateway(init, text);
	if (json_count(json_get(json_root(init->json), "gateways")) > 0)
		str_append(text, ",");
	if (str_text(&init->old)[init->place] != '\n')
		str_append(text, "\n   ");
	str_append(text, str_text(&init->old) + init->place);
}

/* In place of an older file, which is kept as PATH.old. */
static int put(const struct init *init, const struct str *text)
{
	const char *slash = strrchr(init->path, '/'), *name = slash ? slash + 1 : init->path;
	char *folder = file_folder(init->path);
	struct str old = STR(FILE_PATH_MAX_BYTES);
	struct stat about = {.st_mode = FILE_MODE};
	int r = folder ? 0 : -ENOMEM;

	(void)stat(init->path, &about);
	str_printf(&old, "%s.old", name);
	if (r == 0 && init->old.length)
		r = file_put(folder, str_text(&old), str_text(&init->old), init->old.length);
	if (r == 0)
		r = file_put(folder, name, str_text(text), text->length);
	if (r == 0 && chmod(init->path, about.st_mode & 07777) < 0)
		r = -errno;
	str_release(&old);
	free(folder);
	return r;
}

/* What the networks' write functions append is JSON for all answers that their checks accept. */
static void assert_is_json(const struct str *text)
{
	struct json *json = NULL;

	if (json_parse(str_text(text), text->length, JSON_COMMENTS, &json) == 0)
		assert(!json_is_broken(json));
	json_free(json);
}

static int write_file(struct init *init)
{
	struct str text = STR(TEXT_MAX_BYTES);
	int r;

	compose(init, &text);
	r = text.error ? text.error : init->secret.error;
	if (r == 0)
		assert_is_json(&text);
	if (r == 0)
		r = put(init, &text);
	str_release(&text);
	if (r == 0)
		return EX_OK;
	complain("%s: cannot be written: %s", init->path, strerror(-r));
	return EX_CANTCREAT;
}

/* Can the file be made? Told before the first question. */
static int examine_path(const struct init *init)
{
	char *folder = file_folder(init->path);
	struct stat about;
	int code = EX_OK;

	if (!folder)
		return EX_OSERR;
	if (stat(init->path, &about) == 0 && !S_ISREG(about.st_mode)) {
		complain("%s: this is not a file; name one, as in %s/" FILE_HERE, init->path, init->path);
		code = EX_CANTCREAT;
	} else if (access(folder, W_OK | X_OK) < 0) {
		complain("%s: cannot be written: %s: %s; use sudo, or name another file", init->path, folder,
				strerror(errno));
		code = EX_CANTCREAT;
	}
	free(folder);
	return code;
}

/* ---------------------------------------------------------------- what comes next */

/* Lines of a text, under a number. */
static void print_step(unsigned *step, const char *text)
{
	printf("  %u. ", ++*step);
	for (; *text; text++) {
		putchar(*text);
		if (*text == '\n')
			fputs("     ", stdout);
	}
	putchar('\n');
}

static void print_command(const struct init *init, unsigned *step, const char *arguments, const char *remark)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES);

	str_printf(&line, "%s %s%s%s", init->program, arguments, *remark ? "    # " : "", remark);
	print_step(step, str_text(&line));
	str_release(&line);
}

static void print_steps(const struct init *init)
{
	const bool is_service = str_equal(init->path, SERVICE_FILE);
	const char *option = is_service ? "" : " -c ", *file = is_service ? "" : init->path;
	struct str arguments = STR(UTF8_LINE_MAX_BYTES);
	unsigned step = 0;

	printf("\nWritten: %s\n\nNext:\n", init->path);
	if (init->draft->before)
		print_step(&step, init->draft->before);
	if (init->secret.length) {
		str_printf(&arguments, "secret set %s", str_text(&init->secret));
		print_command(init, &step, str_text(&arguments), "asks for it, and shows nothing");
	}
	str_clear(&arguments);
	str_printf(&arguments, "check config%s%s", is_service ? "" : " ", file);
	print_command(init, &step, str_text(&arguments), "");
	if (init->draft->login) {
		str_clear(&arguments);
		str_printf(&arguments, "%s%s%s", init->draft->login, option, file);
		print_command(init, &step, str_text(&arguments), "");
	}
	if (is_service) {
		print_step(&step, "systemctl enable episoded; systemctl restart episoded    # its log: "
				  "journalctl -fu episoded");
	} else {
		str_clear(&arguments);
		str_printf(&arguments, "run -c %s", file);
		print_command(init, &step, str_text(&arguments), "");
	}
	if (init->draft->after)
		print_step(&step, init->draft->after);
	str_release(&arguments);
}

/* ---------------------------------------------------------------- the whole */

static const struct network *network_of(const char *type)
{
	for (const struct network *const *at = networks; type && *at; at++)
		if ((*at)->draft && str_equal((*at)->type, type))
			return *at;
	return NULL;
}

static int refuse_type(const char *type)
{
	struct str list = STR(1000);

	for (const struct network *const *at = networks; *at; at++)
		if ((*at)->draft)
			str_printf(&list, "%s%s", list.length ? ", " : "", (*at)->type);
	if (str_equal(type, "lobby"))
		complain("the lobby needs no configuration: \"episoded run\". \"init\" knows %s.",
				str_text(&list));
	else if (type)
		complain("\"init\" does not know \"%s\"; it knows %s.", type, str_text(&list));
	else
		complain("\"init\" needs a network: %s.", str_text(&list));
	str_release(&list);
	return EX_USAGE;
}

static const char *standard_path(void)
{
	return geteuid() == 0 && access(SERVICE_FOLDER, F_OK) == 0 ? SERVICE_FILE : FILE_HERE;
}

int init_run(const char *type, const char *path, const char *program)
{
	struct init init = {
			.network = network_of(type),
			.path = path ? path : standard_path(),
			.program = program,
			.is_terminal = isatty(STDIN_FILENO),
			.secret = STR(DRAFT_NAME_BYTES + 32),
			.old = STR(TEXT_MAX_BYTES),
	};
	int code;

	if (!init.network)
		return refuse_type(type);
	init.draft = init.network->draft;
	code = examine_path(&init);
	if (code == EX_OK)
		code = examine_old(&init);
	if (code == EX_OK)
		code = ask_all(&init);
	if (code != EX_OK)
		goto out;
	choose_name(&init);
	if (init.json && !is_agreed(&init)) {
		complain("%s is unchanged; for another file: %s init %s FILE", init.path, program, type);
		code = EX_CANTCREAT;
		goto out;
	}
	code = write_file(&init);
	if (code == EX_OK)
		print_steps(&init);
out:
	json_free(init.json);
	str_release(&init.secret);
	str_release(&init.old);
	return code;
}
