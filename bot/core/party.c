/* People who watch an episode together: times and positions. */

#include "bot/core/party.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"

#define SEPARATOR '|'

/* ---------------------------------------------------------------- the form of the store */

static void append_person(const struct party_person *person, struct str *str)
{
	str_printf(str, "|%016" PRIx64 " %" PRId64 " %" PRId64 " ", person->key,
			person->is_paused ? person->at_s : -1, person->behind_s);
	for (const char *at = person->name; *at; at++)
		str_append_char(str, *at == SEPARATOR ? '/' : *at);
}

/* "harbour-lights s01e05 1796050800 2700 0 0|STARTER|PERSON ..."; a person is "KEY PAUSED-AT BEHIND NAME". */
void party_append(const struct party *party, struct str *str)
{
	str_printf(str, "%s %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, party->show, party->code,
			party->start_s, party->runtime_s, party->paused_s, party->lost_s);
	append_person(&party->starter, str);
	for (size_t i = 0; i < party->count; i++)
		append_person(&party->people[i], str);
}

static int read_person(const char *text, size_t length, struct party_person *ret)
{
	struct party_person person = {0};
	char form[160];
	int at = 0;

	if (length >= sizeof(form))
		return -EBADMSG;
	memcpy(form, text, length);
	form[length] = '\0';
	/* NOLINTNEXTLINE(cert-err34-c): so few digits are no number out of range */
	if (sscanf(form, "%16" SCNx64 " %18" SCNd64 " %18" SCNd64 "%n", &person.key, &person.at_s,
			    &person.behind_s, &at) != 3 ||
			(form[at] && form[at] != ' '))
		return -EBADMSG;
	person.is_paused = person.at_s >= 0;
	if (person.at_s > PARTY_RUNTIME_MAX_S || person.behind_s < 0 || person.behind_s > PARTY_RUNTIME_MAX_S)
		return -EBADMSG;
	utf8_print(person.name, sizeof(person.name), "%s", form + at + (form[at] == ' '));
	*ret = person;
	return 0;
}

static bool is_time(int64_t time_s)
{
	return time_s >= 0 && time_s <= OCCASION_LAST_S;
}

int party_read(const char *words, struct party *ret)
{
	struct party party = {0};
	size_t length = strcspn(words, "|");
	char head[256];
	int at = 0, r = 0;

	if (length >= sizeof(head))
		return -EBADMSG;
	memcpy(head, words, length);
	head[length] = '\0';
	/* NOLINTNEXTLINE(cert-err34-c): so few digits are no number out of range */
	if (sscanf(head, "%64s %23s %18" SCNd64 " %18" SCNd64 " %18" SCNd64 " %18" SCNd64 "%n", party.show,
			    party.code, &party.start_s, &party.runtime_s, &party.paused_s, &party.lost_s,
			    &at) != 6 ||
			head[at] || !is_time(party.start_s) || !is_time(party.paused_s) ||
			!is_time(party.lost_s) || party.runtime_s < 1 ||
			party.runtime_s > PARTY_RUNTIME_MAX_S)
		return -EBADMSG;
	words += length;
	for (size_t i = 0; *words == SEPARATOR && r == 0; i++) {
		length = strcspn(++words, "|");
		if (i > PARTY_PEOPLE_MAX)
			return -EBADMSG;
		r = read_person(words, length, i ? &party.people[i - 1] : &party.starter);
		party.count = i;
		words += length;
	}
	if (r == 0)
		*ret = party;
	return r;
}

/* ---------------------------------------------------------------- all together */

/* The position without its limit. */
static int64_t elapsed(const struct party *party, int64_t now_s)
{
	return (party->paused_s ? party->paused_s : now_s) - party->start_s - party->lost_s;
}

int64_t party_position(const struct party *party, int64_t now_s)
{
	int64_t position_s = elapsed(party, now_s);

	return position_s < party->runtime_s ? position_s : party->runtime_s;
}

int64_t party_end(const struct party *party, int64_t now_s)
{
	int64_t lost_s = party->lost_s + (party->paused_s ? now_s - party->paused_s : 0);

	return party->start_s + lost_s + party->runtime_s;
}

bool party_is_over(const struct party *party, int64_t now_s)
{
	return !party->paused_s && elapsed(party, now_s) >= party->runtime_s;
}

bool party_pause(struct party *party, int64_t now_s)
{
	if (party->paused_s || elapsed(party, now_s) < 0 || party_is_over(party, now_s))
		return false;
	party->paused_s = now_s;
	return true;
}

bool party_resume(struct party *party, int64_t now_s)
{
	if (!party->paused_s)
		return false;
	if (now_s > party->paused_s) /* a clock may have been set back */
		party->lost_s += now_s - party->paused_s;
	party->paused_s = 0;
	return true;
}

/* ---------------------------------------------------------------- one person */

const struct party_person *party_find(const struct party *party, uint64_t key)
{
	for (size_t i = 0; i < party->count; i++) {
		if (party->people[i].key == key)
			return &party->people[i];
	}
	return NULL;
}

static struct party_person *find(struct party *party, uint64_t key)
{
	return (struct party_person *)(uintptr_t)party_find(party, key);
}

int64_t party_person_position(const struct party *party, const struct party_person *person, int64_t now_s)
{
	int64_t position_s = elapsed(party, now_s) - person->behind_s;

	if (person->is_paused)
		return person->at_s;
	position_s = position_s < 0 ? 0 : position_s;
	return position_s < party->runtime_s ? position_s : party->runtime_s;
}

int party_pause_person(struct party *party, const struct party_person *person, int64_t now_s)
{
	struct party_person *found = find(party, person->key);
	int64_t position_s;

	if (elapsed(party, now_s) < 0)
		return -ENOENT;
	if (found && found->is_paused)
		return -EALREADY;
	if (!found && party->count == PARTY_PEOPLE_MAX)
		return -EDQUOT;
	if (!found) {
		found = &party->people[party->count++];
		*found = *person;
		found->is_paused = false;
		found->behind_s = 0;
	}
	position_s = party_person_position(party, found, now_s);
	found->is_paused = true;
	found->at_s = position_s;
	return 0;
}

int party_resume_person(struct party *party, const struct party_person *person, int64_t now_s)
{
	struct party_person *found = find(party, person->key);
	int64_t behind_s;

	if (!found || !found->is_paused)
		return -EALREADY;
	behind_s = elapsed(party, now_s) - found->at_s;
	found->is_paused = false;
	found->behind_s = behind_s < 0 ? 0 : behind_s > PARTY_RUNTIME_MAX_S ? PARTY_RUNTIME_MAX_S : behind_s;
	return 0;
}
