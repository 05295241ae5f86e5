/* Fetching pictures: a request, its redirects, then a thread that writes the file. */

#include "bot/pictures/pictures.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/homepage.h"
#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/catalogue/picture.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "bot/net/work.h"
#include "bot/pictures/album.h"
#include "bot/pictures/link.h"

#define STACK_BYTES      (128 * 1024)
#define AGENT_MAX_BYTES  512
#define REASON_MAX_BYTES 200

/* A link that is being fetched or written. */
struct picture_fetch {
	struct pictures *pictures; /* NULL: not in use */
	char name[PICTURE_NAME_BYTES];
	char *link; /* where the request goes now */
	unsigned redirects;
	struct http_transfer *transfer; /* NULL: the file is being written */
	struct work *work;
};

struct failed_picture {
	char name[PICTURE_NAME_BYTES];
	uint64_t until_ms;
};

struct pictures {
	struct loop *loop;
	struct http *http; /* NULL: no request is under way */
	char *folder, *proxy, *ca_file;
	bool allows_private;
	struct picture_fetch fetching[PICTURES_FETCHING_MAX];
	struct failed_picture failed[PICTURES_FAILED_MAX];
	size_t next_failed; /* to be replaced */
	struct timer *idle; /* closes the connections, outside of their callbacks */
};

/* What the thread writes. */
struct picture_file {
	char *folder;
	char name[PICTURE_NAME_BYTES];
	char *bytes;
	size_t length;
	int result;
};

/* ---------------------------------------------------------------- the end of a link */

static bool is_busy(const struct pictures *pictures)
{
	for (size_t i = 0; i < PICTURES_FETCHING_MAX; i++) {
		if (pictures->fetching[i].transfer)
			return true;
	}
	return false;
}

static void on_idle(void *user)
{
	struct pictures *pictures = user;

	if (is_busy(pictures))
		return;
	http_free(pictures->http);
	pictures->http = NULL;
}

static void end(struct picture_fetch *fetching)
{
	struct pictures *pictures = fetching->pictures;

	free(fetching->link);
	*fetching = (struct picture_fetch){0};
	if (!is_busy(pictures))
		timer_set(pictures->idle, 0);
}

__attribute__((format(printf, 2, 3))) static void fail(
		struct picture_fetch *fetching, const char *format, ...)
{
	struct pictures *pictures = fetching->pictures;
	struct failed_picture *failed = &pictures->failed[pictures->next_failed];
	char reason[REASON_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	log_info("no picture from %s: %s", fetching->link, reason);
	pictures->next_failed = (pictures->next_failed + 1) % PICTURES_FAILED_MAX;
	failed->until_ms = loop_now_ms(pictures->loop) + PICTURES_FAILED_MS;
	memcpy(failed->name, fetching->name, sizeof(failed->name));
	end(fetching);
}

/* ---------------------------------------------------------------- the file */

static void writing_run(void *job)
{
	struct picture_file *writing = job;

	writing->result = album_write(writing->folder, writing->name, writing->bytes, writing->length);
}

static void writing_release(void *job)
{
	struct picture_file *writing = job;

	if (!writing)
		return;
	free(writing->folder);
	free(writing->bytes);
	free(writing);
}

static void on_written(void *user, void *job)
{
	struct picture_fetch *fetching = user;
	const struct picture_file *writing = job;

	fetching->work = NULL;
	if (writing->result < 0)
		fail(fetching, "cannot keep it in %s: %s", writing->folder, strerror(-writing->result));
	else
		end(fetching);
}

static void write_picture(struct picture_fetch *fetching, const char *bytes, size_t length)
{
	static const struct work_class class = {writing_run, writing_release, STACK_BYTES};
	struct pictures *pictures = fetching->pictures;
	struct picture_file *writing = calloc(1, sizeof(*writing));
	int r = writing ? 0 : -ENOMEM;

	if (writing) {
		memcpy(writing->name, fetching->name, sizeof(writing->name));
		writing->folder = str_copy(pictures->folder);
		writing->bytes = bytes_copy(bytes, length);
		writing->length = length;
		r = writing->folder && writing->bytes ? work_start(pictures->loop, &class, writing,
									on_written, fetching, &fetching->work)
						      : -ENOMEM;
	}
	if (r < 0) {
		writing_release(writing);
		fail(fetching, "%s", strerror(-r));
	}
}

/* ---------------------------------------------------------------- the request */

static int request(struct picture_fetch *fetching);

static void follow(struct picture_fetch *fetching, const char *location)
{
	bool allows_any = fetching->pictures->allows_private;
	char *next = NULL;
	int r;

	if (!location || fetching->redirects++ == PICTURES_REDIRECTS_MAX) {
		fail(fetching, location ? "too many redirects" : "a redirect without a location");
		return;
	}
	r = picture_link_follow(fetching->link, location, allows_any, &next);
	if (r == 0) {
		free(fetching->link);
		fetching->link = next;
		r = request(fetching);
	}
	if (r < 0)
		fail(fetching, r == -EINVAL ? "a redirect to an address that is not asked" : "%s",
				strerror(-r));
}

static void on_response(void *user, const struct http_response *response)
{
	struct picture_fetch *fetching = user;
	int status = response->status;

	fetching->transfer = NULL;
	if (response->error)
		fail(fetching, "%s", response->reason);
	else if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
		follow(fetching, http_header(response->transfer, "Location"));
	else if (status != 200)
		fail(fetching, "HTTP status %d", status);
	else if (response->body_bytes > PICTURE_MAX_BYTES)
		fail(fetching, "it is larger than %u MB", PICTURE_MAX_BYTES / (1024 * 1024));
	else if (!picture_type_of(response->body, response->body_bytes))
		fail(fetching, "it is not PNG, JPEG, WebP or GIF");
	else
		write_picture(fetching, response->body, response->body_bytes);
}

static int open_http(struct pictures *pictures)
{
	char agent[AGENT_MAX_BYTES];
	int r;

	if (pictures->http)
		return 0;
	snprintf(agent, sizeof(agent), "episoded/" EPISODED_VERSION "%s%s%s", *homepage ? " (" : "", homepage,
			*homepage ? ")" : "");
	r = http_new(pictures->loop, agent, pictures->ca_file, &pictures->http);
	return r < 0 ? r : http_set_proxy(pictures->http, pictures->proxy);
}

static int request(struct picture_fetch *fetching)
{
	struct pictures *pictures = fetching->pictures;
	const struct http_request request = {.method = "GET",
			.url = fetching->link,
			.headers = {"Accept: image/webp, image/png, image/jpeg, image/gif"},
			.is_repeatable = true,
			.is_public_only = !pictures->allows_private,
			.timeout_ms = PICTURES_TIMEOUT_MS};
	int r = open_http(pictures);

	return r < 0 ? r : http_start(pictures->http, &request, on_response, fetching, &fetching->transfer);
}

/* ---------------------------------------------------------------- what is asked for */

static bool is_fetching(const struct pictures *pictures, const char *name)
{
	for (size_t i = 0; i < PICTURES_FETCHING_MAX; i++) {
		if (pictures->fetching[i].pictures && str_equal(pictures->fetching[i].name, name))
			return true;
	}
	return false;
}

static bool has_failed(const struct pictures *pictures, const char *name)
{
	uint64_t now_ms = loop_now_ms(pictures->loop);

	for (size_t i = 0; i < PICTURES_FAILED_MAX; i++) {
		if (pictures->failed[i].until_ms > now_ms && str_equal(pictures->failed[i].name, name))
			return true;
	}
	return false;
}

/* -EAGAIN: it is under way, or there is no place for it now. */
static int fetch(struct pictures *pictures, const char *link, const char *name)
{
	struct picture_fetch *fetching = NULL;
	int r;

	for (size_t i = 0; i < PICTURES_FETCHING_MAX; i++) {
		if (!pictures->fetching[i].pictures)
			fetching = &pictures->fetching[i];
	}
	if (!fetching)
		return -EAGAIN;
	*fetching = (struct picture_fetch){.pictures = pictures, .link = str_copy(link)};
	memcpy(fetching->name, name, sizeof(fetching->name));
	r = !fetching->link                                             ? -ENOMEM
	    : picture_link_ok(fetching->link, pictures->allows_private) ? request(fetching)
									: -EINVAL;
	if (r == -ENOMEM) {
		end(fetching);
		return r;
	}
	if (r < 0) {
		fail(fetching, "such a link is not fetched");
		return -ENOENT;
	}
	return -EAGAIN;
}

int pictures_get(struct pictures *pictures, const char *link, char **ret, size_t *ret_length,
		const char **ret_type)
{
	char name[PICTURE_NAME_BYTES];
	int r;

	picture_name(link, name);
	if (is_fetching(pictures, name))
		return -EAGAIN;
	r = album_read(pictures->folder, name, ret, ret_length, ret_type);
	if (r == 0 || r == -ENOMEM)
		return r;
	return has_failed(pictures, name) ? -ENOENT : fetch(pictures, link, name);
}

/* ---------------------------------------------------------------- */

int pictures_new(struct loop *loop, const struct pictures_options *options, struct pictures **ret)
{
	struct pictures *pictures = calloc(1, sizeof(*pictures));

	if (!pictures)
		return -ENOMEM;
	pictures->loop = loop;
	pictures->allows_private = options->allows_private;
	pictures->folder = str_copy(options->folder);
	pictures->proxy = str_copy(options->proxy);
	pictures->ca_file = str_copy(options->ca_file);
	pictures->idle = timer_new(loop, on_idle, pictures);
	if (!pictures->folder || !pictures->idle || (options->proxy && !pictures->proxy) ||
			(options->ca_file && !pictures->ca_file)) {
		pictures_free(pictures);
		return -ENOMEM;
	}
	*ret = pictures;
	return 0;
}

void pictures_free(struct pictures *pictures)
{
	if (!pictures)
		return;
	for (size_t i = 0; i < PICTURES_FETCHING_MAX; i++) {
		http_cancel(pictures->fetching[i].transfer);
		work_cancel(pictures->fetching[i].work);
		free(pictures->fetching[i].link);
	}
	http_free(pictures->http);
	timer_free(pictures->idle);
	free(pictures->folder);
	free(pictures->ca_file);
	if (pictures->proxy) /* it may contain a password */
		explicit_bzero(pictures->proxy, strlen(pictures->proxy));
	free(pictures->proxy);
	free(pictures);
}
