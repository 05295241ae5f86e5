/* From an event to a question, and from a reply to the forms in which it may be sent. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/discord/answer.h"
#include "bot/gateway/discord/question.h"
#include "bot/gateway/discord/recall.h"

#define ASKED_MS 1700000000000ull
#define NOW_MS   5000

static const struct message question = {
		.id = "1500",
		.channel = "33",
		.author_id = "55",
		.author_name = "Ada",
		.account = "",
		.text = "!episode 5",
		.time_ms = ASKED_MS,
};

/* One reply, and what is known when it is made. */
struct scene {
	struct message message;
	struct reply reply;
	struct discord_channel channel;
	struct remote_clock clock; /* at ASKED_MS + 100 when ours is at NOW_MS */
	struct discord_answer answer;
	struct discord_outbox_reply made;
	size_t position;
	char extra[128];
};

static void set_up(struct scene *scene)
{
	*scene = (struct scene){.message = question};
	reply_init(&scene->reply);
	reply_set_title(&scene->reply, "Episode 5");
	reply_set_text(&scene->reply, "The drone.");
	scene->answer = (struct discord_answer){
			.message = &scene->message,
			.reply = &scene->reply,
			.prefix = "!",
			.clock = &scene->clock,
			.now_ms = NOW_MS,
	};
	remote_clock_hear(&scene->clock, ASKED_MS + 100, NOW_MS);
}

static void tear_down(struct scene *scene)
{
	discord_outbox_reply_release(&scene->made);
	reply_release(&scene->reply);
}

static void make(struct scene *scene)
{
	discord_outbox_reply_release(&scene->made);
	scene->position = 0;
	assert_int_equal(discord_answer_make(&scene->answer, &scene->position, &scene->made), 0);
}

static void use_interaction(struct scene *scene, struct discord_interaction_ticket ticket)
{
	struct str extra = STR(sizeof(scene->extra) - 1);

	ticket.application = 22;
	ticket.can_embed = true;
	ticket.token = "token";
	discord_interaction_append_ticket(&extra, &ticket);
	snprintf(scene->extra, sizeof(scene->extra), "%s", str_text(&extra));
	str_release(&extra);
	scene->message.extra = scene->extra;
}

static bool has(const struct scene *scene, size_t form, const char *text)
{
	assert_true(form < scene->made.form_count);
	return strstr(scene->made.forms[form].body, text) != NULL;
}

/* ---------------------------------------------------------------- in a channel */

static void a_card_has_plain_text_beside_it_until_cards_are_known_to_work(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	make(&scene);
	assert_int_equal(scene.made.form_count, 2);
	assert_string_equal(scene.made.message, "1500");
	assert_string_equal(scene.made.channel, "33");
	assert_null(scene.made.token);
	assert_int_equal(scene.made.forms[0].form, DISCORD_OUTBOX_MESSAGE);
	assert_true(has(&scene, 0, "\"embeds\":[{") && has(&scene, 0, "\"message_id\":\"1500\""));
	assert_int_equal(scene.made.forms[1].form, DISCORD_OUTBOX_MESSAGE);
	assert_false(has(&scene, 1, "\"embeds\":[{") || has(&scene, 1, "message_reference"));
	assert_true(has(&scene, 0, "\"nonce\":\"e1500.0\"") && has(&scene, 1, "\"nonce\":\"e1500.0\""));

	scene.answer.channel = &scene.channel;
	scene.channel.takes_cards = true;
	make(&scene);
	assert_int_equal(scene.made.form_count, 1);
	tear_down(&scene);
}

static void what_a_channel_refused_is_not_tried_until_its_time_is_over(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.answer.channel = &scene.channel;
	scene.channel.plain_until_ms = scene.channel.loose_until_ms = NOW_MS + 1;
	make(&scene);
	assert_int_equal(scene.made.form_count, 1);
	assert_false(has(&scene, 0, "\"embeds\":[{") || has(&scene, 0, "message_reference"));
	scene.answer.now_ms++;
	make(&scene);
	assert_int_equal(scene.made.form_count, 2);
	assert_true(has(&scene, 0, "\"embeds\":[{") && has(&scene, 0, "message_reference"));
	tear_down(&scene);
}

/* Discord's time is so long after the question; the shards began at begun_ms after it. */
static void age(struct scene *scene, uint64_t age_ms, uint64_t begun_ms)
{
	scene->answer.now_ms = NOW_MS + age_ms - 100;
	scene->answer.begun_ms = NOW_MS + begun_ms - 100;
}

static void an_old_question_of_an_earlier_process_is_searched_for_first(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.message.origin = MESSAGE_JOURNAL;
	age(&scene, DISCORD_RECALL_NONCE_MS, 1);
	make(&scene);
	assert_false(scene.made.is_doubtful);
	age(&scene, DISCORD_RECALL_NONCE_MS + 1, 1);
	make(&scene);
	assert_true(scene.made.is_doubtful);
	age(&scene, DISCORD_RECALL_NONCE_MS + 1, 0);
	make(&scene);
	assert_false(scene.made.is_doubtful);
	/* No clock tells: Discord is asked. */
	scene.clock = (struct remote_clock){0};
	make(&scene);
	assert_true(scene.made.is_doubtful);
	scene.message.origin = MESSAGE_LIVE;
	make(&scene);
	assert_false(scene.made.is_doubtful);
	tear_down(&scene);
}

static void the_deadline_counts_from_the_question(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	make(&scene);
	assert_int_equal(scene.made.deadline_ms, NOW_MS + DISCORD_ANSWER_LATE_MS - 100);
	scene.message.held_ms = 5000; /* the journal knows better */
	make(&scene);
	assert_int_equal(scene.made.deadline_ms, NOW_MS + DISCORD_ANSWER_LATE_MS - 5000);
	tear_down(&scene);
}

/* The estimate of Discord's clock may be wrong by any time. */
static void no_clock_makes_an_answer_too_late_before_it_is_sent(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.clock = (struct remote_clock){0};
	make(&scene);
	assert_int_equal(scene.made.deadline_ms, NOW_MS + DISCORD_ANSWER_LATE_MS);
	remote_clock_hear(&scene.clock, ASKED_MS + 10 * (uint64_t)DISCORD_ANSWER_LATE_MS, NOW_MS);
	make(&scene);
	assert_in_range(scene.made.deadline_ms, NOW_MS + 10000, NOW_MS + DISCORD_ANSWER_LATE_MS - 1);
	remote_clock_hear(&scene.clock, ASKED_MS - 10 * (uint64_t)DISCORD_ANSWER_LATE_MS, NOW_MS);
	make(&scene);
	assert_int_equal(scene.made.deadline_ms, NOW_MS + DISCORD_ANSWER_LATE_MS);
	tear_down(&scene);
}

/* ---------------------------------------------------------------- to an interaction */

static void an_interaction_has_a_callback_an_edit_and_a_message(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	use_interaction(&scene, (struct discord_interaction_ticket){.kind = DISCORD_INTERACTION_COMMAND});
	make(&scene);
	assert_int_equal(scene.made.form_count, 3);
	assert_int_equal(scene.made.forms[0].form, DISCORD_OUTBOX_CALLBACK);
	assert_int_equal(scene.made.forms[1].form, DISCORD_OUTBOX_ORIGINAL);
	assert_int_equal(scene.made.forms[2].form, DISCORD_OUTBOX_MESSAGE);
	assert_string_equal(scene.made.token, "token");
	assert_int_equal(scene.made.application, 22);
	assert_true(has(&scene, 0, "{\"type\":4,\"data\":{"));
	assert_true(has(&scene, 2, "The drone."));
	assert_true(scene.made.callback_ms > NOW_MS && scene.made.callback_ms < NOW_MS + 3000);
	scene.answer.now_ms = NOW_MS + 60000; /* the age is an estimate: one try in any case */
	make(&scene);
	assert_true(scene.made.callback_ms > scene.answer.now_ms);

	scene.answer.is_callback_only = true;
	make(&scene);
	assert_int_equal(scene.made.form_count, 1);
	tear_down(&scene);
}

static void a_private_reply_is_never_sent_to_the_channel(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	use_interaction(&scene, (struct discord_interaction_ticket){.kind = DISCORD_INTERACTION_COMMAND});
	scene.reply.is_private = true;
	make(&scene);
	assert_int_equal(scene.made.form_count, 3);
	assert_true(has(&scene, 0, "\"flags\":64"));
	assert_int_equal(scene.made.forms[2].form, DISCORD_OUTBOX_MESSAGE);
	assert_false(has(&scene, 2, "The drone."));
	tear_down(&scene);
}

static void a_button_under_a_public_card_changed_it_for_everyone(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	use_interaction(&scene, (struct discord_interaction_ticket){.kind = DISCORD_INTERACTION_BUTTON});
	make(&scene);
	assert_true(has(&scene, 0, "{\"type\":4,\"data\":{") && has(&scene, 0, "\"flags\":64"));
	use_interaction(&scene, (struct discord_interaction_ticket){
						.kind = DISCORD_INTERACTION_BUTTON, .is_page = true});
	make(&scene);
	assert_true(has(&scene, 0, "{\"type\":4,\"data\":{") && has(&scene, 0, "\"flags\":64"));
	assert_false(has(&scene, 2, "The drone."));
	tear_down(&scene);
}

static void a_button_changes_a_message_that_one_person_reads(void **state)
{
	const struct discord_interaction_ticket ephemeral = {
			.kind = DISCORD_INTERACTION_BUTTON, .is_host_ephemeral = true};
	struct scene scene;

	(void)state;
	set_up(&scene);
	use_interaction(&scene, ephemeral);
	make(&scene);
	assert_true(has(&scene, 0, "{\"type\":7,\"data\":{"));
	/* "I've seen this": the card stays, the confirmation is a message of its own. */
	scene.reply.is_private = true;
	make(&scene);
	assert_true(has(&scene, 0, "{\"type\":4,\"data\":{") && has(&scene, 0, "\"flags\":64"));
	scene.reply.is_private = false;
	scene.reply.kind = REPLY_PROBLEM;
	make(&scene);
	assert_true(has(&scene, 0, "{\"type\":4,\"data\":{"));
	scene.reply.kind = REPLY_ANSWER;
	use_interaction(&scene, (struct discord_interaction_ticket){.kind = DISCORD_INTERACTION_BUTTON});
	scene.message.is_private = true;
	make(&scene);
	assert_true(has(&scene, 0, "{\"type\":7,\"data\":{"));
	tear_down(&scene);
}

/* Discord refuses an edit that has an embed or no flag. */
static void a_message_of_components_stays_one(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	use_interaction(&scene, (struct discord_interaction_ticket){.kind = DISCORD_INTERACTION_BUTTON,
						.is_host_ephemeral = true,
						.is_host_layout = true});
	make(&scene);
	assert_true(has(&scene, 0, "\"flags\":32768") && has(&scene, 1, "\"flags\":32768"));
	assert_false(has(&scene, 0, "\"embeds\":[{"));
	tear_down(&scene);
}

static void the_menu_of_a_message_answers_in_private(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	use_interaction(&scene, (struct discord_interaction_ticket){.kind = DISCORD_INTERACTION_MESSAGE});
	make(&scene);
	assert_true(has(&scene, 0, "{\"type\":4,\"data\":{") && has(&scene, 0, "\"flags\":64"));
	assert_false(has(&scene, 2, "The drone."));
	tear_down(&scene);
}

static void a_spoiler_is_made_of_components_with_plain_text_beside_it(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	reply_set_spoiler(&scene.reply, "Spoils a later episode");
	scene.reply.is_text_veiled = true;
	scene.answer.channel = &scene.channel;
	scene.channel.takes_cards = true;
	make(&scene);
	assert_int_equal(scene.made.form_count, 2);
	assert_true(scene.made.is_layout);
	assert_true(has(&scene, 0, "\"spoiler\":true") && has(&scene, 0, "\"flags\":32768"));
	assert_true(has(&scene, 1, "||The drone.||"));
	scene.answer.is_plain = true;
	make(&scene);
	assert_int_equal(scene.made.form_count, 1);
	assert_false(scene.made.is_layout);
	assert_true(has(&scene, 0, "||The drone.||"));
	tear_down(&scene);
}

/* ---------------------------------------------------------------- corrections */

static void an_edited_question_edits_its_answer_or_is_answered_by_a_message(void **state)
{
	struct discord_asked asked = {.question = 1500, .post = 1600};
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.message.id = "1500.1700000001234";
	make(&scene);
	assert_true(scene.made.is_correction && !scene.made.is_new);
	assert_int_equal(scene.made.post, 0);
	assert_int_equal(scene.made.form_count, 4);
	assert_int_equal(scene.made.forms[0].form, DISCORD_OUTBOX_EDIT);
	assert_int_equal(scene.made.forms[1].form, DISCORD_OUTBOX_EDIT);
	assert_true(has(&scene, 1, "\"flags\":32768")); /* where the answer before is made of components */
	for (size_t i = 0; i < 2; i++)
		assert_false(has(&scene, i, "nonce") || has(&scene, i, "message_reference"));
	assert_int_equal(scene.made.forms[2].form, DISCORD_OUTBOX_MESSAGE);
	assert_true(has(&scene, 2, "\"nonce\":\"c1500.34\"") && has(&scene, 2, "\"message_id\":\"1500\""));

	scene.answer.asked = &asked;
	make(&scene);
	assert_int_equal(scene.made.post, 1600);
	asked.is_layout = true;
	make(&scene);
	assert_true(has(&scene, 0, "\"flags\":32768"));
	assert_int_equal(scene.made.forms[1].form, DISCORD_OUTBOX_MESSAGE);
	asked = (struct discord_asked){.question = 1500, .is_bare = true};
	make(&scene);
	assert_true(scene.made.is_new);
	tear_down(&scene);
}

/* ---------------------------------------------------------------- questions */

static void a_message_becomes_a_question(void **state)
{
	struct discord_event_message event = {
			.id = 175928847299117063ull, .channel = 33, .author = 55, .is_addressed = true};
	struct discord_question made;

	(void)state;
	event.author_name = STR(16);
	event.text = STR(64);
	str_append(&event.author_name, "Ada");
	str_append(&event.text, "episode 5");
	discord_question_from_message(&event, 0, MESSAGE_BACKLOG, &made);
	assert_string_equal(made.message.id, "175928847299117063");
	assert_string_equal(made.message.channel, "33");
	assert_string_equal(made.message.author_id, "55");
	assert_string_equal(made.message.author_name, "Ada");
	assert_string_equal(made.message.text, "episode 5");
	assert_true(made.message.is_private && made.message.is_addressed);
	assert_int_equal(made.message.origin, MESSAGE_BACKLOG);
	assert_int_equal(made.message.time_ms, 1462015105796ull); /* of Discord's own example */
	assert_null(made.message.extra);
	event.guild = 44;
	discord_question_from_message(&event, 1462015106000ull, MESSAGE_LIVE, &made);
	assert_string_equal(made.message.id, "175928847299117063.1462015106000");
	assert_int_equal(made.message.time_ms, 1462015105796ull);
	assert_false(made.message.is_private);
	assert_int_equal(made.message.origin, MESSAGE_LIVE);
	discord_event_message_release(&event);
}

static void a_button_becomes_a_question_that_knows_how_to_answer(void **state)
{
	struct discord_interaction interaction;
	struct discord_interaction_ticket ticket;
	struct discord_question made;

	(void)state;
	discord_interaction_init(&interaction);
	interaction.id = 1500;
	interaction.application = 22;
	interaction.kind = DISCORD_INTERACTION_BUTTON;
	str_append(&interaction.token, "to/ken");
	str_append(&interaction.custom_id, "m:2:episodes");
	assert_int_equal(discord_question_from_interaction(&interaction, NULL, MESSAGE_LIVE, &made), 0);
	assert_string_equal(made.message.text, "episodes");
	assert_int_equal(discord_interaction_read_ticket(made.message.extra, &ticket), 0);
	assert_true(ticket.is_page && ticket.page == 2 && ticket.application == 22);
	assert_string_equal(ticket.token, "to/ken");
	discord_question_release(&made);

	/* Not understood: no text, but it can be told that there is no answer. */
	str_clear(&interaction.custom_id);
	str_append(&interaction.custom_id, "x");
	assert_int_equal(
			discord_question_from_interaction(&interaction, NULL, MESSAGE_LIVE, &made), -EBADMSG);
	assert_string_equal(made.message.text, "");
	assert_non_null(made.message.extra);
	discord_question_release(&made);
	interaction.kind = DISCORD_INTERACTION_COMMAND;
	assert_int_equal(discord_question_from_interaction(&interaction, NULL, MESSAGE_LIVE, &made), -ENOENT);
	discord_question_release(&made);
	discord_interaction_release(&interaction);
}

/* ---------------------------------------------------------------- paths */

static void a_token_is_one_segment_of_a_path(void **state)
{
	struct str path = STR(256);

	(void)state;
	discord_interaction_append_callback_path(&path, "15", "a/b?c");
	assert_string_equal(str_text(&path), "/interactions/15/a%2Fb%3Fc/callback");
	str_clear(&path);
	discord_interaction_append_original_path(&path, 22, "a-b_c");
	assert_string_equal(str_text(&path), "/webhooks/22/a-b_c/messages/@original");
	str_release(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_card_has_plain_text_beside_it_until_cards_are_known_to_work),
			cmocka_unit_test(what_a_channel_refused_is_not_tried_until_its_time_is_over),
			cmocka_unit_test(an_old_question_of_an_earlier_process_is_searched_for_first),
			cmocka_unit_test(the_deadline_counts_from_the_question),
			cmocka_unit_test(no_clock_makes_an_answer_too_late_before_it_is_sent),
			cmocka_unit_test(an_interaction_has_a_callback_an_edit_and_a_message),
			cmocka_unit_test(a_private_reply_is_never_sent_to_the_channel),
			cmocka_unit_test(a_button_under_a_public_card_changed_it_for_everyone),
			cmocka_unit_test(a_button_changes_a_message_that_one_person_reads),
			cmocka_unit_test(a_message_of_components_stays_one),
			cmocka_unit_test(the_menu_of_a_message_answers_in_private),
			cmocka_unit_test(a_spoiler_is_made_of_components_with_plain_text_beside_it),
			cmocka_unit_test(an_edited_question_edits_its_answer_or_is_answered_by_a_message),
			cmocka_unit_test(a_message_becomes_a_question),
			cmocka_unit_test(a_button_becomes_a_question_that_knows_how_to_answer),
			cmocka_unit_test(a_token_is_one_segment_of_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
