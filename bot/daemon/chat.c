/* The core in a terminal. */

#include "bot/daemon/chat.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/catalogue.h"
#include "bot/core/dispatch.h"
#include "bot/core/rights.h"
#include "bot/daemon/files.h"
#include "bot/daemon/reloaded.h"
#include "bot/gateway/console/console.h"

#define DATASET_MAX_BYTES 256

struct chatting {
	const struct chat_options *options;
	struct files files;
	struct files next;        /* read by a reload, in use from the next question on */
	struct reloaded reloaded; /* what it led to */
	struct orders *orders;
	struct dispatch *dispatch;
	struct str dataset;
};

static void on_status(void *user, struct request_status *ret)
{
	const struct chatting *chat = user;

	ret->dataset = str_text(&chat->dataset);
}

static void release_files(const struct files *files)
{
	catalogue_free(files->catalogue);
	config_free(files->config);
}

/* Switch to files that were read. */
static void adopt(struct chatting *chat, const struct files *files)
{
	struct files old = chat->files;

	chat->files = *files;
	dispatch_configure(chat->dispatch, files->config->prefix, files->catalogue, files->default_show);
	orders_configure(chat->orders, files->config, files->catalogue);
	str_clear(&chat->dataset);
	files_describe_catalogue(files->catalogue, &chat->dataset);
	release_files(&old);
}

static int read_files(const struct chat_options *options, struct str *problems, struct files *ret)
{
	return files_read(&(struct files_source){.config_path = options->config_path,
					  .data = options->data,
					  .shows = options->shows,
					  .is_shows_only = true,
					  .problems = problems},
			ret);
}

/* !reload: read the files at once. The answer still needs what was loaded before. */
static void on_order(void *user, enum order order)
{
	struct chatting *chat = user;
	struct str dataset = STR(DATASET_MAX_BYTES);
	bool is_done;

	if (order != ORDER_RELOAD)
		return;
	reloaded_begin(&chat->reloaded);
	is_done = read_files(chat->options, &chat->reloaded.problems, &chat->next) == EX_OK;
	if (is_done)
		reloaded_compare(&chat->reloaded, &chat->files, &chat->next);
	files_describe_catalogue(is_done ? chat->next.catalogue : chat->files.catalogue, &dataset);
	reloaded_end(&chat->reloaded, is_done, str_text(&dataset));
	orders_set_reloaded(chat->orders, &chat->reloaded.result);
	str_release(&dataset);
}

static void on_answered(void *user)
{
	struct chatting *chat = user;

	if (chat->next.catalogue)
		adopt(chat, &chat->next);
	chat->next = (struct files){0};
}

static int make_parts(struct chatting *chat)
{
	struct dispatch_host host = {
			.user = chat,
			.on_status = on_status,
			.is_fleeting = true,
	};
	uint64_t seed;
	int r = orders_new(on_order, chat, &chat->orders);

	if (!r)
		r = orders_open(chat->orders, NULL);
	if (r < 0)
		return r;
	host.orders = orders_for_terminal(chat->orders);
	random_bytes(&seed, sizeof(seed));
	return dispatch_new(&host, seed, &chat->dispatch);
}

/* $XDG_STATE_HOME/episoded/chat_history; "" without a home. */
static const char *history_path(char ret[PATH_MAX])
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int length = 0;

	ret[0] = '\0';
	if (base && *base == '/')
		length = snprintf(ret, PATH_MAX, "%s/episoded/chat_history", base);
	else if (home && *home == '/')
		length = snprintf(ret, PATH_MAX, "%s/.local/state/episoded/chat_history", home);
	if (length >= PATH_MAX)
		ret[0] = '\0';
	return *ret ? ret : NULL;
}

static int converse(struct chatting *chat)
{
	char path[PATH_MAX];
	struct console_host host = {.shows_spoilers = chat->options->shows_spoilers,
			.history_path = history_path(path),
			.on_answered = on_answered,
			.user = chat};
	struct str text = STR(UTF8_LINE_MAX_BYTES);
	int r;

	host.dispatch = chat->dispatch;
	r = console_run(&host);
	if (r == 0 || r == -EPIPE)
		return EX_OK; /* -EPIPE: the reader, such as head(1), has seen enough */
	utf8_line(&text, "episoded chat: %s", strerror(-r));
	fprintf(stderr, "%s\n", str_text(&text));
	str_release(&text);
	return r == -ENOMEM ? EX_OSERR : EX_IOERR;
}

int chat_run(const struct chat_options *options)
{
	struct chatting chat = {.options = options, .dataset = STR(DATASET_MAX_BYTES)};
	struct files files;
	int code;

	reloaded_init(&chat.reloaded);
	log_setup(LOG_FORMAT_AUTO, LOG_LEVEL_WARNING);
	code = read_files(options, NULL, &files);
	if (code != EX_OK) {
		reloaded_release(&chat.reloaded);
		return code;
	}
	if (make_parts(&chat) == 0) {
		adopt(&chat, &files);
		code = converse(&chat);
	} else {
		release_files(&files);
		fprintf(stderr, "episoded chat: %s\n", strerror(ENOMEM));
		code = EX_OSERR;
	}
	dispatch_free(chat.dispatch);
	orders_free(chat.orders);
	str_release(&chat.dataset);
	release_files(&chat.files);
	reloaded_release(&chat.reloaded);
	return code;
}
