/* A session's handling of received messages, and the form of sent ones. */

#include <stdio.h>

#include "bot/base/homepage.h"
#include "tests/unit/irc_script.h"

static void hears_people(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":jin!u@h PRIVMSG #tv :!episode 5");
	expect(&script.heard, "#tv jin(~jin) !episode 5\n");
	server(&script, "@msgid=a\\:b;account=Jin :JIN[1]!u@h PRIVMSG #tv :\x02!ping\x0F");
	expect(&script.heard, "#tv JIN[1](jin) #a;b !ping\n");
	server(&script, ":JIN[1]!u@h PRIVMSG bot :episode 5");
	expect(&script.heard, "JIN[1] JIN[1](~jin{1}) private addressed episode 5\n");
	server(&script, ":jin!u@h PRIVMSG @#tv :for ops\n:jin!u@h PRIVMSG $$* :for all\n:jin!u@h PRIVMSG "
			"#tv");
	expect(&script.heard, "#tv among @#tv jin(~jin) for ops\n");
	server(&script, ":jin!u@h PRIVMSG #tv :caf\xE9");
	expect(&script.heard, "#tv jin(~jin) café\n");
	end(&script);
}

static void knows_when_it_is_addressed(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":j!u@h PRIVMSG #tv :Bot: ping\n:j!u@h PRIVMSG #tv :bot,ping\n:j!u@h PRIVMSG #tv "
			":@bot ping");
	expect(&script.heard,
			"#tv j(~j) addressed ping\n#tv j(~j) addressed ping\n#tv j(~j) addressed ping\n");
	server(&script, ":j!u@h PRIVMSG #tv :bot ping\n:j!u@h PRIVMSG #tv :bots: x\n:j!u@h PRIVMSG #tv "
			":@bots x\n"
			":j!u@h PRIVMSG #tv :bo\n:j!u@h PRIVMSG #tv :@bot");
	expect(&script.heard, "#tv j(~j) bot ping\n#tv j(~j) bots: x\n#tv j(~j) @bots x\n#tv j(~j) bo\n"
			      "#tv j(~j) addressed \n");
	end(&script);
}

static void is_deaf_to_bots_servers_and_the_past(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, "@bot :b!u@h PRIVMSG #tv :!ping\n@draft/bot= :b!u@h PRIVMSG #tv :!ping\n"
			"@inspircd.org/bot :b!u@h PRIVMSG #tv :!ping\n:j!u@h NOTICE bot :!ping\n"
			":BOT!u@h PRIVMSG #tv :!ping\n:irc.example PRIVMSG bot :!ping\nPRIVMSG #tv :!ping\n");
	server(&script, ":s BATCH +h chathistory #tv\n@batch=h :j!u@h PRIVMSG #tv :!ping\n"
			"@batch=h :s BATCH +in netjoin\n@batch=in :j!u@h PRIVMSG #tv :!ping\n:s BATCH -in\n"
			":s BATCH -h\n:s BATCH +p znc.in/playback #tv\n@batch=p :j!u@h PRIVMSG #tv :!ping");
	expect(&script.heard, "");
	server(&script, "@batch=h;time=2026-11-23T09:11:00.000Z :j!u@h PRIVMSG #tv :!ping");
	expect(&script.heard, "#tv j(~j) late !ping\n"); /* a batch that is not open: its type is unknown */
	end(&script);
}

/* A session with these capabilities on, in #tv. */
static void begin_with_caps(struct script *script, const char *caps)
{
	char lines[200];

	begin_with(script, "bot", NULL, 1);
	snprintf(lines, sizeof(lines), ":s CAP * LS :%s\n:s CAP bot ACK :%s", caps, caps);
	server(script, lines);
	server(script, ":s 001 bot :hi\n:s 422 bot :no\n:bot!u@h JOIN #tv");
}

#define ALL_TAGS "@account=boss;batch=none;bot;label=l1;msgid=m1;time=2026-11-23T08:00:00.000Z "

static void trusts_a_tag_only_with_its_capability(void **state)
{
	static const struct {
		const char *caps, *heard;
	} cases[] = {
			{"", "#tv j(~j) !ping\n"}, {"chghost", "#tv j(~j) !ping\n"},
			{"account-tag", "#tv j(boss) !ping\n"}, {"batch", "#tv j(~j) late !ping\n"},
			{"labeled-response", "#tv j(~j) !ping\n"}, {"message-tags", ""}, /* a bot */
			{"server-time", "#tv j(~j) late !ping\n"}, /* perhaps from the past */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;

		begin_with_caps(&script, cases[i].caps);
		server(&script, ALL_TAGS ":j!u@h PRIVMSG #tv :!ping");
		expect(&script.heard, cases[i].heard);
		end(&script);
	}
}

static void ignores_accounts_after_the_capability_was_removed(void **state)
{
	struct script script;

	(void)state;
	begin_with_caps(&script, "account-tag message-tags");
	server(&script, "@account=boss :j!u@h PRIVMSG #tv :one\n@+account=boss :j!u@h PRIVMSG #tv :two\n"
			"@account=boss;account=* :j!u@h PRIVMSG #tv :three");
	expect(&script.heard, "#tv j(boss) one\n#tv j(~j) two\n#tv j(~j) three\n");
	server(&script, ":s CAP bot DEL :account-tag\n@account=boss :j!u@h PRIVMSG #tv :four");
	expect(&script.heard, "#tv j(~j) four\n");
	server(&script, ":s CAP bot NEW :account-tag\n@account=boss :j!u@h PRIVMSG #tv :five\n"
			":s CAP bot NAK :account-tag\n@account=boss :j!u@h PRIVMSG #tv :six\n"
			":s CAP bot ACK :account-tag\n@account=boss :j!u@h PRIVMSG #tv :seven");
	expect(&script.heard,
			"#tv j(~j) five\n#tv j(~j) six\n#tv j(boss) seven\n"); /* requested again, alone */
	end(&script);
}

static void forgets_capabilities_with_the_connection(void **state)
{
	struct script script;

	(void)state;
	begin_with_caps(&script, "account-tag");
	irc_session_open(script.session, &script.now);
	server(&script, ":s CAP * ACK :account-tag\n:s 001 bot :hi\n:s 422 bot :no"); /* not requested */
	server(&script, "@account=boss :j!u@h PRIVMSG #tv :!ping");
	expect(&script.heard, "#tv j(~j) !ping\n");
	end(&script);
}

/* Tags are removed in place: the remaining ones are complete, whatever was around them. */
static void cleans_tags_in_place(void **state)
{
	struct script script;

	(void)state;
	begin_with_caps(&script, "account-tag");
	server(&script, "@time=1;;x=y;account=a\\sb;; :j!u@h PRIVMSG #tv :one\n@account :j!u@h PRIVMSG #tv "
			":two\n"
			"@;account=c;accounts=d;+x :j!u@h PRIVMSG #tv :three\n@x :j!u@h PRIVMSG #tv :four");
	expect(&script.heard, "#tv j(a b) one\n#tv j(~j) two\n#tv j(c) three\n#tv j(~j) four\n");
	end(&script);
}

/* Search results, a bouncer's own playback and nested batches: all from the past. */
static void answers_nothing_in_a_batch_that_plays(void **state)
{
	static const char *const types[] = {"chathistory", "znc.in/playback", "soju.im/search", "new", ""};
	struct script script;
	char lines[300];

	(void)state;
	begin_ready(&script);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(lines, sizeof(lines),
				":s BATCH +p %s #tv\n@batch=p :s BATCH +m draft/multiline #tv\n@batch=m :s "
				"BATCH +n "
				"netjoin\n"
				"@batch=n;account=boss :j!u@h PRIVMSG #tv :!ping\n:s BATCH -p\n"
				"@batch=m;account=boss :j!u@h PRIVMSG #tv :!ping\n:s BATCH -m\n:s BATCH -n",
				types[i]);
		server(&script, lines);
		expect(&script.heard, "");
	}
	end(&script);
}

/* ZNC 1.8, 2026: what was said while the bot was away comes after each join, without ids, and more than one message may
 * have the same time. What is older than the position was heard live. Owner commands are late. The 001 is that of ZNC's own
 * connection, days ago. */
static void answers_what_a_bouncer_kept(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	snprintf(script.seen, sizeof(script.seen), "1795425000000 1795425000000 "); /* 09:10:00 */
	server(&script, ":irc.znc.in CAP x LS :batch server-time znc.in/batch\n:irc.znc.in CAP bot ACK "
			":server-time batch");
	server(&script, "@time=2026-11-20T10:00:00.000Z :s 001 bot :hi\n:s 422 bot :no\n"
			"@time=2026-11-23T09:11:09.000Z :bot!u@h JOIN #tv");
	server(&script, ":znc.in BATCH +p znc.in/playback #tv\n"
			"@batch=p;time=2026-11-23T09:00:00.000Z :j!u@h PRIVMSG #tv :ancient\n"
			"@batch=p;time=2026-11-23T09:10:00.000Z :j!u@h PRIVMSG #tv :live\n"
			"@batch=p;time=2026-11-23T09:10:10.000Z :j!u@h PRIVMSG #tv :one\n"
			"@batch=p;time=2026-11-23T09:10:10.000Z :j!u@h PRIVMSG #tv :two\n"
			"@batch=p;time=2026-11-23T09:10:11.000Z :j!u@h PRIVMSG #tv :\x01"
			"ACTION waves\x01\n"
			"@batch=p;time=2026-11-23T09:10:11.000Z :bot!u@h PRIVMSG #tv :mine\n:znc.in BATCH "
			"-p");
	expect(&script.heard, "#tv j(~j) late one\n#tv j(~j) late two\n");
	server(&script, "@time=2026-11-23T09:11:30.000Z :j!u@h PRIVMSG #tv :now\n:znc.in BATCH +q "
			"znc.in/playback #tv\n"
			"@batch=q;time=2026-11-23T09:10:10.000Z :j!u@h PRIVMSG #tv :one\n:znc.in BATCH -q");
	expect(&script.heard, "#tv j(~j) now\n");
	end(&script);
}

static unsigned count_lines(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void answers_current_messages_in_a_batch(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":j!u@h BATCH +m draft/multiline #tv\n@batch=m;account=boss :j!u@h PRIVMSG #tv "
			":!ping\n"
			":s BATCH -m");
	expect(&script.heard, "#tv j(boss) !ping\n");
	end(&script);
}

/* The tags of a multiline message are on its batch; a line that continues the one before belongs to it. */
static void joins_the_lines_of_a_message(void **state)
{
	char line[600], word[401];
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, "@msgid=7;account=boss :j!u@h BATCH +m draft/multiline #tv\n@batch=m :j!u@h PRIVMSG "
			"#tv :!se");
	server(&script, ":k!u@h PRIVMSG #tv :!between");
	server(&script, "@batch=m;draft/multiline-concat :j!u@h PRIVMSG #tv :arch x\n"
			"@batch=m :j!u@h PRIVMSG #tv :\n@batch=m :j!u@h PRIVMSG #tv :!ping\n:s BATCH -m");
	expect(&script.heard,
			"#tv k(~k) !between\n#tv j(boss) #7 !search x\n#tv j(boss) \n#tv j(boss) !ping\n");
	/* in private only the first line needs no prefix */
	server(&script, ":j!u@h BATCH +m draft/multiline bot\n@batch=m :j!u@h PRIVMSG bot :ping\n"
			"@batch=m :j!u@h PRIVMSG bot :thanks\n:s BATCH -m");
	expect(&script.heard, "j j(~j) private addressed ping\nj j(~j) private thanks\n");
	/* our own, a NOTICE, playback, an end without a begin: nothing */
	server(&script, ":bot!u@h BATCH +m draft/multiline #tv\n@batch=m :bot!u@h PRIVMSG #tv :!a\n:s BATCH "
			"-m");
	server(&script, ":j!u@h BATCH +m draft/multiline #tv\n@batch=m :j!u@h NOTICE #tv :!a\n:s BATCH -m");
	server(&script, ":s BATCH +c chathistory #tv\n@batch=c :j!u@h BATCH +m draft/multiline #tv\n"
			"@batch=m :j!u@h PRIVMSG #tv :!a\n:s BATCH -m\n:s BATCH -c\n:s BATCH -x\n:s BATCH -");
	expect(&script.heard, "");
	/* a text that is too long is cut, and lines that are too many are left out */
	memset(word, 'x', 400);
	word[400] = '\0';
	server(&script, ":j!u@h BATCH +m draft/multiline #tv");
	for (int i = 0; i < 30; i++) {
		snprintf(line, sizeof(line), "@batch=m;draft/multiline-concat :j!u@h PRIVMSG #tv :%s", word);
		server(&script, line);
	}
	for (int i = 0; i < 100; i++)
		server(&script, "@batch=m :j!u@h PRIVMSG #tv :!ping");
	server(&script, ":s BATCH -m");
	assert_int_equal(count_lines(str_text(&script.heard)), 16);
	str_clear(&script.heard);
	/* more messages at a time than are kept; the connection ends in the middle */
	for (int i = 0; i < 9; i++) {
		snprintf(line, sizeof(line),
				":j!u@h BATCH +m%d draft/multiline #tv\n@batch=m%d :j!u@h PRIVMSG #tv :!%d",
				i, i, i);
		server(&script, line);
	}
	server(&script, ":s BATCH -m8");
	expect(&script.heard, "#tv j(~j) !8\n");
	irc_session_close(script.session);
	server(&script, ":s BATCH -m7");
	expect(&script.heard, "");
	end(&script);
}

/* More batches than are remembered: the type of the first ones is unknown. */
static void refuses_owner_commands_from_a_forgotten_batch(void **state)
{
	struct script script;
	char line[100];

	(void)state;
	begin_ready(&script);
	for (int i = 0; i < 17; i++) {
		snprintf(line, sizeof(line), ":s BATCH +p%d chathistory #tv", i);
		server(&script, line);
	}
	server(&script, "@batch=p0;account=boss :j!u@h PRIVMSG #tv :!reload\n"
			"@batch=p16;account=boss :j!u@h PRIVMSG #tv :!reload");
	expect(&script.heard, "#tv j(boss) late !reload\n");
	end(&script);
}

/* A bouncer that plays its buffer without a batch: not stale yet, but older than our join. */
static void refuses_owner_commands_from_before_its_join(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	server(&script, ":s CAP * LS :server-time account-tag\n:s CAP bot ACK :server-time account-tag");
	server(&script, "@time=2026-11-23T08:00:20.000Z :s 001 bot :hi\n:s 422 bot :no\n:bot!u@h JOIN #tv");
	server(&script, "@time=2026-11-23T08:00:10.000Z;account=boss :j!u@h PRIVMSG #tv :!reload\n"
			"@time=2026-11-23T08:00:21.000Z;account=boss :j!u@h PRIVMSG #tv :!reload");
	expect(&script.heard, "#tv j(boss) late !reload\n#tv j(boss) !reload\n");
	end(&script);
}

static void trusts_the_server_clock_over_its_own(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 0);
	server(&script, ":s CAP * LS :server-time\n:s CAP bot ACK :server-time");
	server(&script, "@time=2026-11-23T08:00:00.000Z :s 001 bot :hi\n:s 422 bot :no");
	server(&script, "@time=2026-11-23T08:00:01.000Z :j!u@h PRIVMSG #tv :now\n"
			"@time=2026-11-23T07:59:00.000Z :j!u@h PRIVMSG #tv :past");
	expect(&script.heard, "#tv j(~j) now\n");
	end(&script);
}

/* The machine's clock is set, correctly or wrongly, during the connection. */
static void a_step_of_our_clock_does_not_block_questions(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	script.now.wall_ms += 60 * 60 * UINT64_C(1000);
	server(&script, "@time=2026-11-23T09:11:29.000Z :j!u@h PRIVMSG #tv :forward");
	script.now.wall_ms -= 120 * 60 * UINT64_C(1000);
	server(&script, "@time=2026-11-23T09:11:29.000Z :j!u@h PRIVMSG #tv :back\n"
			"@time=2026-11-23T09:10:58.000Z :j!u@h PRIVMSG #tv :past");
	expect(&script.heard, "#tv j(~j) forward\n#tv j(~j) back\n#tv j(~j) late past\n");
	end(&script);
}

/* The server, or another one of its network that writes the times of its people, has a wrong clock. It has batches, so
 * what is outside of them is no playback. */
static void a_wrong_server_clock_does_not_block_questions(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, "@time=2026-11-23T08:11:29.000Z :j!u@h PRIVMSG #tv :behind\n"
			"@time=2026-11-23T10:11:29.000Z :k!u@h PRIVMSG #tv :ahead\n"
			"@time=2026-11-23T09:11:29.000Z :l!u@h PRIVMSG #tv :right");
	expect(&script.heard, "#tv j(~j) late behind\n#tv k(~k) ahead\n#tv l(~l) right\n");
	end(&script);
}

/* One message of another server, whose clock is wrong, does not move the estimate, whatever its form. */
static void the_time_of_a_batch_counted_twice(void **state)
{
	struct script script;
	uint64_t network_ms;

	(void)state;
	begin_ready(&script);
	network_ms = irc_session_network_ms(script.session, script.now.ms);
	server(&script, "@time=2026-11-23T08:11:29.000Z :j!u@h BATCH +m draft/multiline #tv\n"
			"@batch=m :j!u@h PRIVMSG #tv :!ping\n:s BATCH -m");
	expect(&script.heard, "#tv j(~j) late !ping\n");
	assert_true(irc_session_network_ms(script.session, script.now.ms) == network_ms);
	end(&script);
}

/* It is set back by a year, which its next PING shows: owner commands are carried out again. */
static void a_step_of_the_server_clock_is_followed(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, "@time=2025-11-23T09:11:29.000Z :s PING :x\n"
			"@time=2025-11-23T09:11:29.000Z :j!u@h PRIVMSG #tv :set back");
	server(&script, "@time=2025-11-23T10:11:29.000Z :j!u@h PRIVMSG #tv :one\n"
			"@time=2025-11-23T10:11:29.000Z :j!u@h PRIVMSG #tv :two\n"
			"@time=2025-11-23T09:11:29.000Z :j!u@h PRIVMSG #tv :another server's");
	expect(&script.heard, "#tv j(~j) set back\n#tv j(~j) one\n#tv j(~j) two\n"
			      "#tv j(~j) late another server's\n");
	end(&script);
}

/* The server has the time on messages only, and ours is 20 h ahead, ten years behind, or that of 1970. */
static void no_clock_of_ours_makes_the_first_question_old(void **state)
{
	static const uint64_t walls[] = {WALL_MS + 20 * 3600 * UINT64_C(1000),
			WALL_MS - 10 * 365 * 24 * 3600 * UINT64_C(1000), 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
		struct script script;

		begin_with(&script, "bot", NULL, 1);
		script.now.wall_ms = walls[i];
		irc_session_open(script.session, &script.now);
		server(&script, ":s CAP * LS :server-time batch\n:s CAP bot ACK :server-time batch\n"
				":s 001 bot :hi\n:s 422 bot :no\n:bot!u@h JOIN #tv");
		server(&script, "@time=2026-11-23T09:11:29.000Z :j!u@h PRIVMSG #tv :!ping");
		expect(&script.heard, "#tv j(~j) !ping\n");
		end(&script);
	}
}

/* No batches, and a server that tells no time of its own: it may be a bouncer that plays its buffer. */
static void refuses_owner_commands_while_nothing_tells_their_age(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	server(&script, ":s CAP * LS :server-time\n:s CAP bot ACK :server-time\n"
			":s 001 bot :hi\n:s 422 bot :no\n:bot!u@h JOIN #tv");
	server(&script, "@time=2026-11-22T09:11:29.000Z :j!u@h PRIVMSG #tv :!reload\n"
			"@time=2026-11-22T09:11:30.000Z :j!u@h PRIVMSG #tv :!reload\n"
			"@time=2026-11-22T08:11:30.000Z :j!u@h PRIVMSG #tv :older");
	expect(&script.heard, "#tv j(~j) late !reload\n#tv j(~j) !reload\n");
	end(&script);
}

/* ZNC may send its buffer without a batch before anything that tells the time. */
static void a_bouncers_buffer_without_a_batch_was_answered(void **state)
{
	static const char *const offers[] = {"znc.in/self-message", "soju.im/bouncer-networks"};

	(void)state;
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		struct script script;
		char offer[100];

		begin_with(&script, "bot", NULL, 1);
		snprintf(offer, sizeof(offer), ":s CAP * LS :server-time batch %s", offers[i]);
		server(&script, offer);
		server(&script, ":s CAP bot ACK :server-time batch\n:s 001 bot :hi\n:s 422 bot :no\n:bot!u@h "
				"JOIN #tv");
		server(&script, "@time=2026-11-23T06:11:29.000Z :j!u@h PRIVMSG #tv :!ping\n"
				"@time=2026-11-23T06:11:29.000Z :j!u@h PRIVMSG bot :ping");
		expect(&script.heard, "");
		server(&script, "@time=2026-11-23T09:11:29.000Z :j!u@h PRIVMSG #tv :!ping");
		expect(&script.heard, "#tv j(~j) late !ping\n");
		end(&script);
	}
}

static void answers_ctcp_three_times_a_minute(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":j!u@h PRIVMSG bot :\x01PING 1 2\x01\n:j!u@h PRIVMSG #tv :\x01TIME\n"
			":j!u@h PRIVMSG #tv :\x01"
			"ACTION !ping\x01\n:j!u@h PRIVMSG bot :\x01"
			"DCC SEND x\x01\n"
			":j!u@h NOTICE bot :\x01VERSION\x01");
	expect(&script.sent, "NOTICE j :\x01PING 1 2\x01\nNOTICE j :\x01TIME 2026-11-23T09:11:29.000Z\x01\n");
	expect(&script.heard, "");
	server(&script, ":j!u@h PRIVMSG bot :\x01VERSION\x01\n:j!u@h PRIVMSG bot :\x01VERSION\x01");
	assert_non_null(strstr(str_text(&script.sent), "NOTICE j :\x01VERSION episoded "));
	assert_ptr_equal(strchr(str_text(&script.sent), '\n') + 1,
			str_text(&script.sent) + script.sent.length);
	str_clear(&script.sent);
	pass(&script, 60000);
	server(&script, ":j!u@h PRIVMSG bot :\x01SOURCE\x01\n:j!u@h PRIVMSG bot :\x01"
			"CLIENTINFO\x01");
	assert_int_equal(strstr(str_text(&script.sent), "NOTICE j :\x01SOURCE ") != NULL, *homepage != '\0');
	assert_non_null(strstr(str_text(&script.sent), "NOTICE j :\x01"
						       "CLIENTINFO "));
	end(&script);
}

static void says_with_a_reference_to_the_question(void **state)
{
	static char one[] = "one", two[] = "two\r\nQUIT";
	char *lines[] = {one, two};
	struct irc_say say = {.verb = "PRIVMSG",
			.target = "#tv",
			.reply_to = "a;b",
			.lines = lines,
			.line_count = 2};
	struct script script;

	(void)state;
	begin_ready(&script);
	assert_true(irc_session_has_reply(script.session));
	assert_int_equal(script_say(&script, &say), 0);
	expect(&script.sent, "@+reply=a\\:b;+draft/reply=a\\:b PRIVMSG #tv one\nPRIVMSG #tv :two  QUIT\n");
	server(&script, ":s 005 bot CLIENTTAGDENY=*,-draft/reply :are supported");
	say.line_count = 1;
	script_say(&script, &say);
	expect(&script.sent, "@+draft/reply=a\\:b PRIVMSG #tv one\n");
	server(&script, ":s 005 bot CLIENTTAGDENY=*,-typing :are supported");
	assert_false(irc_session_has_reply(script.session));
	script_say(&script, &say);
	expect(&script.sent, "PRIVMSG #tv one\n");
	server(&script, ":s 005 bot -CLIENTTAGDENY :are supported");
	assert_true(irc_session_has_reply(script.session));
	irc_session_close(script.session);
	assert_int_equal(script_say(&script, &say), -ENOTCONN);
	end(&script);
}

/* The space for text is 512 bytes minus our mask, which the server prepends. */
static void measures_its_own_mask(void **state)
{
	static const char frame[] = ":bot!~user@host.example PRIVMSG #tv :\r\n";
	struct script script;
	size_t room;

	(void)state;
	begin_ready(&script);
	room = irc_session_room(script.session, "PRIVMSG", "#tv");
	assert_true(room + strlen(frame) <= 512);
	assert_true(room + strlen(frame) + 16 > 512);
	server(&script, ":bot!~user@host.example CHGHOST user a.much.longer.host.example");
	assert_int_equal(irc_session_room(script.session, "PRIVMSG", "#tv"), room + 1 - 14);
	server(&script, ":s 396 bot u@cloak :is now your visible host");
	assert_int_equal(irc_session_room(script.session, "PRIVMSG", "#tv"), room + 4 + 7);
	server(&script, ":bot!u@cloak NICK robot");
	assert_int_equal(irc_session_room(script.session, "PRIVMSG", "#tv"), room + 4 + 7 - 2);
	server(&script, ":s 005 robot LINELEN=2048 :are supported");
	assert_int_equal(irc_session_room(script.session, "PRIVMSG", "#tv"), room + 4 + 7 - 2 + 1536);
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(hears_people),
			cmocka_unit_test(knows_when_it_is_addressed),
			cmocka_unit_test(is_deaf_to_bots_servers_and_the_past),
			cmocka_unit_test(trusts_a_tag_only_with_its_capability),
			cmocka_unit_test(ignores_accounts_after_the_capability_was_removed),
			cmocka_unit_test(forgets_capabilities_with_the_connection),
			cmocka_unit_test(cleans_tags_in_place),
			cmocka_unit_test(answers_nothing_in_a_batch_that_plays),
			cmocka_unit_test(answers_what_a_bouncer_kept),
			cmocka_unit_test(answers_current_messages_in_a_batch),
			cmocka_unit_test(joins_the_lines_of_a_message),
			cmocka_unit_test(refuses_owner_commands_from_a_forgotten_batch),
			cmocka_unit_test(refuses_owner_commands_from_before_its_join),
			cmocka_unit_test(trusts_the_server_clock_over_its_own),
			cmocka_unit_test(a_step_of_our_clock_does_not_block_questions),
			cmocka_unit_test(a_wrong_server_clock_does_not_block_questions),
			cmocka_unit_test(the_time_of_a_batch_counted_twice),
			cmocka_unit_test(a_step_of_the_server_clock_is_followed),
			cmocka_unit_test(no_clock_of_ours_makes_the_first_question_old),
			cmocka_unit_test(refuses_owner_commands_while_nothing_tells_their_age),
			cmocka_unit_test(a_bouncers_buffer_without_a_batch_was_answered),
			cmocka_unit_test(answers_ctcp_three_times_a_minute),
			cmocka_unit_test(says_with_a_reference_to_the_question),
			cmocka_unit_test(measures_its_own_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
