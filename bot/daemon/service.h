#ifndef EPISODED_SERVICE_H
#define EPISODED_SERVICE_H

/*
 * Notifications to systemd (sd_notify(3)): ready, reloading, stopping, a status line, and the watchdog. Does
 * nothing when systemd does not ask for them.
 */

struct loop;
struct service; /* opaque: daemon/service.c */

/* Sends WATCHDOG=1 from a timer of the loop, if the unit has WatchdogSec=, and calls on_beat each time.
 * -ENOMEM. */
int service_new(struct loop *loop, void (*on_beat)(void *user), void *user, struct service **ret);
void service_free(struct service *service); /* NULL-safe */

void service_ready(struct service *service);
void service_reloading(struct service *service);
void service_stopping(struct service *service);
/* Sent only when it differs from the last; line breaks in text are escaped. */
void service_status(struct service *service, const char *text);

#endif
