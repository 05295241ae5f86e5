#ifndef EPISODED_SERVICE_H
#define EPISODED_SERVICE_H

/*
 * What systemd is told (sd_notify(3)): ready, reloading, stopping, a status
 * line, and that the loop still turns. Does nothing where systemd does not ask.
 */

struct loop;
struct service; /* opaque: daemon/service.c */

/* Feeds the watchdog, when one is set, from a timer of the loop itself. on_beat comes with each beat.
 * -ENOMEM. */
int service_new(struct loop *loop, void (*on_beat)(void *user), void *user, struct service **ret);
void service_free(struct service *service); /* NULL-safe */

void service_ready(struct service *service);
void service_reloading(struct service *service);
void service_stopping(struct service *service);
/* Sent only when it differs from the last; always one line, whatever text holds. */
void service_status(struct service *service, const char *text);

#endif
