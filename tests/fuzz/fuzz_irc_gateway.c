/*
 * The whole IRC or Twitch gateway in virtual time, against servers controlled by the input.
 * The first byte has options; each line is an event:
 *
 *	:... or @... or any capital: a line from the server; b BYTES: raw bytes without a line end
 *	o            a connection opens; x: one ends (x1 for an error)
 *	c            events are for the other connection
 *	+            advance to the next timer, ++ by a minute, +++ by an hour
 *	n            toggle: the host name cannot be resolved; r: no connection can be opened
 *	sHOST VALUE  a value in the store (before the gateway starts)
 *	J            the complete start of a session
 *	f            the configuration changes; q: the gateway must stop
 */

#include "bot/gateway/irc/config.h"
#include "bot/gateway/twitch/config.h"
#include "tests/fuzz/fake_bot.h"

#define EVENTS_MAX     200
#define LINE_MAX_BYTES (4096 * 4)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte. */
enum {
	OPTION_TWITCH = 1,
	OPTION_STREAM = 2,
	OPTION_TLS = 4,
	OPTION_SERVERS = 8, /* several */
	OPTION_LOGIN = 16,
	OPTION_STORE = 32,
	OPTION_STOP = 64, /* at the end */
};

static bool is_other; /* events are for the second connection */

/* Send one complete line, whatever the server sent before. */
static void on_sent(const char *bytes, size_t length)
{
	assert(length > 0 && length <= LINE_MAX_BYTES);
	if (length >= 2 && bytes[length - 1] == '\n') {
		assert(bytes[length - 2] == '\r');
		length -= 2;
	}
	assert(!memchr(bytes, '\n', length) && !memchr(bytes, '\r', length) && !memchr(bytes, '\0', length));
}

static struct fake_link *link_in(bool is_open)
{
	struct fake_link *link = fake_link_in(is_open);

	if (is_other && link && link->next)
		link = link->next;
	return link;
}

static void hear(const char *bytes, size_t length, const char *end)
{
	struct fake_link *link = link_in(true);
	size_t end_length = strlen(end);
	char *copy = malloc(length + end_length + 1);

	assert(copy);
	memcpy(copy, bytes, length);
	memcpy(copy + length, end, end_length);
	if (link && link->is_open && length + end_length)
		fake_hear(link, copy, length + end_length, length % 2);
	free(copy);
}

static void open_link(size_t length)
{
	static const char *const protocols[] = {"", "text.ircv3.net", "binary.ircv3.net"};
	struct fake_link *link = link_in(false);

	if (link && !link->is_open)
		fake_open(link, protocols[length % 3]);
}

static void end_link(const char *text)
{
	static const int errors[] = {0, -ECONNRESET, -EPROTO, -EKEYREJECTED, -ETIMEDOUT};
	struct fake_link *link = fake.links;

	if (is_other && link && link->next)
		link = link->next;
	if (link)
		fake_close(link, errors[(unsigned char)*text % 5], 0, "gone");
}

static void begin_well(bool is_twitch)
{
	static const char *const irc[] = {
			":s CAP * LS :message-tags server-time batch echo-message draft/chathistory",
			":s CAP bot ACK :message-tags server-time batch echo-message draft/chathistory",
			":s 001 bot :hi", ":s 005 bot CHANTYPES=# NICKLEN=9 CHATHISTORY=50 :are",
			":s 422 bot :no", ":bot!u@h JOIN #tv"};
	static const char *const twitch[] = {":tmi.twitch.tv 001 bot :Welcome", ":tmi.twitch.tv 376 bot :>",
			"@user-id=77 :tmi.twitch.tv GLOBALUSERSTATE",
			"@badges=;mod=1 :tmi.twitch.tv USERSTATE #tv",
			"@room-id=5;emote-only=0;r9k=0;slow=0;subs-only=0 :tmi.twitch.tv ROOMSTATE #tv"};

	fake_run();
	open_link(0);
	for (size_t i = 0; i < (is_twitch ? 5 : 6); i++) {
		const char *line = is_twitch ? twitch[i] : irc[i];

		hear(line, strlen(line), "\r\n");
		fake_run_next(100);
	}
}

/* Both networks' configurations, each as it is first and with another nick or login. */
static struct irc_config irc_configs[2];
static struct twitch_config twitch_configs[2];

static const struct gateway_config *config_of(bool is_twitch, bool is_other_nick)
{
	return is_twitch ? &twitch_configs[is_other_nick].head : &irc_configs[is_other_nick].head;
}

static void reconfigure(bool is_twitch, size_t length)
{
	static char two[] = "#two", three[] = "#three";
	static char *channels[] = {two, three};
	const struct gateway_wanted wanted = {config_of(is_twitch, length % 4 == 3), {channels, length % 3}};

	fake_bot_reconfigure(&wanted);
}

static void event(bool is_twitch, const char *line, size_t length)
{
	switch (*line) {
	case 'b': hear(line + 1, length - 1, ""); break;
	case 'o': open_link(length); break;
	case 'x': end_link(line + 1); break;
	case 'c': is_other = !is_other; break;
	case '+': break;
	case 'n': fake.is_name_unknown = !fake.is_name_unknown; break;
	case 'r': fake.is_refusing = !fake.is_refusing; break;
	case 'J':
		if (length == 1) {
			begin_well(is_twitch);
			break;
		}
		/* fall through */
	default: hear(line, length, "\r\n"); break;
	case 'f': reconfigure(is_twitch, length); break;
	case 'q': fake_bot_stop(); break;
	}
	fake_bot_wait(line, length);
	fake_bot_check_status();
}

static void preset(struct fuzzed_input *input)
{
	size_t length;

	while (input->length && *input->bytes == 's') {
		char *line = fuzzed_line(input, &length);
		char *text = fuzzed_text(line + 1, length - 1), *value = strchr(text, ' ');

		if (value) {
			*value++ = '\0';
			store_put(fake_store(), *text == '#' ? "irc/test" : "irc/sts",
					*text == '#' ? "seen/#tv" : text, value);
		}
		free(text);
		free(line);
	}
}

static void make_configs(uint8_t option)
{
	static char name[] = "test", token[] = "abc", nick[] = "bot", other_nick[] = "other", user[] = "user",
		    host[] = "irc.example", other[] = "irc2.example", path[] = "/", account[] = "bot",
		    password[] = "pencil", services[] = "NickServ", boss[] = "Boss", print[] = "abcd";
	static struct config_owner owners[] = {{OWNER_ACCOUNT, boss}, {OWNER_FINGERPRINT, print}};
	static struct url urls[2];
	bool is_login = option & OPTION_LOGIN;
	const struct gateway_config head = {
			.references = 1, .name = name, .owners = {owners, is_login ? 2 : 0}};
	struct irc_link_config link = {
			.gateway = name, .servers = {urls, option & OPTION_SERVERS ? 2 : 1}, .sts = true};

	urls[0] = (struct url){.is_tls = option & OPTION_TLS,
			.is_stream = option & OPTION_STREAM,
			.host = host,
			.port = 6667,
			.path = path};
	urls[1] = urls[0];
	urls[1].host = other;
	for (unsigned i = 0; i < 2; i++) {
		irc_configs[i] = (struct irc_config){.head = head,
				.link = link,
				.nick = i ? other_nick : nick,
				.username = user,
				.services = services};
		irc_configs[i].head.network = &irc_network;
		if (is_login)
			irc_configs[i].sasl = (struct irc_sasl_config){
					SASL_AUTO, .account = account, .password = password};
		twitch_configs[i] = (struct twitch_config){
				.head = head, .link = link, .login = i ? other_nick : nick, .token = token};
		twitch_configs[i].head.network = &twitch_network;
		twitch_configs[i].link.has_no_protocol = true;
	}
}

/* The gateway has given up all that it had. */
static void check_references(void)
{
	for (unsigned i = 0; i < 2; i++)
		assert(irc_configs[i].head.references == 1 && twitch_configs[i].head.references == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct message left = {.id = "left-1",
			.channel = "#tv",
			.author_id = "~Jin",
			.author_name = "jin",
			.account = "Jin",
			.text = "!ping",
			.time_ms = FAKE_WALL_MS - 60000};
	struct fuzzed_input input = {data, size};
	uint8_t option = fuzzed_byte(&input);
	static char tv[] = "#tv";
	static char *channels[] = {tv};
	bool is_twitch = option & OPTION_TWITCH;
	const struct gateway_wanted wanted = {config_of(is_twitch, false), {channels, 1}};
	char *line;
	size_t length;

	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	is_other = false;
	fake_begin();
	fake_bot_begin();
	fake.on_sent = on_sent;
	fake.addresses = 1;
	bot.has_store = option & OPTION_STORE;
	bot.left = option & OPTION_STORE ? &left : NULL;
	free(fuzzed_line(&input, &length)); /* the rest of the line of options */
	preset(&input);
	make_configs(option);
	fake_bot_start(&wanted);
	for (unsigned i = 0; i < EVENTS_MAX && (line = fuzzed_line(&input, &length)) != NULL; i++) {
		event(is_twitch, line, length);
		free(line);
	}
	if (option & OPTION_STOP)
		fake_bot_stop();
	fake_bot_end();
	check_references();
	return 0;
}
