#ifndef EPISODED_SENTENCE_H
#define EPISODED_SENTENCE_H

/*
 * What a sentence asks for: "which episode has the drone?" is the command "episode" with the words "drone". English
 * sentences only; other texts become words to search for. Pure: no dataset is looked at.
 */

#include <stdbool.h>

#define SENTENCE_COMMAND_BYTES 32
#define SENTENCE_MAX_BYTES     1001 /* of words, with the NUL; further ones are left out */

/* What is asked for beside the commands. */
#define SENTENCE_HELLO  "hello"  /* "hi", "are you a bot?" */
#define SENTENCE_THANKS "thanks" /* "thanks", "good bot", "bye" */
#define SENTENCE_SORRY  "sorry"  /* "bad bot" */
#define SENTENCE_TELL   "tell"   /* words: an episode, a character or a subject, as in "tell me about X" */
#define SENTENCE_WHO    "whom"   /* words: a character, or what somebody does: "who is X", "who escapes" */
#define SENTENCE_WORDS  "words"  /* words: what is left of no known form */

struct sentence {
	char command[SENTENCE_COMMAND_BYTES]; /* a command's name, which the table may lack; one of the above; "" */
	char words[SENTENCE_MAX_BYTES];
};

/* text is valid UTF-8. */
void sentence_read(const char *text, struct sentence *ret);

/* The reference to an episode or a season anywhere in a text: "what happens in ep 7" -> "ep 7". False: not found, and
 * *ret is untouched. */
bool sentence_reference(const char *text, char ret[SENTENCE_MAX_BYTES]);

/* The words of a text without question words and fillers: "which one has the drone?" -> "drone". May be "". */
void sentence_topic(const char *text, char ret[SENTENCE_MAX_BYTES]);

/* True for a word that sentences are made of ("where", "shown"), and that is thus no misspelt command. */
bool sentence_has_word(const char *word);

#endif
