/* One process of the bot: the turn of daemon/bot.c in short, with its own parts, on a network that is simulated. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/base/zone.h"
#include "bot/catalogue/catalogue.h"
#include "bot/config/config.h"
#include "bot/core/announcements.h"
#include "bot/core/dispatch.h"
#include "bot/core/progress.h"
#include "bot/core/rights.h"
#include "bot/daemon/gateways.h"
#include "bot/daemon/inbox.h"
#include "bot/daemon/journal.h"
#include "bot/daemon/speaking.h"
#include "bot/gateway/gateway.h"
#include "bot/net/loop.h"
#include "bot/net/wall_timer.h"
#include "bot/store/store.h"
#include "tests/year/year.h"

#define MINUTE_MS   UINT64_C(60000)
#define HOUR_MS     (60 * MINUTE_MS)
#define DAY_MS      (24 * HOUR_MS)
#define DAY_S       86400
#define KILL_STEPS  900              /* one of so many steps kills the process */
#define FULL_TIMES  40               /* one of so many posts finds a full send queue */
#define LONG_TIMES  8                /* one of so many outages is long */
#define ANSWERED_MS (15 * MINUTE_MS) /* a network repeats what is not older */
#define SEND_MAX    4096
#define ALWAYS_MS   UINT64_MAX
#define BOT_HOST    "discord"

/* ---------------------------------------------------------------- clocks and timers */

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	uint64_t ms = year->now_ms + (clock == CLOCK_REALTIME ? (uint64_t)year->ahead_ms : 0);

	*ret = (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
	return 0;
}

struct wall_timer {
	bool is_set;
	int64_t time_s;
	void (*on_time)(void *user);
	void *user;
};

struct timer {
	bool is_set;
	uint64_t due_ms;
	void (*on_timer)(void *user);
	void *user;
};

static struct wall_timer *the_wall_timer;
static struct timer *the_timer;

int wall_timer_new(struct loop *loop, void (*on_time)(void *user), void *user, struct wall_timer **ret)
{
	(void)loop;
	the_wall_timer = *ret = calloc(1, sizeof(**ret));
	(*ret)->on_time = on_time;
	(*ret)->user = user;
	return 0;
}

void wall_timer_free(struct wall_timer *timer)
{
	free(timer);
}

void wall_timer_set(struct wall_timer *timer, int64_t time_s)
{
	timer->is_set = true;
	timer->time_s = time_s;
}

void wall_timer_cancel(struct wall_timer *timer)
{
	timer->is_set = false;
}

struct timer *timer_new(struct loop *loop, void (*on_timer)(void *user), void *user)
{
	(void)loop;
	the_timer = calloc(1, sizeof(*the_timer));
	*the_timer = (struct timer){.on_timer = on_timer, .user = user};
	return the_timer;
}

void timer_set(struct timer *timer, uint64_t delay_ms)
{
	timer->is_set = true;
	timer->due_ms = year->now_ms + delay_ms;
}

void timer_cancel(struct timer *timer)
{
	timer->is_set = false;
}

void timer_free(struct timer *timer)
{
	free(timer);
}

/* ---------------------------------------------------------------- the life */

struct life {
	struct gateway_head head; /* first: the gateway */
	struct store *store;
	struct journal *journal;
	struct orders *orders;
	struct dispatch *dispatch;
	struct speaking *speaking;
	struct catalogue *catalogue;
	struct inbox inbox;
	unsigned versions; /* of the datasets that are loaded */
	struct year_post *queue;
	size_t queued;
	unsigned number; /* of the process */
};

static struct life *the_life;
static const struct config *the_config;

/* The process may be killed here. */
static void step(void)
{
	year->steps++;
	if (!random_below(&year->random, KILL_STEPS))
		_exit(9);
}

/* ---------------------------------------------------------------- the network */

static void network_status(const struct gateway *gateway, struct gateway_status *ret)
{
	(void)gateway;
	*ret = (struct gateway_status){.state = year_is_up() ? GATEWAY_READY : GATEWAY_CONNECTING};
}

static uint64_t network_ms(const struct gateway *gateway)
{
	(void)gateway;
	return year->mutant == MUTANT_EARLY ? 0 : year->now_ms;
}

static void copy_reply(const struct reply *reply, struct year_post *post)
{
	const struct wishes *wishes = &reply->wishes;
	size_t used = 0;

	snprintf(post->title, sizeof(post->title), "%s", reply->title ? reply->title : "");
	snprintf(post->text, sizeof(post->text), "%s", reply->text ? reply->text : "");
	if (year->mutant != MUTANT_UNMARKED)
		snprintf(post->footer, sizeof(post->footer), "%s", reply->footer ? reply->footer : "");
	for (size_t i = 0; i < reply->item_count && used < sizeof(post->items); i++)
		used += (size_t)snprintf(
				post->items + used, sizeof(post->items) - used, "%s\n", reply->items[i].text);
	post->is_private = reply->is_private;
	if (year->mutant == MUTANT_NO_EDITS)
		return;
	snprintf(post->key, sizeof(post->key), "%s", wishes->post);
	post->is_edit = wishes->kind != WISH_NEW;
	post->is_edit_only = wishes->kind == WISH_EDIT_ONLY;
}

/* Queue a post; it is sent after the journal's commit. An answer to a person finds room. */
static int network_say(struct gateway *gateway, struct delivery *delivery)
{
	struct life *life = (struct life *)(void *)gateway;
	const struct message *message = delivery->message;
	struct year_post *post = &life->queue[life->queued];

	if (!year_is_up() || life->queued == SEND_MAX ||
			(message->is_occasion && !random_below(&year->random, FULL_TIMES)))
		return -EAGAIN;
	*post = (struct year_post){0};
	snprintf(post->id, sizeof(post->id), "%s%u", message->id,
			year->mutant == MUTANT_NEW_NAMES ? life->number : 0);
	snprintf(post->channel, sizeof(post->channel), "%s", message->channel);
	snprintf(post->person, sizeof(post->person), "%s", message->author_id);
	copy_reply(delivery->reply, post);
	life->queued++;
	return 0;
}

static const struct gateway_class network_class = {
		.is_confirmed = true,
		.is_leased = true,
		.say = network_say,
		.status = network_status,
		.network_ms = network_ms,
};

struct gateway *gateways_find(const struct gateways *gateways, const char *name)
{
	(void)gateways;
	return strcmp(name, BOT_HOST) == 0 ? (struct gateway *)(void *)the_life : NULL;
}

void gateways_each_ready(const struct gateways *gateways,
		void (*on_gateway)(void *user, struct gateway *gateway), void *user)
{
	(void)gateways;
	on_gateway(user, (struct gateway *)(void *)the_life);
}

/* ---------------------------------------------------------------- the turn */

static int on_message(void *user, struct gateway *gateway, const struct message *message)
{
	struct life *life = user;

	journal_gather(life->journal);
	return inbox_push(&life->inbox, gateway, message);
}

static void on_open(void *user, const struct message *message)
{
	struct life *life = user;

	(void)inbox_push(&life->inbox, (struct gateway *)(void *)life, message);
}

static void ask_again(void *user, struct gateway *gateway)
{
	struct life *life = user;
	const struct journal_now now = {
			.network_ms = year->now_ms, .wall_ms = year->now_ms + (uint64_t)year->ahead_ms};

	(void)gateway;
	journal_each_open(life->journal, BOT_HOST, false, &now, on_open, life);
}

/* A planted fault: the reminder that a person forgets is still in the store. */
struct forgetting {
	char tag[16], *key, *value;
};

static void on_forgetting(void *user, const char *key, const char *value)
{
	struct forgetting *forgetting = user;

	if (forgetting->key || !strstr(value, forgetting->tag))
		return;
	forgetting->key = strdup(key);
	forgetting->value = strdup(value);
}

static void forgetting_begin(
		struct store *store, const struct message *message, struct forgetting *forgetting)
{
	const struct year_question *question = &year->questions[strtol(message->id + 1, NULL, 10)];

	if (*message->id != 'q' || question->kind != ASKED_FORGET)
		return;
	snprintf(forgetting->tag, sizeof(forgetting->tag), " r%d\n", question->subject);
	store_each(store, "occasion", on_forgetting, forgetting);
}

static void forgetting_end(struct store *store, struct forgetting *forgetting)
{
	if (forgetting->key)
		(void)store_put(store, "occasion", forgetting->key, forgetting->value);
	free(forgetting->key);
	free(forgetting->value);
}

/* False: the journal has it already. */
static bool begin(struct life *life, const struct message *message)
{
	enum journal_found found = JOURNAL_NEW;

	if (year->mutant == MUTANT_POSITION_FIRST && message->origin == MESSAGE_OCCASION) {
		speaking_begun(life->speaking, message);
		journal_commit(life->journal);
		step();
	}
	if (message->origin != MESSAGE_JOURNAL)
		found = journal_begin(life->journal, BOT_HOST, message);
	step();
	if (message->is_occasion && year->mutant != MUTANT_STILL_DUE)
		speaking_begun(life->speaking, message);
	step();
	if (year->mutant == MUTANT_CLOSED_FIRST)
		journal_complete(life->journal, BOT_HOST, message->id);
	return found != JOURNAL_KNOWN || year->mutant == MUTANT_STILL_DUE;
}

static void answer(struct life *life, struct inbox_entry *entry)
{
	struct gateway *gateway = (struct gateway *)(void *)life;
	struct forgetting forgetting = {0};
	struct answer answer;
	int r = -ECANCELED;

	if (year->mutant == MUTANT_FORGETS_NOT)
		forgetting_begin(life->store, entry->message, &forgetting);
	dispatch_answer(life->dispatch, BOT_HOST, entry->message, &entry->question, year->now_ms, &answer);
	forgetting_end(life->store, &forgetting);
	step();
	if (answer.reply && !answer.is_void) {
		struct delivery delivery = {entry->message, answer.reply, 0, "!"};

		r = network_say(gateway, &delivery);
	}
	if (r == -ECANCELED)
		journal_complete(life->journal, BOT_HOST, entry->message->id);
	else if (r < 0 && year->mutant == MUTANT_GIVES_UP)
		journal_complete(life->journal, BOT_HOST, entry->message->id);
	else if (r < 0 && entry->message->is_occasion)
		speaking_failed(life->speaking);
	dispatch_keep(life->dispatch, &answer, r, year->now_ms);
}

static void turn(struct life *life)
{
	struct inbox_entry *questions = inbox_take(&life->inbox);

	for (struct inbox_entry *entry = questions; entry; entry = entry->next) {
		entry->question = dispatch_recognise(life->dispatch, BOT_HOST, entry->message, year->now_ms);
		if (entry->question.kind == QUESTION_COMMAND && !begin(life, entry->message))
			entry->question.kind = QUESTION_NONE;
	}
	for (struct inbox_entry *entry = questions; entry; entry = entry->next) {
		if (entry->question.kind == QUESTION_COMMAND)
			answer(life, entry);
	}
	inbox_entries_free(questions);
	step();
	journal_commit(life->journal);
	for (size_t i = 0; i < life->queued; i++) {
		step();
		year_show(&life->queue[i]);
		step();
		/* Confirmed: its name without the process. */
		life->queue[i].id[strlen(life->queue[i].id) - 1] = '\0';
		journal_complete(life->journal, BOT_HOST, life->queue[i].id);
	}
	life->queued = 0;
	step();
	journal_commit(life->journal);
}

/* ---------------------------------------------------------------- faults */

void year_write_show(int show)
{
	static const char *const zones[] = {"America/New_York", "Europe/Berlin", "Asia/Tokyo"};
	char path[128], folder[96];
	FILE *file;

	snprintf(folder, sizeof(folder), "%s/shows", year->folder);
	(void)mkdir(folder, 0700);
	snprintf(path, sizeof(path), "%s/show-%d.json", folder, show);
	file = fopen(path, "w");
	if (!file)
		exit(2);
	fprintf(file,
			"{\"name\":\"Show "
			"%d\",\"status\":\"Running\",\"network\":{\"name\":\"Nine\",\"country\":{\"name\":"
			"\"Here\",\"code\":\"US\",\"timezone\":\"%s\"}},\"episodes\":[",
			show, zones[show]);
	for (int e = 0; e < YEAR_EPISODES; e++) {
		int64_t airs_s = year->shows[show].airs_s[e];
		struct zone_time utc = zone_time_at("", airs_s), day = zone_time_at(zones[show], airs_s);

		fprintf(file,
				"%s{\"season\":1,\"number\":%d,\"runtime\":%d,\"name\":\"Episode "
				"%d\",\"airdate\":\"%04d-%02d-%02d\","
				"\"airtime\":\"%02d:%02d\",\"airstamp\":\"%04d-%02d-%02dT%02d:%02d:00+00:"
				"00\"}",
				e ? "," : "", e + 1, YEAR_RUNTIME, e + 1, day.year, day.month, day.day,
				day.hour, day.minute, utc.year, utc.month, utc.day, utc.hour, utc.minute);
	}
	fprintf(file, "]}\n");
	if (fclose(file) != 0)
		exit(2);
	year->shows[show].version++;
}

/* An episode that is at least two days away moves by a day or an hour. */
static void move_an_airing(void)
{
	int show = (int)random_below(&year->random, YEAR_SHOWS);
	struct year_show *moved = &year->shows[show];

	for (int e = 0; e + 1 < YEAR_EPISODES; e++) {
		int64_t by_s = random_below(&year->random, 2) ? DAY_S : 3600;

		if (moved->airs_s[e] < (int64_t)(year->now_ms / 1000) + 2 * DAY_S ||
				year_leader(show, e) != e || year_leader(show, e + 1) == e)
			continue;
		moved->airs_s[e] += by_s;
		year->moves++;
		year_write_show(show);
		return;
	}
}

/* Mostly of some minutes, but now and then of more hours than the window of what is due. */
static void have_an_outage(void)
{
	year->up_ms = year->now_ms + random_below(&year->random, 90 * MINUTE_MS);
	/* The fault that is planted there shows itself after long ones only. */
	if (year->mutant == MUTANT_NO_WINDOW || !random_below(&year->random, LONG_TIMES))
		year->up_ms += 8 * HOUR_MS + random_below(&year->random, 32 * HOUR_MS);
	year_add_trouble(year->now_ms, year->up_ms);
	year->outages++;
}

static void have_a_fault(void)
{
	year->next_fault_ms = year->now_ms + 8 * HOUR_MS + random_below(&year->random, 2 * DAY_MS);
	if (year->ahead_ms) {
		year->ahead_ms = 0;
		year_add_trouble(year->clock_ms, year->now_ms);
		return;
	}
	switch (random_below(&year->random, 4)) {
	case 0: have_an_outage(); break;
	case 1:
		year->clock_ms = year->now_ms;
		year->ahead_ms = (int64_t)random_below(&year->random, 30 * DAY_MS) - (int64_t)(15 * DAY_MS);
		year->next_fault_ms = year->now_ms + random_below(&year->random, 90 * MINUTE_MS);
		year->clocks++;
		break;
	case 2: _exit(9);
	default: _exit(0); /* a clean restart */
	}
}

/* ---------------------------------------------------------------- the loop */

static void load(struct life *life)
{
	struct str report = STR(100000);
	struct catalogue *catalogue = NULL, *before = life->catalogue;
	char folder[96];
	unsigned versions = 0;

	for (int s = 0; s < YEAR_SHOWS; s++)
		versions += year->shows[s].version;
	if (versions == life->versions)
		return;
	snprintf(folder, sizeof(folder), "%s/shows", year->folder);
	if (catalogue_load(folder, &report, &catalogue) < 0) {
		printf("# %s\n", str_text(&report));
		_exit(3);
	}
	life->versions = versions;
	life->catalogue = catalogue;
	dispatch_configure(life->dispatch, "!", catalogue, NULL);
	orders_configure(life->orders, the_config, catalogue);
	catalogue_free(before);
	str_release(&report);
}

static uint64_t wall_due_ms(void)
{
	int64_t due_ms = the_wall_timer->time_s * 1000 - year->ahead_ms;

	return !the_wall_timer->is_set ? ALWAYS_MS : due_ms > 0 ? (uint64_t)due_ms : 0;
}

static void wait_until(uint64_t due_ms)
{
	if (due_ms > year->now_ms)
		year->now_ms = due_ms;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A person's message arrives. */
static void deliver(struct life *life, int number, enum message_origin origin)
{
	const struct year_question *question = &year->questions[number < 0 ? 0 : number];
	char id[16], channel[16], person[16];
	struct message message = {.id = id,
			.channel = channel,
			.author_id = person,
			.author_name = person,
			.account = "",
			.text = question->text,
			.time_ms = question->asked_ms,
			.origin = origin,
			.has_private = true};

	if (number < 0)
		return;
	snprintf(id, sizeof(id), "q%d", number);
	snprintf(channel, sizeof(channel), "#c%d", question->channel);
	snprintf(person, sizeof(person), "p%d", question->person);
	if (on_message(life, (struct gateway *)(void *)life, &message) < 0)
		_exit(3);
}

/* The network repeats what was typed a short time ago, and the journal's questions are asked again. */
static void on_connection(struct life *life)
{
	int number = year->question_count;

	while (number > 0 && year->questions[number - 1].asked_ms + ANSWERED_MS > year->now_ms)
		number--;
	if (year_is_up())
		for (; number < year->question_count; number++)
			if (!year->questions[number].answer.count)
				deliver(life, number, MESSAGE_BACKLOG);
	ask_again(life, NULL);
	speaking_ready(life->speaking, BOT_HOST);
}

/* How far the channels have watched, for the audit. */
static void tell_lines(struct life *life)
{
	const struct dispatch_orders orders = orders_for_dispatch(life->orders);

	for (int c = 0; c < YEAR_CHANNELS; c++) {
		char channel[16], show[16];
		const struct channel_line *line;

		snprintf(channel, sizeof(channel), "#c%d", c);
		snprintf(show, sizeof(show), "show-%d", year_show_of(c));
		line = progress_channel(orders.progress(orders.user), BOT_HOST, channel, show);
		year->line[c] = line ? line->seen : 0;
	}
	year->has_lines = true;
}

static void one_round(struct life *life)
{
	uint64_t wall_ms = wall_due_ms(), timer_ms = the_timer->is_set ? the_timer->due_ms : ALWAYS_MS;
	uint64_t up_ms = year_is_up() ? ALWAYS_MS : year->up_ms;
	uint64_t person_ms = least(year->next_person_ms, party_next_ms());
	uint64_t next_ms = least(least(least(wall_ms, timer_ms), least(up_ms, year->next_fault_ms)),
			least(year->next_move_ms, person_ms));

	wait_until(least(next_ms, year->end_ms));
	if (year->now_ms >= year->end_ms) {
		tell_lines(life);
		_exit(0);
	}
	if (next_ms == person_ms) {
		deliver(life, person_ms == year->next_person_ms ? people_type() : party_act(), MESSAGE_LIVE);
	} else if (next_ms == year->next_move_ms) {
		year->next_move_ms = year->now_ms + 13 * DAY_MS;
		move_an_airing();
		load(life);
	} else if (next_ms == year->next_fault_ms) {
		int64_t before_ms = year->ahead_ms;

		have_a_fault();
		if (before_ms != year->ahead_ms && the_wall_timer->is_set)
			the_wall_timer->on_time(the_wall_timer->user);
	} else if (next_ms == up_ms) {
		on_connection(life);
	} else if (next_ms == timer_ms) {
		the_timer->is_set = false;
		the_timer->on_timer(the_timer->user);
	} else {
		the_wall_timer->is_set = false;
		the_wall_timer->on_time(the_wall_timer->user);
	}
	turn(life);
}

/* ---------------------------------------------------------------- owners */

static void set_channel(struct life *life, int c, const char *channel, const char *show)
{
	const struct dispatch_orders orders = orders_for_dispatch(life->orders);
	const struct channel_line line = {.seen = year->seen[c], .since_s = (int64_t)(year->now_ms / 1000)};

	if (orders.on_set(orders.user, BOT_HOST, channel, "zone", year_zone_of(c)) < 0 ||
			orders.on_set(orders.user, BOT_HOST, channel, "show", show) < 0 ||
			orders.on_set(orders.user, BOT_HOST, channel, "late",
					year->mutant == MUTANT_STALE ? "10m" : "6h") < 0 ||
			progress_set_channel(orders.progress(orders.user), BOT_HOST, channel, show, &line) <
					0)
		_exit(3);
}

/* The owner of each channel types "announce here ...", once. */
static void type_all(struct life *life)
{
	const struct dispatch_orders orders = orders_for_dispatch(life->orders);

	if (announcements_at(orders_announcements(life->orders), 0))
		return;
	for (int c = 0; c < YEAR_CHANNELS; c++) {
		struct announcement_wish wish;
		struct announcement wanted = {.since_s = (int64_t)(year->now_ms / 1000)};
		const char *wrong;
		size_t length;

		snprintf(wanted.gateway, sizeof(wanted.gateway), BOT_HOST);
		snprintf(wanted.channel, sizeof(wanted.channel), "#c%d", c);
		snprintf(wanted.show, sizeof(wanted.show), "show-%d", year_show_of(c));
		if (announcement_wish_read(year_words_of(c), &wish, &length, &wrong) < 0)
			_exit(3);
		wanted.at = wish.at;
		wanted.after_s = wish.after_s;
		wanted.minute = wish.minute;
		set_channel(life, c, wanted.channel, wanted.show);
		if (announcements_set(orders_announcements(life->orders), &wanted) < 0)
			_exit(3);
	}
	for (int p = 0; p < YEAR_PEOPLE; p++) {
		char person[16];
		const struct message author = {.author_id = person, .author_name = person, .account = ""};

		snprintf(person, sizeof(person), "p%d", p);
		if (orders.on_zone(orders.user, BOT_HOST, &author, people_zone_of(p)) < 0)
			_exit(3);
	}
}

/* A configuration with one gateway, whose owners are some of the people. */
static void configure(void)
{
	static char name[] = BOT_HOST, ids[YEAR_PEOPLE][16];
	static struct config_owner owners[YEAR_PEOPLE];
	static struct gateway_config gateway = {.name = name, .owners = {.list = owners}};
	static const struct gateway_config *gateways[] = {&gateway};
	static struct config config = {.gateways = gateways, .gateway_count = 1};

	for (int p = 0; p < YEAR_PEOPLE; p++) {
		if (!people_is_owner(p))
			continue;
		snprintf(ids[p], sizeof(ids[p]), "p%d", p);
		owners[gateway.owners.count++] = (struct config_owner){OWNER_USER_ID, ids[p]};
	}
	the_config = &config;
}

static bool is_an_owner(void *user, const char *gateway, const struct message *message)
{
	(void)user;
	(void)gateway;
	(void)message;
	return true;
}

/* Faults that are planted in what commands are given. */
static void plant(struct dispatch_orders *orders)
{
	if (year->mutant == MUTANT_ALL_OWN)
		orders->is_owner = is_an_owner;
	if (year->mutant == MUTANT_NO_ZONE)
		orders->zone = NULL;
	if (year->mutant == MUTANT_AGAIN)
		orders->effect = NULL;
}

/* A planted fault: what people have asked for may be said for ten days more. */
struct widening {
	char ids[64][OCCASION_ID_BYTES];
	int64_t due_s[64];
	size_t count;
};

static bool on_widened(void *user, const struct occasion *occasion)
{
	struct widening *widening = user;

	if (strcmp(occasion->command, "reminding") != 0 || occasion->until_s > occasion->due_s + 2 * DAY_S)
		return true;
	snprintf(widening->ids[widening->count], OCCASION_ID_BYTES, "%s", occasion->id);
	widening->due_s[widening->count++] = occasion->due_s;
	return widening->count < sizeof(widening->due_s) / sizeof(widening->due_s[0]);
}

static void widen(struct occasions *book)
{
	struct widening widening = {0};

	occasions_each(book, NULL, NULL, on_widened, &widening);
	for (size_t i = 0; i < widening.count; i++)
		(void)occasions_move(
				book, widening.ids[i], widening.due_s[i], widening.due_s[i] + 10 * DAY_S);
}

static void ignore_order(void *user, enum order order)
{
	(void)user;
	(void)order;
}

static const struct config *config_of(void *user)
{
	(void)user;
	return the_config;
}

static const char *host_name(void *user)
{
	(void)user;
	return "";
}

void year_live(void)
{
	static struct life life;
	struct dispatch_host host = {0};
	const struct speaking_host speaking = {.user = &life,
			.on_message = on_message,
			.on_again = ask_again,
			.config = config_of,
			.host_name = host_name};

	log_setup(LOG_FORMAT_TEXT, getenv("YEAR_LOG") ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR);
	configure();
	the_life = &life;
	life = (struct life){
			.head = {.class = &network_class, .name = BOT_HOST}, .number = year->kills % 9 + 1};
	life.queue = calloc(SEND_MAX, sizeof(*life.queue));
	inbox_init(&life.inbox);
	if (store_open(year->folder, &life.store) < 0 || journal_new(life.store, &life.journal) < 0 ||
			orders_new(ignore_order, NULL, &life.orders) < 0)
		_exit(3);
	host.orders = orders_for_dispatch(life.orders);
	plant(&host.orders);
	if (dispatch_new(&host, 1, &life.dispatch) < 0 ||
			speaking_new(NULL, NULL, life.orders, &speaking, &life.speaking) < 0)
		_exit(3);
	load(&life);
	if (orders_open(life.orders, life.store) < 0)
		_exit(3);
	type_all(&life);
	if (year->mutant == MUTANT_NO_WINDOW)
		widen(orders_occasions(life.orders));
	speaking_set(life.speaking, true);
	on_connection(&life);
	turn(&life);
	for (;;)
		one_round(&life);
}
