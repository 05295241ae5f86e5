/* Questions that are open in the journal are asked again. */

#include "bot/daemon/left_open.h"

#include <errno.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/ids.h"
#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/daemon/bot.h"
#include "bot/daemon/gateways.h"
#include "bot/daemon/idle_trim.h"
#include "bot/daemon/journal.h"
#include "bot/gateway/gateway.h"

/* Open questions, as their gateway completes them. */
struct reading_open {
	struct gateway *gateway;
	void (*on_open)(void *user, const struct message *message);
	void *user;
};

static void on_open_read(void *user, const struct message *message)
{
	const struct reading_open *reading = user;
	const struct gateway_class *class = gateway_head(reading->gateway)->class;
	struct message restored = *message;

	if (class->restore)
		class->restore(reading->gateway, &restored);
	reading->on_open(reading->user, &restored);
}

static void read_open(struct bot *bot, struct gateway *gateway, bool is_left_only,
		void (*on_open)(void *user, const struct message *message), void *user)
{
	struct reading_open reading = {gateway, on_open, user};
	const struct gateway_head *head = gateway_head(gateway);
	const struct journal_now now = {
			.network_ms = head->class->network_ms ? head->class->network_ms(gateway) : 0,
			.wall_ms = clock_wall_ms(),
	};

	idle_trim_after_start(bot->trim);
	journal_each_open(bot->journal, head->name, is_left_only, &now, on_open_read, &reading);
}

void left_open_each(struct left_open *open, struct gateway *gateway,
		void (*on_open)(void *user, const struct message *message), void *user)
{
	read_open(open->bot, gateway, false, on_open, user);
}

/* ---------------------------------------------------------------- asked again */

struct asking_again {
	struct left_open *open;
	struct gateway *gateway;
	unsigned count;
	bool is_new_only; /* without those that were asked before */
};

/* Was the question passed on before? A gateway that can say which answers are under way need not be protected. */
static bool is_asked_already(const struct asking_again *asking, const struct message *message)
{
	const struct gateway_head *head = gateway_head(asking->gateway);
	uint64_t hash = str_hash(0, head->name, strlen(head->name) + 1);

	return asking->open->arrived && !head->class->holds &&
	       ids_seen(asking->open->arrived, str_hash(hash, message->id, strlen(message->id)));
}

static void ask_again(void *user, const struct message *message)
{
	struct asking_again *asking = user;

	if (is_asked_already(asking, message) && asking->is_new_only)
		return;
	bot_hear(asking->open->bot, asking->gateway, message);
	asking->count++;
}

static void ask_all_again(struct left_open *open, struct gateway *gateway, bool is_left_only)
{
	struct asking_again asking = {.open = open, .gateway = gateway};
	const struct gateway_head *head = gateway_head(gateway);

	if (head->class->looks_at_open)
		return;
	read_open(open->bot, gateway, is_left_only, ask_again, &asking);
	if (asking.count)
		log_gateway(LOG_LEVEL_INFO, head->name, "answering %u question(s) left open", asking.count);
}

void left_open_ask(struct left_open *open, struct gateway *gateway)
{
	ask_all_again(open, gateway, false);
}

static void ask_earlier(void *user, struct gateway *gateway)
{
	ask_all_again(user, gateway, true);
}

void left_open_ask_earlier(struct left_open *open)
{
	gateways_each_ready(open->bot->gateways, ask_earlier, open);
}

/* The gateway with this name. */
struct arrival {
	struct left_open *open;
	const char *name;
};

static void ask_arrived(void *user, struct gateway *gateway)
{
	const struct arrival *arrival = user;
	struct asking_again asking = {.open = arrival->open, .gateway = gateway, .is_new_only = true};

	if (str_equal(gateway_head(gateway)->name, arrival->name))
		read_open(arrival->open->bot, gateway, true, ask_again, &asking);
	if (asking.count)
		log_gateway(LOG_LEVEL_INFO, arrival->name, "answering %u question(s) of another process",
				asking.count);
}

void left_open_ask_arrived(struct left_open *open, const char *gateway)
{
	struct arrival arrival = {open, gateway};

	gateways_each_ready(open->bot->gateways, ask_arrived, &arrival);
}

static void ask_occasion_again(void *user, const struct message *message)
{
	const struct asking_again *asking = user;

	if (message->is_occasion)
		bot_hear(asking->open->bot, asking->gateway, message);
}

void left_open_ask_occasions(struct left_open *open, struct gateway *gateway)
{
	struct asking_again asking = {.open = open, .gateway = gateway};

	read_open(open->bot, gateway, false, ask_occasion_again, &asking);
}

int left_open_init(struct left_open *open, struct bot *bot, bool is_shared)
{
	*open = (struct left_open){.bot = bot, .arrived = is_shared ? ids_new() : NULL};
	return is_shared && !open->arrived ? -ENOMEM : 0;
}

void left_open_release(struct left_open *open)
{
	ids_free(open->arrived);
}
