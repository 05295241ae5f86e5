/* Identifying the author of an owner command with WHOIS: only the server's reply about that person counts. */

#include <stdio.h>

#include "tests/unit/irc_script.h"

#define WHOIS_OF(fingerprint)                                                                                \
	":s 311 bot anna ~a host.test * :has client certificate fingerprint feed\n"                          \
	":s 276 bot anna :has client certificate fingerprint " fingerprint "\n"                              \
	":s 318 bot anna :End of /WHOIS list\n"

/* The steps of a message: WHOIS, and the delivery after it. */
struct asking {
	struct script script;
	int result;
	char account[80], author_id[160], fingerprint[140], text[200];
	unsigned told, again;
};

static struct asking *asking;

static void on_said(void *user, const struct message *message)
{
	struct asking *self = asking;

	assert_ptr_equal(user, &self->script);
	self->told++;
	snprintf(self->account, sizeof(self->account), "%s", message->account);
	snprintf(self->author_id, sizeof(self->author_id), "%s", message->author_id);
	snprintf(self->text, sizeof(self->text), "%s", message->text);
	if (message->fingerprint) {
		self->again++;
		snprintf(self->fingerprint, sizeof(self->fingerprint), "%s", message->fingerprint);
		return;
	}
	self->result = irc_session_identify(self->script.session, message, &self->script.now);
	irc_session_flush(self->script.session, &self->script.now);
}

static void open_with(struct asking *self, bool asks_account, bool asks_fingerprint, const char *caps)
{
	static const struct irc_session_events events = {.on_send = on_send,
			.on_ready = on_ready,
			.on_channels = on_channels,
			.on_message = on_said,
			.on_note = on_note,
			.on_lost = on_lost};
	char line[200];

	memset(self, 0, sizeof(*self));
	asking = self;
	self->script = (struct script){.sent = STR(100000), .notes = STR(10000), .heard = STR(100000)};
	self->script.config = (struct irc_session_config){.nick = "bot",
			.username = "user",
			.realname = "A bot",
			.asks_account = asks_account,
			.asks_fingerprint = asks_fingerprint};
	self->script.now = (struct irc_now){1000, WALL_MS};
	assert_int_equal(irc_session_new(&self->script.config, &events, &self->script, &self->script.session),
			0);
	irc_session_open(self->script.session, &self->script.now);
	snprintf(line, sizeof(line), ":s CAP * LS :%s\n:s CAP * ACK :%s", caps, caps);
	server(&self->script, line);
	server(&self->script, ":s 001 bot :hi\n:s 422 bot :no");
	self->script.now.ms += 20000;
	str_clear(&self->script.sent);
}

static void says(struct asking *self, const char *line)
{
	server(&self->script, line);
}

static void the_fingerprint_arrives_with_the_owner_command(void **state)
{
	struct asking self;

	(void)state;
	open_with(&self, true, true, "account-tag message-tags");
	says(&self, ":anna!~a@host.test PRIVMSG #tv :!reload");
	assert_int_equal(self.result, 0);
	expect(&self.script.sent, "WHOIS anna\n");
	says(&self, WHOIS_OF("AB:CD"));
	assert_int_equal(self.again, 1);
	assert_string_equal(self.fingerprint, "abcd");
	assert_string_equal(self.text, "!reload");
	assert_string_equal(self.author_id, "~anna");
	says(&self, WHOIS_OF("AB:CD")); /* not requested */
	assert_int_equal(self.told, 2);
	end(&self.script);
}

static void without_account_tags_the_account_is_requested(void **state)
{
	struct asking self;

	(void)state;
	open_with(&self, true, false, "message-tags");
	says(&self, "@account=owner :anna!~a@host.test PRIVMSG bot :!reload"); /* capability not enabled: ignored */
	assert_string_equal(self.account, "");
	says(&self, ":s 311 bot anna ~a host.test * :x\n:s 330 bot anna Owner :is logged in as\n"
		    ":s 318 bot anna :End");
	assert_int_equal(self.again, 1);
	assert_string_equal(self.account, "Owner");
	assert_string_equal(self.author_id, "owner");
	assert_string_equal(self.fingerprint, "");
	end(&self.script);
}

static void where_lines_have_accounts_they_count(void **state)
{
	struct asking self;

	(void)state;
	open_with(&self, true, false, "account-tag message-tags");
	says(&self, ":anna!~a@host.test PRIVMSG bot :!reload");
	assert_int_equal(self.result, -ENOTSUP);
	expect(&self.script.sent, "");
	says(&self, "@account=owner;account=* :anna!~a@host.test PRIVMSG bot :!reload");
	assert_string_equal(self.account, "");
	says(&self, "@account=owner :anna!~a@host.test PRIVMSG bot :!reload");
	assert_string_equal(self.account, "owner");
	says(&self, ":s CAP bot DEL :account-tag");
	says(&self, "@account=owner :anna!~a@host.test PRIVMSG bot :!reload");
	assert_string_equal(self.account, "");
	assert_int_equal(self.result, 0); /* now it is asked for */
	end(&self.script);
}

/* Who gives an order and hands the nick to the owner gains nothing. */
static void it_must_be_the_same_person(void **state)
{
	static const char *const tricks[] = {
			":s 311 bot anna ~a other.test * :x\n:s 276 bot anna :fingerprint abcd\n:s 318 bot "
			"anna :End",
			":s 311 bot anna a host.test * :x\n:s 276 bot anna :fingerprint abcd\n:s 318 bot "
			"anna :End",
			":s 276 bot anna :fingerprint abcd\n:s 318 bot anna :End", /* no 311 */
			":anna!~a@host.test NICK bert\n" WHOIS_OF("abcd"),
			":anna!~a@host.test QUIT :*.net *.split\n" WHOIS_OF("abcd"),
			":s 401 bot anna :No such nick\n" WHOIS_OF("abcd"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		struct asking self;

		open_with(&self, true, true, "message-tags");
		says(&self, ":anna!~a@host.test PRIVMSG #tv :!reload");
		says(&self, tricks[i]);
		assert_int_equal(self.again, 0);
		end(&self.script);
	}
}

static void a_person_is_no_server(void **state)
{
	struct asking self;

	(void)state;
	open_with(&self, true, true, "message-tags");
	says(&self, ":anna!~a@host.test PRIVMSG #tv :!reload");
	says(&self, ":bert!b@h 311 bot anna ~a host.test * :x\n:bert!b@h 276 bot anna :fingerprint abcd\n"
		    ":bert!b@h 318 bot anna :End");
	assert_int_equal(self.again, 0);
	says(&self, ":s 311 bot anna ~a host.test * :x\n:s 276 bot anna :fingerprint xyz\n:s 318 bot anna "
		    ":E");
	assert_int_equal(self.again, 1);
	assert_string_equal(self.fingerprint, "");
	end(&self.script);
}

static void few_wait_and_not_for_long(void **state)
{
	struct asking self;
	char line[100];

	(void)state;
	open_with(&self, true, true, "message-tags");
	for (int i = 0; i < 5; i++) {
		snprintf(line, sizeof(line), ":p%d!~a@host.test PRIVMSG #tv :!reload", i);
		says(&self, line);
		assert_int_equal(self.result, i < 4 ? 0 : -ENOBUFS);
	}
	says(&self, ":p1!~a@host.test PRIVMSG #tv :!part");
	assert_int_equal(self.result, 0); /* the first is still being asked about */
	pass(&self.script, 10000);
	assert_non_null(strstr(str_text(&self.script.notes), "no WHOIS reply about p1"));
	says(&self, ":s 311 bot p1 ~a host.test * :x\n:s 318 bot p1 :End");
	assert_int_equal(self.again, 0);
	says(&self, ":p9!~a@host.test PRIVMSG #tv :!reload");
	assert_int_equal(self.result, 0);
	irc_session_close(self.script.session);
	end(&self.script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_fingerprint_arrives_with_the_owner_command),
			cmocka_unit_test(without_account_tags_the_account_is_requested),
			cmocka_unit_test(where_lines_have_accounts_they_count),
			cmocka_unit_test(it_must_be_the_same_person),
			cmocka_unit_test(a_person_is_no_server),
			cmocka_unit_test(few_wait_and_not_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
