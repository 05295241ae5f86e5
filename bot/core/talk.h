#ifndef EPISODED_TALK_H
#define EPISODED_TALK_H

/*
 * What to answer when a person addresses the bot without a command: the command that a sentence asks for, or one of
 * the entries below, which are in no list of commands.
 */

#include "bot/core/command.h"
#include "bot/core/sentence.h"

/* A misspelt command: "Did you mean !episode?" Its words are the whole text, without the prefix. */
extern const struct command_entry talk_typo;
/* A word behind the prefix that is no command. */
extern const struct command_entry talk_unknown;

struct talk {
	const struct command_entry *entry; /* never an owner command */
	char words[SENTENCE_MAX_BYTES];
};

/* Choose what answers a sentence about a show. False: its form is unknown, and *ret searches for its words. */
bool talk_choose(const struct show *show, const char *text, struct talk *ret);

/* True if a text that begins with this command is a sentence rather than the command and its argument: "when does ep 3
 * air", "who is onjo", "show me the episodes". rest: the text after the name. */
bool talk_is_sentence(const struct command_entry *entry, const char *rest);

/* What a word behind the prefix is. */
enum talk_word {
	TALK_WORD_COMMAND, /* a command, or one with its argument ("ep5", "5") */
	TALK_WORD_TYPO,    /* a misspelt command */
	TALK_WORD_OTHER,   /* another bot's command, or a sentence's beginning */
};

/* Look a word up; *ret_name is the command's name or alias, "" for other words. */
enum talk_word talk_look_up(const char *word, bool is_owner, const char **ret_name);

/* The command of a word that contains its argument: "ep5" is "ep" and "5"; "5" and "s01e05" are an argument of episode.
 * *ret_length is the length of the name. NULL: it is no such word. */
const struct command_entry *talk_joined(const char *word, size_t *ret_length);

/* True for entries that are no commands, of which a person gets few in a short time. */
bool talk_is_small(const struct command_entry *entry);

#endif
