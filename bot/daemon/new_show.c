/* "episoded new-show": the first file of a show. */

#include "bot/daemon/new_show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/config/config.h"
#include "bot/daemon/show_folders.h"

#define NAME_MAX_BYTES 800 /* LOAD_NAME_MAX characters */
#define ID_MAX_BYTES   64  /* as "default_show" may have */
#define TEXT_MAX_BYTES (16 * 1024)
#define SUFFIX         ".json"

/* @NAME@ is the name as a JSON string. */
static const char skeleton[] =
		"// A show for episoded. This file's name is its ID; its title and aliases name it, too:\n"
		"// !episode 1 of @ID@\n"
		"//\n"
		"// What follows // is a comment: remove the // of a line to use it. A mistake breaks\n"
		"// nothing, and the bot's log names its line. episoded-show(5) describes every member.\n"
		"{\n"
		"  \"name\": @NAME@,\n"
		"  // \"aliases\": [\"short form\", \"another title\"],\n"
		"\n"
		"  // The premise, for people who have seen nothing.\n"
		"  // \"summary\": \"Somebody else keeps the log of a lighthouse keeper.\",\n"
		"\n"
		"  // Running, Ended, To Be Determined or In Development.\n"
		"  \"status\": \"Running\",\n"
		"  // The zone of all hours below. Without it, only the days count.\n"
		"  // \"timezone\": \"Europe/London\",\n"
		"  // \"where\": [\"Pier TV\", {\"name\": \"Stream\", \"url\": \"https://example.org\"}],\n"
		"\n"
		"  // The \"reveal\" of a text: after that episode it is no spoiler; 0: it never is one.\n"
		"  // \"trivia\": [{\"text\": \"The lighthouse is a model.\", \"reveal\": 0}],\n"
		"  // \"characters\": [\n"
		"  //   {\"name\": \"Ada Lund\", \"about\": \"Keeps the lighthouse.\",\n"
		"  //     \"facts\": [{\"text\": \"She has a twin.\", \"reveal\": \"s01e01\"}]}\n"
		"  // ],\n"
		"\n"
		"  // One object for each episode. Only \"season\" is required; season 0 is for specials.\n"
		"  \"episodes\": [\n"
		"    {\n"
		"      \"season\": 1, \"number\": 1\n"
		"      // , \"name\": \"Ebb\"\n"
		"      // , \"airdate\": \"2027-03-02\", \"airtime\": \"21:00\", \"runtime\": 50\n"
		"      // Shown to everybody, so it must tell nothing of what happens:\n"
		"      // , \"teaser\": \"Who wrote this?\"\n"
		"      // What happens; hidden from people who have not seen the episode:\n"
		"      // , \"summary\": \"Ada reads the log, and it is in her own hand.\"\n"
		"      // Words by which people look for it, never shown:\n"
		"      // , \"keywords\": [\"diary\"]\n"
		"    }\n"
		"  ]\n"
		"}\n";

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES);
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(&line, format, arguments);
	va_end(arguments);
	fprintf(stderr, "episoded new-show: %s\n", str_text(&line));
	str_release(&line);
}

/* "Harbour Lights" -> "harbour-lights"; "" if the name has no letter of a to z. */
static void append_id(const char *name, struct str *id)
{
	struct str folded = STR(2 * NAME_MAX_BYTES);
	bool is_gap = false;

	utf8_fold(&folded, name);
	for (const char *at = str_text(&folded); *at; at++) {
		bool is_part = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9');

		if (is_part && id->length + 2 <= ID_MAX_BYTES) {
			if (is_gap && id->length)
				str_append_char(id, '-');
			str_append_char(id, *at);
		}
		is_gap = !is_part;
	}
	str_release(&folded);
}

/* ---------------------------------------------------------------- the file */

/* Write a file that must not exist, in one piece: a bot that watches its folder reads it when it is closed. */
static int write_new(const char *path, const struct str *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), r = 0;
	ssize_t count;

	if (fd < 0)
		return -errno;
	count = write(fd, str_text(text), text->length);
	if (count != (ssize_t)text->length)
		r = count < 0 ? -errno : -ENOSPC;
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	return r;
}

/* The folder of the operator's shows. */
static int own_folder(const struct new_show_options *options, struct str *ret)
{
	const char *const *folders = show_folders_own();
	struct str report = STR(TEXT_MAX_BYTES);
	struct config *config = NULL;
	int r;

	if (!options->config_path) {
		while (folders[1])
			folders++;
		str_append(ret, folders[0]);
		return EX_OK;
	}
	r = config_load_shows(options->config_path, &report, &config);
	fputs(str_text(&report), stderr);
	str_release(&report);
	if (r < 0)
		return r == -ENOMEM ? EX_OSERR : EX_CONFIG;
	str_append(ret, config->data.count ? config->data.paths[config->data.count - 1] : config->shows);
	config_free(config);
	return EX_OK;
}

static bool has_suffix(const char *path)
{
	size_t length = strlen(path);

	return length > strlen(SUFFIX) && strcmp(path + length - strlen(SUFFIX), SUFFIX) == 0 &&
	       path[length - strlen(SUFFIX) - 1] != '/';
}

/* Where the file shall be. */
static int choose_path(const struct new_show_options *options, const char *id, struct str *ret)
{
	int code = EX_OK;

	if (options->output && !has_suffix(options->output)) {
		complain("%s: the name of a dataset ends in " SUFFIX, options->output);
		return EX_USAGE;
	}
	if (options->output) {
		str_append(ret, options->output);
		return EX_OK;
	}
	if (!*id) {
		complain("\"%s\" has no letter from a to z for a file name; choose one: -o FILE" SUFFIX,
				options->name);
		return EX_USAGE;
	}
	if (options->into)
		str_append(ret, options->into);
	else
		code = own_folder(options, ret);
	if (code == EX_OK && file_make_shared_folder(str_text(ret)) < 0) {
		complain("%s: the folder cannot be created: %s; choose another one: --into FOLDER",
				str_text(ret), strerror(errno));
		return EX_CANTCREAT;
	}
	str_printf(ret, "/%s" SUFFIX, id);
	return code;
}

/* ---------------------------------------------------------------- what comes next */

/* Is the file in a folder that a bot reads: the chosen configuration's, or without one the operator's. */
static bool is_read(const struct new_show_options *options, const char *path)
{
	struct str folder = STR(FILE_PATH_MAX_BYTES), own = STR(FILE_PATH_MAX_BYTES);
	const char *slash = strrchr(path, '/');
	char *one, *other;
	bool is_so;

	if (!options->output && !options->into)
		return true;
	str_append_bytes(&folder, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
	if (own_folder(options, &own) != EX_OK)
		str_clear(&own);
	one = realpath(str_text(&folder), NULL);
	other = realpath(str_text(&own), NULL);
	is_so = one && str_equal(one, other);
	free(one);
	free(other);
	str_release(&folder);
	str_release(&own);
	return is_so;
}

static void print_steps(const struct new_show_options *options, const char *path, const char *id)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES + 1);
	bool is_ours = is_read(options, path);

	utf8_report(&line, "Written: %s", path);
	fputs(str_text(&line), stdout);
	printf("\nNext:\n  1. Fill it in with an editor: episodes, dates, teasers.\n  2. ");
	str_clear(&line);
	utf8_report(&line, "%s check data %s", options->program, path);
	fputs(str_text(&line), stdout);
	if (is_ours)
		printf("  3. A running bot reads the file within a second of each save. Ask it:\n");
	else
		printf("  3. Name the file's folder in \"data\" of the configuration, and reload the bot. It "
		       "then reads "
		       "the file\n     within a second of each save. Ask it:\n");
	printf("     !episode 1 of %s\n", id);
	str_release(&line);
}

/* The ID is that of the file's name. */
static void append_id_of(const char *path, struct str *id)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	str_append_bytes(id, name, strlen(name) - strlen(SUFFIX));
}

/* Append the skeleton with a name and an ID. */
static void fill_in(struct str *text, const char *name, const char *id)
{
	const char *at = skeleton;

	while (*at) {
		size_t length = strcspn(at, "@");

		str_append_bytes(text, at, length);
		at += length;
		if (str_starts(at, "@NAME@"))
			str_append(text, name);
		else if (str_starts(at, "@ID@"))
			str_append(text, id);
		at += *at ? strcspn(at + 1, "@") + 2 : 0;
	}
}

static int write_show(const struct new_show_options *options, const char *id)
{
	struct str path = STR(FILE_PATH_MAX_BYTES), text = STR(TEXT_MAX_BYTES),
		   quoted = STR(8 * NAME_MAX_BYTES);
	struct str file_id = STR(FILE_PATH_MAX_BYTES);
	bool is_printed = str_equal(options->output, "-");
	int code = is_printed ? EX_OK : choose_path(options, id, &path), r;

	if (code != EX_OK)
		goto out;
	if (is_printed)
		str_append(&file_id, *id ? id : "ID");
	else
		append_id_of(str_text(&path), &file_id);
	json_append_string(&quoted, options->name);
	fill_in(&text, str_text(&quoted), str_text(&file_id));
	r = text.error ? text.error : path.error ? path.error : 0;
	if (r == 0 && is_printed)
		fputs(str_text(&text), stdout);
	else if (r == 0)
		r = write_new(str_text(&path), &text);
	if (r < 0) {
		complain("%s: %s", str_text(&path),
				r == -EEXIST ? "the file exists, and is left as it is; edit it, or choose "
					       "another "
					       "file: -o FILE" SUFFIX
					     : strerror(-r));
		code = r == -ENOMEM ? EX_OSERR : EX_CANTCREAT;
	} else if (!is_printed) {
		print_steps(options, str_text(&path), str_text(&file_id));
	}
out:
	str_release(&path);
	str_release(&text);
	str_release(&quoted);
	str_release(&file_id);
	return code;
}

int new_show_run(const struct new_show_options *options)
{
	struct str id = STR(ID_MAX_BYTES);
	int code = EX_USAGE;

	if (options->output && options->into)
		complain("-o and --into name two places; choose one");
	else if (strlen(options->name) > NAME_MAX_BYTES ||
			!utf8_is_clean(options->name, strlen(options->name)) || !*options->name)
		complain("the name must be text of 1 to 200 characters, without control characters");
	else {
		append_id(options->name, &id);
		code = write_show(options, str_text(&id));
	}
	str_release(&id);
	return code;
}
