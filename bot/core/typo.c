/* Compare a word with the names of all commands. */

#include "bot/core/typo.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/core/commands.h"

#define LETTERS_MIN 3
#define LETTERS_MAX 24

/* Commands of well-known other bots that are near to one of ours. */
static const char *const OTHERS[] = {"cash", "clip", "fast", "host", "lore", "mode", "mods", "notice", "pong",
		"process", "quotes", "reminder", "score", "scores", "serial", "session", "shop", "shot",
		"shots", "slap", "songs", "sound", "sounds", "stats", "store", "stream", "streams", "title"};

/* Lower the case of ASCII letters. False: the word has a length or a byte that no command's name has. */
static bool read_word(const char *word, char ret[LETTERS_MAX + 1])
{
	size_t length = strlen(word);

	if (length < LETTERS_MIN || length > LETTERS_MAX)
		return false;
	for (size_t i = 0; i <= length; i++) {
		if (word[i] && !isalpha((unsigned char)word[i]))
			return false;
		ret[i] = (char)tolower((unsigned char)word[i]);
	}
	return true;
}

static bool is_other(const char *word)
{
	for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
		if (strcmp(word, OTHERS[i]) == 0)
			return true;
	}
	return false;
}

/* True if the words have the same letters in another order. */
static bool is_mixed(const char *word, const char *name)
{
	int balance[256] = {0};

	if (strlen(word) != strlen(name))
		return false;
	for (size_t i = 0; word[i]; i++) {
		balance[(unsigned char)word[i]]++;
		balance[(unsigned char)name[i]]--;
	}
	for (size_t i = 0; word[i]; i++) {
		if (balance[(unsigned char)word[i]])
			return false;
	}
	return true;
}

/* The number of edits from word to name, or 0 if they are too many for a typo. */
static unsigned edits(const char *word, const char *name)
{
	size_t length = strlen(word);
	bool is_swapped = word[0] == name[1] && word[1] == name[0];
	unsigned distance;

	if ((word[0] != name[0] && !is_swapped) || strlen(name) < LETTERS_MIN)
		return 0;
	distance = nearest_distance(word, name, 2);
	if (distance > 2 || (distance == 2 && length < 6))
		return 0;
	if (is_mixed(word, name))
		return distance;
	if (length <= 4 || strlen(name) < 4 || (distance == 2 && length < 8))
		return 0;
	return distance;
}

struct nearest {
	const char *name;
	const struct command *command;
	unsigned edits;
	bool is_tie;
};

static void compare(
		struct nearest *nearest, const char *word, const char *name, const struct command *command)
{
	unsigned count = edits(word, name);

	if (!count || (nearest->name && count > nearest->edits))
		return;
	if (!nearest->name || count < nearest->edits)
		*nearest = (struct nearest){name, command, count, false};
	else if (nearest->command != command)
		nearest->is_tie = true;
}

const char *typo_of(const char *word, bool is_owner)
{
	struct nearest nearest = {.name = NULL};
	char lowered[LETTERS_MAX + 1];

	if (!read_word(word, lowered) || is_other(lowered))
		return NULL;
	for (size_t i = 0; i < command_entry_count; i++) {
		const struct command *command = command_entries[i].command;

		if (command->permission == PERMISSION_OWNER && !is_owner)
			continue;
		compare(&nearest, lowered, command_entries[i].name, command);
		for (size_t k = 0; k < COMMAND_ALIASES_MAX && command->aliases[k]; k++)
			compare(&nearest, lowered, command->aliases[k], command);
	}
	return nearest.is_tie ? NULL : nearest.name;
}
