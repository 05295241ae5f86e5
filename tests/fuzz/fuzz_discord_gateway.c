/*
 * The whole Discord gateway in virtual time, against a Discord controlled by the input. The
 * first byte has options; each line is an event:
 *
 *	hSTATUS BODY  the oldest request is answered ("h200 {}"); e: it fails
 *	lNAME VALUE   a header of the next answer
 *	o             the connection opens; x: it ends (xCODE reason)
 *	wPAYLOAD      a payload from the gateway
 *	+             advance to the next timer, ++ by a minute, +++ by an hour
 *	P             a successful start: the two answers, HELLO, READY
 *	A             all pending requests succeed
 *	n             toggle: the host name cannot be resolved; r: no connection can be opened
 *	sKEY VALUE    a value in the store (before the gateway starts)
 *	R             the configuration changes; S: the gateway must stop
 */

#include "bot/gateway/discord/config.h"
#include "tests/fuzz/fake_bot.h"

#define EVENTS_MAX  200
#define API         "https://discord.com/api/v10"
#define APPLICATION "{\"id\":\"22\",\"name\":\"bot\",\"flags\":786432}"
#define GATEWAY                                                                                              \
	"{\"url\":\"wss://gateway.discord.gg\",\"shards\":1,\"session_start_limit\":{\"total\":1000,"        \
	"\"remaining\":999,\"reset_after\":0,\"max_concurrency\":1}}"
#define HELLO "{\"op\":10,\"d\":{\"heartbeat_interval\":41250}}"
#define READY                                                                                                \
	"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":\"wss://"    \
	"r.discord.gg\",\"user\":{\"id\":\"22\"},\"guilds\":[{\"id\":\"44\",\"unavailable\":true}]}}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str names[FAKE_HEADERS_MAX], values[FAKE_HEADERS_MAX]; /* of the next answer */
static size_t header_count;

/* ---------------------------------------------------------------- what the gateway sends */

static void check_json(const char *text, size_t length)
{
	struct json *json = NULL;

	assert(json_parse(text, length, 0, &json) == 0 && json_root(json));
	json_free(json);
}

static void on_sent(const char *bytes, size_t length)
{
	check_json(bytes, length);
}

static void on_request(const struct http_transfer *transfer)
{
	assert(str_starts(transfer->url, API "/"));
	if (transfer->body)
		check_json(transfer->body, strlen(transfer->body));
}

/* ---------------------------------------------------------------- events */

static void forget_headers(void)
{
	while (header_count) {
		header_count--;
		str_release(&names[header_count]);
		str_release(&values[header_count]);
	}
}

static void add_header(const char *text)
{
	size_t length = strcspn(text, " "), i = header_count;

	if (i == FAKE_HEADERS_MAX)
		return;
	names[i] = STR(FUZZED_TEXT_MAX_BYTES);
	values[i] = STR(FUZZED_TEXT_MAX_BYTES);
	str_append_bytes(&names[i], text, length);
	str_append(&values[i], text[length] ? text + length + 1 : "");
	header_count++;
}

static void reply_to_request(int error, int status, const char *body, size_t length)
{
	if (!fake.transfers)
		return;
	for (size_t i = 0; i < header_count; i++)
		fake_add_header(fake.transfers, str_text(&names[i]), str_text(&values[i]));
	fake_answer(error, status, body, length);
	forget_headers();
}

static void reply_with(const char *text, size_t length)
{
	static const int errors[] = {-ECONNRESET, -ETIMEDOUT, -ECONNREFUSED, -EMSGSIZE, -EPROTO, -ENOENT};
	int status = 0;
	size_t i = 0;

	for (; i < length && i < 3 && text[i] >= '0' && text[i] <= '9'; i++)
		status = status * 10 + (text[i] - '0');
	if (i == 3)
		reply_to_request(0, status, text + i + (i < length), length - i - (i < length));
	else
		reply_to_request(errors[length % 6], 0, "", 0);
}

static void hear(const char *text, size_t length)
{
	struct fake_link *link = fake_link_in(true);
	char *copy = malloc(length + 1); /* not NUL-terminated, to detect reads past the end */

	assert(copy);
	memcpy(copy, text, length);
	if (link)
		fake_hear(link, copy, length, true);
	free(copy);
}

static void open_connection(void)
{
	struct fake_link *link = fake_link_in(false);

	if (link)
		fake_open(link, "");
}

static void end_connection(const char *text)
{
	char reason[] = "closed by the server";
	unsigned code = (unsigned)strtoul(text, NULL, 10);

	if (fake.links)
		fake_close(fake.links, -ECONNRESET, (unsigned short)code, reason);
}

/* A successful start. */
static void begin_well(void)
{
	fake_run();
	reply_to_request(0, 200, APPLICATION, strlen(APPLICATION));
	reply_to_request(0, 200, GATEWAY, strlen(GATEWAY));
	for (int i = 0; i < 4 && !fake_link_in(false); i++)
		fake_run_next(FAKE_MINUTE_MS);
	open_connection();
	hear(HELLO, strlen(HELLO));
	fake_run();
	hear(READY, strlen(READY));
}

/* All that may change, bit by bit: the style, the spoiler channels, the rate (which a living gateway refuses). */
enum { CHANGED_STYLE = 1, CHANGED_SPOILERS = 2, CHANGED_RATE = 4, CONFIGS = 8 };
static struct discord_config configs[CONFIGS];

static void reconfigure(size_t length)
{
	unsigned index = (length % 2 != configs[0].is_plain ? CHANGED_STYLE : 0) |
			 (length % 3 == 0 ? CHANGED_SPOILERS : 0) | (length % 5 == 4 ? CHANGED_RATE : 0);

	fake_bot_reconfigure(&(struct gateway_wanted){.config = &configs[index].head});
}

static void event(const char *line, size_t length)
{
	switch (*line) {
	case 'h': reply_with(line + 1, length - 1); break;
	case 'e': reply_with("", length - 1); break;
	case 'l': add_header(line + 1); break;
	case 'o': open_connection(); break;
	case 'x': end_connection(line + 1); break;
	case 'w': hear(line + 1, length - 1); break;
	case 'P': begin_well(); break;
	case 'A':
		for (int i = 0; fake.transfers && i < 8; i++)
			reply_to_request(0, 200, "{\"id\":\"9\"}", 10);
		break;
	case 'n': fake.is_name_unknown = !fake.is_name_unknown; break;
	case 'r': fake.is_refusing = !fake.is_refusing; break;
	case 'R': reconfigure(length); break;
	case 'S': fake_bot_stop(); break;
	default: break;
	}
	fake_bot_wait(line, length);
	fake_bot_check_status();
}

/* Values stored by an earlier process. */
static void preset(struct fuzzed_input *input)
{
	size_t length;

	while (input->length && *input->bytes == 's') {
		char *line = fuzzed_line(input, &length);
		char *text = fuzzed_text(line + 1, length - 1), *value = strchr(text, ' ');

		if (value) {
			*value++ = '\0';
			store_put(fake_store(), "discord/test", text, value);
		}
		free(text);
		free(line);
	}
}

static void make_configs(uint8_t option)
{
	static char name[] = "test", token[] = "abc", api[] = API;
	static uint64_t channels[] = {33};

	for (unsigned i = 0; i < CONFIGS; i++)
		configs[i] = (struct discord_config){
				.head = {.network = &discord_network, .references = 1, .name = name},
				.token = token,
				.api = api,
				.shards = option >> 2 & 3,
				.range = {0, UINT32_MAX},
				.compress = option & 16 ? DISCORD_ZLIB : DISCORD_PLAIN,
				.global_rate = i & CHANGED_RATE ? 51 : 50,
				.is_plain = (option & 32) != (i & CHANGED_STYLE ? 32 : 0),
				.spoiler_channels = {channels, i & CHANGED_SPOILERS ? 1 : 0},
		};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	uint8_t option = fuzzed_byte(&input);
	char *line;
	size_t length;

	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	fake_begin();
	fake_bot_begin();
	fake.on_sent = on_sent;
	fake.on_request = on_request;
	fake.addresses = option >> 1 & 1;
	bot.has_store = !(option & 1);
	make_configs(option);
	free(fuzzed_line(&input, &length)); /* the rest of the line of options */
	preset(&input);
	fake_bot_start(&(struct gateway_wanted){.config = &configs[0].head});
	for (unsigned i = 0; i < EVENTS_MAX && (line = fuzzed_line(&input, &length)) != NULL; i++) {
		event(line, length);
		free(line);
	}
	if (option & 64)
		fake_bot_stop();
	fake_bot_end();
	for (unsigned i = 0; i < CONFIGS; i++)
		assert(configs[i].head.references == 1);
	forget_headers();
	return 0;
}
