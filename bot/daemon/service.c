/* systemd's readiness protocol, and its watchdog fed by the loop. A thread sends, because sd_notify() waits for a service
 * manager that hangs. */

#include "bot/daemon/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "bot/base/log.h"
#include "bot/base/output.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/loop.h"

#define QUEUE_MAX_BYTES (64 * 1024) /* while the service manager hangs */
#define END_MS          500

struct service {
	struct output *output; /* NULL: no service manager */
	struct timer *beat;    /* NULL: no watchdog */
	uint64_t every_ms;
	char *told; /* the last status, as it was sent; NULL before the first */
	void (*on_beat)(void *user);
	void *user;
};

static int send_first_part(const struct iovec *parts, int count)
{
	(void)count;
	return sd_notify(0, parts[0].iov_base);
}

static void notify(struct service *service, const char *state)
{
	struct iovec part = {(char *)(uintptr_t)state, strlen(state) + 1};

	if (service->output)
		output_put(service->output, send_first_part, &part, 1);
}

static void on_timer(void *user)
{
	struct service *service = user;

	notify(service, "WATCHDOG=1");
	service->on_beat(service->user);
	timer_set(service->beat, service->every_ms);
}

int service_new(struct loop *loop, void (*on_beat)(void *user), void *user, struct service **ret)
{
	struct service *service = calloc(1, sizeof(*service));
	uint64_t watchdog_us;
	int r;

	if (!service)
		return -ENOMEM;
	service->on_beat = on_beat;
	service->user = user;
	r = getenv("NOTIFY_SOCKET") ? output_new(QUEUE_MAX_BYTES, &service->output) : 0;
	if (r < 0) {
		free(service);
		return r;
	}
	if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
		service->every_ms = watchdog_us /
				    2000; /* half of the timeout, as sd_watchdog_enabled(3) advises */
		service->beat = timer_new(loop, on_timer, service);
		if (!service->beat) {
			service_free(service);
			return -ENOMEM;
		}
		timer_set(service->beat, service->every_ms);
	}
	*ret = service;
	return 0;
}

void service_free(struct service *service)
{
	if (!service)
		return;
	timer_free(service->beat);
	if (output_free(service->output, END_MS) < 0)
		log_warning("the service manager does not read what the bot notifies");
	free(service->told);
	free(service);
}

void service_ready(struct service *service)
{
	notify(service, "READY=1");
}

void service_reloading(struct service *service)
{
	struct timespec now;
	char state[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			(uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	notify(service, state);
}

void service_stopping(struct service *service)
{
	notify(service, "STOPPING=1");
}

void service_status(struct service *service, const char *text)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES);
	char *told = NULL;

	/* Each line of an sd_notify() message is an assignment, so a text quoted in the status must not begin
	 * a new line. */
	utf8_line(&line, "STATUS=%s", text);
	/* Out of memory: systemd keeps the old status, and the next call tries again. */
	if (str_take(&line, &told) < 0)
		return;
	if (str_equal(service->told, told)) {
		free(told);
		return;
	}
	notify(service, told);
	free(service->told);
	service->told = told;
}
