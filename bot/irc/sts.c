/* Strict Transport Security: parse the capability's value and maintain the policy. */

#include "bot/irc/sts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"

#define DURATION_MAX_S (100L * 365 * 24 * 3600) /* the longest duration that is stored */
#define NUMBER_BYTES   24

/* Read a number of length digits; larger numbers become high. */
static bool read_number(const char *text, size_t length, long high, long *ret)
{
	long number = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (text[i] - '0');
		if (number > high)
			number = high;
	}
	*ret = number;
	return true;
}

static void read_pair(const char *text, size_t length, struct irc_sts_value *value)
{
	const char *equals = memchr(text, '=', length);
	size_t key = equals ? (size_t)(equals - text) : length;
	long number;

	if (!equals || !read_number(equals + 1, length - key - 1, DURATION_MAX_S, &number))
		return;
	if (key == 4 && memcmp(text, "port", 4) == 0 && number >= 1 && number <= 65535) {
		value->has_port = true;
		value->port = (unsigned short)number;
	} else if (key == 8 && memcmp(text, "duration", 8) == 0) {
		value->has_duration = true;
		value->duration_s = (uint64_t)number;
	}
}

int irc_sts_parse(const char *text, struct irc_sts_value *ret)
{
	struct irc_sts_value value = {0};

	while (*text) {
		size_t length = strcspn(text, ",");

		read_pair(text, length, &value);
		text += length;
		text += *text == ',';
	}
	if (!value.has_port && !value.has_duration)
		return -EBADMSG;
	*ret = value;
	return 0;
}

bool irc_sts_find(const char *list, char *ret, size_t size)
{
	while (*list) {
		size_t length = strcspn(list, " ");

		if (length > 4 && memcmp(list, "sts=", 4) == 0) {
			if (length - 4 >= size)
				return false;
			memcpy(ret, list + 4, length - 4);
			ret[length - 4] = '\0';
			return true;
		}
		list += length;
		list += strspn(list, " ");
	}
	return false;
}

void irc_sts_learn(struct irc_sts_policy *policy, const struct irc_sts_value *value, unsigned short port,
		uint64_t wall_ms)
{
	if (!value->has_duration)
		return;
	*policy = (struct irc_sts_policy){.duration_s = value->duration_s};
	if (value->duration_s)
		policy->port = port;
	irc_sts_rebase(policy, wall_ms);
}

void irc_sts_rebase(struct irc_sts_policy *policy, uint64_t wall_ms)
{
	policy->expires_ms = policy->duration_s ? wall_ms + policy->duration_s * 1000 : 0;
}

bool irc_sts_holds(const struct irc_sts_policy *policy, uint64_t wall_ms)
{
	return policy->duration_s > 0 && wall_ms < policy->expires_ms;
}

void irc_sts_format(const struct irc_sts_policy *policy, char ret[IRC_STS_TEXT_BYTES])
{
	snprintf(ret, IRC_STS_TEXT_BYTES, "%u %llu %llu", policy->port,
			(unsigned long long)policy->duration_s, (unsigned long long)policy->expires_ms);
}

int irc_sts_read(const char *text, struct irc_sts_policy *ret)
{
	long numbers[3];
	static const long high[3] = {65535, DURATION_MAX_S, INT64_MAX};

	for (size_t i = 0; i < 3; i++) {
		size_t length = strcspn(text, " ");

		if (length > NUMBER_BYTES - 6 || !read_number(text, length, high[i], &numbers[i]))
			return -EBADMSG;
		text += length;
		text += i < 2 && *text == ' ';
	}
	if (*text || numbers[0] == 0)
		return -EBADMSG;
	*ret = (struct irc_sts_policy){
			(unsigned short)numbers[0], (uint64_t)numbers[1], (uint64_t)numbers[2]};
	return 0;
}
