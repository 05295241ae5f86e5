/* From a sentence to a command and its words: a table of forms, tried in order. */

#include "bot/core/sentence.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/utf8.h"

#define TOKENS_MAX     80 /* words of one sentence; later ones are ignored */
#define TOKEN_BYTES    24 /* folded; longer words occur in no form */
#define FOLD_MAX_BYTES 8000

/* A word: its folded form, and where it is in the text. The second word of a contraction has length 0. */
struct token {
	char folded[TOKEN_BYTES];
	const char *at;
	size_t length;
	bool is_used; /* matched by a word of the form: no part of the topic */
};

struct tokens {
	struct token token[TOKENS_MAX];
	size_t first, end; /* without polite words around the question */
};

/* ---------------------------------------------------------------- words */

static const struct {
	const char *folded, *first, *second;
} CONTRACTIONS[] = {{"whats", "what", "is"}, {"whos", "who", "is"}, {"wheres", "where", "is"},
		{"whens", "when", "is"}, {"hows", "how", "is"}, {"whys", "why", "is"},
		{"theres", "there", "is"}, {"thats", "that", "is"}, {"im", "i", "am"}, {"ive", "i", "have"},
		{"youre", "you", "are"}, {"theyre", "they", "are"}, {"whatd", "what", "did"},
		{"whod", "who", "did"}, {"wheredo", "where", "do"}, {"wholl", "who", "will"},
		{"whatre", "what", "are"}, {"whore", "who", "are"}, {"u", "you", NULL}, {"r", "are", NULL},
		{"ur", "your", NULL}, {"wut", "what", NULL}, {"wat", "what", NULL}, {"wich", "which", NULL},
		{"whitch", "which", NULL}, {"wen", "when", NULL}, {"wher", "where", NULL},
		{"eps", "episodes", NULL}, {"epsiode", "episode", NULL}, {"episdoe", "episode", NULL}};

/* Words that neither find an episode nor a fact. */
static const char *const FILLERS[] = {"a", "about", "actually", "after", "again", "ago", "all", "also", "am",
		"an", "and", "any", "anything", "are", "as", "at", "be", "been", "before", "being", "bit",
		"but", "by", "called", "can", "could", "did", "do", "does", "dont", "either", "ep", "episode",
		"episodes", "even", "ever", "exactly", "find", "for", "from", "get", "gets", "getting",
		"give", "go", "goes", "going", "got", "guys", "had", "happen", "happened", "happening",
		"happens", "has", "have", "having", "he", "her", "here", "him", "his", "how", "i", "if", "in",
		"into", "is", "it", "its", "just", "kind", "know", "like", "long", "look", "looking", "many",
		"maybe", "me", "mean", "more", "much", "my", "name", "named", "need", "of", "off", "ok", "on",
		"one", "ones", "or", "our", "out", "part", "please", "pls", "plz", "really", "remember",
		"say", "says", "scene", "season", "see", "series", "she", "should", "show", "shown", "shows",
		"so", "some", "something", "somewhere", "sort", "speak", "spoken", "story", "stuff", "take",
		"takes", "tell", "tells", "than", "that", "the", "their", "them", "then", "there", "theres",
		"these", "they", "thing", "things", "think", "this", "those", "to", "too", "up", "us", "very",
		"want", "wanted", "was", "we", "were", "what", "whats", "when", "where", "which", "while",
		"who", "whole", "whom", "whose", "why", "will", "with", "wonder", "would", "you", "your"};

static bool is_in(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, list[i]) == 0)
			return true;
	}
	return false;
}

#define IS_IN(word, list) is_in(word, list, sizeof(list) / sizeof((list)[0]))

/* Fold a word without spaces to at most TOKEN_BYTES; a longer or empty one becomes "". */
static void fold_word(const char *at, size_t length, char ret[TOKEN_BYTES])
{
	char word[4 * TOKEN_BYTES];
	struct str folded = STR(FOLD_MAX_BYTES);

	ret[0] = '\0';
	if (length >= sizeof(word))
		return;
	memcpy(word, at, length);
	word[length] = '\0';
	utf8_fold(&folded, word);
	if (!folded.error && folded.length < TOKEN_BYTES)
		memcpy(ret, str_text(&folded), folded.length + 1);
	str_release(&folded);
}

static void add_token(struct tokens *tokens, const char *folded, const char *at, size_t length)
{
	struct token *token = &tokens->token[tokens->end];

	if (tokens->end == TOKENS_MAX)
		return;
	*token = (struct token){.at = at, .length = length};
	memcpy(token->folded, folded, strlen(folded) + 1);
	tokens->end++;
}

static void add_word(struct tokens *tokens, const char *at, size_t length)
{
	char folded[TOKEN_BYTES];

	fold_word(at, length, folded);
	for (size_t i = 0; i < sizeof(CONTRACTIONS) / sizeof(CONTRACTIONS[0]); i++) {
		if (strcmp(folded, CONTRACTIONS[i].folded) != 0)
			continue;
		add_token(tokens, CONTRACTIONS[i].first, at, length);
		if (CONTRACTIONS[i].second)
			add_token(tokens, CONTRACTIONS[i].second, at + length, 0);
		return;
	}
	add_token(tokens, folded, at, length);
}

/* Punctuation around a word that is no part of it. "#5" and "-1" keep theirs. */
static const char BEFORE[] = "\"'([{<*_~`.,;:!?", AFTER[] = "\"')]}>*_~`.,;:!?";

static void split(struct tokens *tokens, const char *text)
{
	*tokens = (struct tokens){.first = 0};
	for (const char *at = text; *(at += strspn(at, " ")); at += strcspn(at, " ")) {
		const char *start = at, *end = at + strcspn(at, " ");

		while (start < end && strchr(BEFORE, *start))
			start++;
		while (end > start && strchr(AFTER, end[-1]))
			end--;
		if (end > start)
			add_word(tokens, start, (size_t)(end - start));
	}
}

/* ---------------------------------------------------------------- forms */

/*
 * A form is words with spaces between. "a|b" is either word, "a|b?" may be missing, "*" is any words, "^" at the front is
 * the sentence's start and "$" its end.
 */
static bool is_alternative(const char *word, const char *element, size_t length)
{
	size_t word_length = strlen(word);

	for (const char *at = element; at < element + length; at += strcspn(at, "|? ") + 1) {
		if (strcspn(at, "|? ") == word_length && memcmp(at, word, word_length) == 0)
			return word_length > 0;
	}
	return false;
}

/* Match form from a token on, mark the tokens that it names as used, and set *ret_end to the token after the last. */
static bool match_at(struct tokens *tokens, size_t at, const char *form, size_t *ret_end)
{
	size_t length = strcspn(form, " ");
	const char *rest = form + length + strspn(form + length, " ");

	*ret_end = at;
	if (!length)
		return true;
	if (*form == '$')
		return at == tokens->end;
	if (*form == '*') {
		for (size_t i = at; i <= tokens->end; i++) {
			if (match_at(tokens, i, rest, ret_end))
				return true;
		}
		return false;
	}
	if (at < tokens->end && is_alternative(tokens->token[at].folded, form, length) &&
			match_at(tokens, at + 1, rest, ret_end)) {
		tokens->token[at].is_used = true;
		return true;
	}
	return form[length - 1] == '?' && match_at(tokens, at, rest, ret_end);
}

static bool match(struct tokens *tokens, const char *form)
{
	size_t end;

	if (*form == '^')
		return match_at(tokens, tokens->first, form + 1, &end);
	for (size_t i = tokens->first; i < tokens->end; i++) {
		if (match_at(tokens, i, form, &end))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- references in a sentence */

static const char *const NOUNS[] = {"episode", "episodes", "ep", "eps", "e", "chapter", "chap", "part",
		"folge", "capitulo", "episodio", "aflevering", "avsnitt", "odcinek", "серия", "серии",
		"эпизод"};
static const char *const SEASONS[] = {
		"season", "seasons", "series", "staffel", "saison", "temporada", "сезон"};
static const char *const NUMBERS[] = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
		"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
		"eighteen", "nineteen", "twenty"};
static const char *const ORDINALS[] = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh",
		"eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth",
		"sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "last", "latest",
		"newest", "final", "penultimate"};
/* Words that are a reference alone. */
static const char *const POSITIONS[] = {"finale", "pilot", "premiere", "latest", "newest", "penultimate",
		"yesterday", "today", "tonight"};

static bool is_digits(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

/* "5th", "21st" */
static bool is_ordinal(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits ? IS_IN(word + digits, ((const char *const[]){"st", "nd", "rd", "th"}))
		      : IS_IN(word, ORDINALS);
}

static bool is_roman(const char *word)
{
	return *word && word[strspn(word, "ivx")] == '\0';
}

static bool is_number(const char *word)
{
	return is_digits(word) || IS_IN(word, NUMBERS) || is_ordinal(word) || is_roman(word);
}

/* A token that is a reference by its form: s01e05, 1x05, ep5, #5, 5화, 2026-11-24. */
static bool is_code(const struct token *token)
{
	static const char *const FORMS[] = {"snen", "snepn", "nxn", "epn", "en", "episoden", "snxn", "n화",
			"제n화", "第n話", "第n话", "第n集", "第n回", "n話", "n集", "n회"};
	char form[TOKEN_BYTES];
	size_t length = 0;

	if (*token->at == '#' && is_digits(token->folded))
		return true;
	if (token->length == 10 && token->at[4] == '-' && token->at[7] == '-' &&
			strspn(token->at, "0123456789-") >= 10)
		return true;
	for (const char *at = token->folded; *at; at++) {
		bool is_digit = isdigit((unsigned char)*at);

		if (*at == ' ' || (is_digit && length && form[length - 1] == 'n'))
			continue;
		form[length++] = is_digit ? 'n' : *at;
	}
	form[length] = '\0';
	return strchr(form, 'n') && strpbrk(token->folded, "0123456789") && IS_IN(form, FORMS);
}

/* How many tokens from at on are a number, with "and 6" or "to 8" after it. */
static size_t numbers_at(const struct tokens *tokens, size_t at)
{
	size_t end = at;

	if (end >= tokens->end || !is_number(tokens->token[end].folded))
		return 0;
	end++;
	if (end + 1 < tokens->end && is_digits(tokens->token[end + 1].folded) &&
			IS_IN(tokens->token[end].folded, ((const char *const[]){"and", "to", "or", "of"})))
		end += 2;
	return end - at;
}

/* "season 2", "second season"; 0: no season. */
static size_t season_at(const struct tokens *tokens, size_t at)
{
	const struct token *token = &tokens->token[at];

	if (token->folded[0] == 's' && is_digits(token->folded + 1))
		return 1;
	if (at + 1 >= tokens->end)
		return 0;
	if (IS_IN(token[0].folded, SEASONS) && is_number(token[1].folded))
		return 2;
	if (is_ordinal(token[0].folded) && IS_IN(token[1].folded, SEASONS))
		return 2;
	return 0;
}

/* "episode 5", "fifth episode", "last one"; 0: no episode. */
static size_t episode_at(const struct tokens *tokens, size_t at)
{
	const struct token *token = &tokens->token[at];
	size_t numbers;

	if (IS_IN(token->folded, NOUNS) && (numbers = numbers_at(tokens, at + 1)))
		return 1 + numbers;
	if (at + 1 < tokens->end && is_ordinal(token->folded) &&
			(IS_IN(token[1].folded, NOUNS) || strcmp(token[1].folded, "one") == 0))
		return 2;
	if (is_code(token) || IS_IN(token->folded, POSITIONS))
		return 1;
	return 0;
}

/* A reference that begins at a token: how many tokens it has, or 0. */
static size_t reference_at(const struct tokens *tokens, size_t at)
{
	size_t season = season_at(tokens, at), episode = episode_at(tokens, at), rest = at;

	if (season) {
		rest += season;
		rest += rest < tokens->end ? episode_at(tokens, rest) : 0;
		return rest - at;
	}
	if (!episode)
		return 0;
	rest += episode;
	if (rest + 1 < tokens->end && strcmp(tokens->token[rest].folded, "of") == 0 &&
			(season = season_at(tokens, rest + 1)))
		rest += 1 + season;
	else if (rest < tokens->end && (season = season_at(tokens, rest)))
		rest += season;
	return rest - at;
}

/* A number without a noun: the only word besides fillers, or the last one, after "in", "of" or "about". */
static bool bare_number(const struct tokens *tokens, size_t *ret_at)
{
	static const char *const LEADS[] = {"in", "of", "about", "after", "before", "for", "is", "to", "was",
			"when", "does", "did"};
	size_t found = tokens->end;

	for (size_t i = tokens->first; i < tokens->end; i++) {
		const char *word = tokens->token[i].folded;

		if (is_digits(word) && found == tokens->end)
			found = i;
		else if (is_digits(word) || (!IS_IN(word, FILLERS) && !tokens->token[i].is_used))
			return false;
	}
	*ret_at = found;
	if (found == tokens->end)
		return false;
	return found == tokens->first || IS_IN(tokens->token[found - 1].folded, LEADS) ||
	       tokens->token[found - 1].is_used;
}

/* The first reference: its first token and its length in tokens. */
static bool find_reference(const struct tokens *tokens, size_t *ret_at, size_t *ret_count)
{
	for (size_t i = tokens->first; i < tokens->end; i++) {
		*ret_count = reference_at(tokens, i);
		*ret_at = i;
		/* "when did the show premiere" is about no episode. */
		if (*ret_count > 1 || (*ret_count && !tokens->token[i].is_used))
			return true;
	}
	*ret_count = 1;
	return bare_number(tokens, ret_at);
}

/* ---------------------------------------------------------------- the words of a command */

static void append_token(char ret[SENTENCE_MAX_BYTES], const struct token *token)
{
	size_t length = strlen(ret), gap = length > 0;

	if (!token->length || length + gap + token->length >= SENTENCE_MAX_BYTES)
		return;
	if (gap)
		ret[length++] = ' ';
	memcpy(ret + length, token->at, token->length);
	ret[length + token->length] = '\0';
}

static void copy_tokens(const struct tokens *tokens, size_t at, size_t count, char ret[SENTENCE_MAX_BYTES])
{
	ret[0] = '\0';
	for (size_t i = at; i < at + count; i++)
		append_token(ret, &tokens->token[i]);
}

/* The words that are no fillers, with or without those of the form. "one" is a filler, but "number one" is not. */
static void copy_topic(const struct tokens *tokens, bool with_used, char ret[SENTENCE_MAX_BYTES])
{
	ret[0] = '\0';
	for (size_t i = tokens->first; i < tokens->end; i++) {
		const struct token *token = &tokens->token[i];
		bool is_rank = i > tokens->first &&
			       IS_IN(token[-1].folded, ((const char *const[]){"number", "no", "nr"}));

		if ((with_used || !token->is_used) && (is_rank || !IS_IN(token->folded, FILLERS)))
			append_token(ret, token);
	}
}

static bool copy_reference(const struct tokens *tokens, char ret[SENTENCE_MAX_BYTES])
{
	size_t at, count;

	if (!find_reference(tokens, &at, &count))
		return false;
	copy_tokens(tokens, at, count, ret);
	return true;
}

/* ---------------------------------------------------------------- the table */

/* What becomes the command's words. */
enum take {
	NOTHING,
	REFERENCE,      /* the reference in the sentence, if there is one */
	TOPIC,          /* the reference, or else what is left without fillers */
	WORDS,          /* all words without fillers, also those of the form */
	ONLY,           /* nothing, and the form matches only if nothing is left */
	NEED_REFERENCE, /* the form matches only if there is a reference */
	NEED_TOPIC,     /* the form matches only if something is left */
};

/* Of each table the first form that matches is taken, so that the narrow ones come before the wide ones. */
struct form {
	const char *words, *command;
	enum take take;
};

static const struct form SMALL_TALK[] = {
		{"^hello|hi|hey|heya|hiya|yo|sup|howdy|greetings|hola|hallo|salut|bonjour|ciao|안녕|"
		 "안녕하세요 there|bot|everyone?",
				SENTENCE_HELLO, ONLY},
		{"^good morning|afternoon|evening|day bot|everyone|all|there? $", SENTENCE_HELLO, NOTHING},
		{"^how are|is you|it doing|going? today? $", SENTENCE_HELLO, NOTHING},
		{"^who|what are you $", SENTENCE_HELLO, NOTHING},
		{"^are you a|an|the|just|real? bot|human|real|robot|ai|person", SENTENCE_HELLO, NOTHING},
		{"^are|is you|anyone|anybody there|alive|awake|up|online|working|here $", "ping", NOTHING},
		{"^good|nice|great|best|cute|clever|smart|lovely bot|job|work|one $", SENTENCE_THANKS,
				NOTHING},
		{"^thanks|thank|thx|ty|cheers|merci|danke|gracias|감사합니다|고마워 *", SENTENCE_THANKS,
				NOTHING},
		{"^bye|goodbye|cya|goodnight", SENTENCE_THANKS, ONLY},
		{"^good night", SENTENCE_THANKS, ONLY},
		{"^i love you|this|it $", SENTENCE_THANKS, NOTHING},
		{"^you are the? best|great|awesome|cool|amazing|good|nice|funny $", SENTENCE_THANKS, NOTHING},
		{"^you? are? bad|stupid|dumb|useless|wrong|suck bot? $", SENTENCE_SORRY, NOTHING},
		{"^who made|created|built|wrote|runs you $", SENTENCE_HELLO, NOTHING},
		{"^lol|haha|lmao|nice|cool|wow|great|awesome|perfect|ok|okay|yes|yeah|no|nope|sorry|omg $",
				SENTENCE_THANKS, NOTHING},
};

static const struct form FORMS[] = {
		/* the bot */
		{"^help|halp", "help", ONLY},
		{"what|how can|do|does you|it|this do|work|answer|help", "help", ONLY},
		{"how do|can|to i|we|you? use|talk|ask|control", "help", ONLY},
		{"^i dont|cant understand|get", "help", ONLY},
		{"commands|instructions|usage|manual", "help", ONLY},
		{"which|what|list|all|many|other|your|any shows|series do|have|can|are|loaded?", "shows",
				ONLY},
		/* how far one has watched */
		{"^i|we have|just|already|now|only? have|just? seen|watched|finished everything|all",
				"seen all", NOTHING},
		{"^i|we have|just|already|now|only? have|just? seen|watched|finished", "seen",
				NEED_REFERENCE},
		{"^mark * seen|watched", "seen", NEED_REFERENCE},
		{"what|which|how * have|did i|we seen|watched|watch|see", "progress", ONLY},
		{"where|far am|are i|we", "progress", ONLY},
		{"my|our progress", "progress", ONLY},
		{"warning|warnings|violent|gory|bloody|gore|disturbing|graphic", "warnings", REFERENCE},
		/* the next one, the one before */
		{"when|what|how * next|new|upcoming episode|one|ep", "next", ONLY},
		{"until|till|before * next|new", "next", ONLY},
		{"^what|which is|comes|airs|happens|was next", "next", ONLY},
		{"^next", "next", ONLY},
		{"^and then|now|after $", "next", NOTHING},
		{"comes|is|happens|happened|follows|airs|episode|one after|following", "next",
				NEED_REFERENCE},
		{"^after", "next", NEED_REFERENCE},
		{"comes|is|came|happens|happened|airs|episode|one before|preceding", "previous",
				NEED_REFERENCE},
		{"^before", "previous", NEED_REFERENCE},
		{"^previous|preceding", "previous", ONLY},
		{"happened|was|is|came|one|episode before", "previous", ONLY},
		{"^more|continue $", "more", NOTHING},
		{"^tell|say|go|show|read me? more|on|further $", "more", NOTHING},
		/* dates */
		{"air|release|premiere|broadcast date|dates|day|year", "airdate", REFERENCE},
		{"airdate|airdates", "airdate", REFERENCE},
		{"when|day|date|year|time * "
		 "air|airs|aired|airing|release|released|releases|premiere|premiered|"
		 "premieres|broadcast|published|debut|debuted",
				"airdate", REFERENCE},
		{"when|day|date|year|time * come|comes|came|coming|go|went|be|is|was out|back|live|on",
				"airdate", REFERENCE},
		{"when|day|date|year|time * it|show|series|season|that "
		 "start|started|begin|began|shown|made|from",
				"airdate", REFERENCE},
		{"how old", "airdate", ONLY},
		{"^when is|was|does|did|will", "airdate", NEED_REFERENCE},
		{"^is|was|has|are|did|does|will * out|aired|air|released|up", "airdate", NEED_REFERENCE},
		/* numbers */
		{"^how long|many * no|number|1|first|top|lead|led|chart|charts|days|weeks|record",
				SENTENCE_TELL, WORDS},
		{"number|no|nr one|1", SENTENCE_TELL, WORDS},
		{"how|number many|of episodes|ep|seasons|parts|chapters|specials", "show", ONLY},
		{"long|runtime|duration|length|minutes", "episode", NEED_REFERENCE},
		{"long|runtime|duration|length|minutes", "show", ONLY},
		{"what|which * should i|we watch|see", "random", ONLY},
		/* the show */
		{"there|be|get|have|any|another|more|new|renewed|for|about * season|seasons|series",
				"episode", NEED_REFERENCE},
		{"there|be|get|have|any|another|more|new|renewed|for * season|seasons|episodes|series",
				"show", ONLY},
		{"over|finished|ended|renewed|cancelled|canceled|running|complete|completed|ongoing", "show",
				ONLY},
		{"where|how|what|which * watch|stream|streaming|streamed|view|available", "show", ONLY},
		{"where is|was it|this|that|the|on|found", "show", ONLY},
		{"network|channel|platform|streamer|broadcaster|netflix|hulu|disney|amazon|hbo", "show",
				ONLY},
		{"streaming|tv|which|what|on service|station|app|site", "show", ONLY},
		{"language|languages|dubbed|subbed|subtitled|subtitles|dub|sub|subs|korean|english|japanese",
				"show", ONLY},
		{"genre|genres", "show", ONLY},
		{"what|which kind|sort|type of show|series|thing", "show", ONLY},
		{"good|worth|funny|scary|popular|watching|rating|ratings|rated|imdb|score", "show", ONLY},
		/* people */
		{"who plays|played|portrays|portrayed|voices|voiced|acts|acted", "cast", TOPIC},
		{"who stars|starred|starring", "cast", ONLY},
		{"actor|actress|actors|actresses|cast", "cast", TOPIC},
		{"characters|protagonist|protagonists|hero|heroes", "who", ONLY},
		{"main|all|list|every|important * character|characters|people|names", "who", ONLY},
		{"^who is|are in", "who", ONLY},
		/* facts */
		{"directed|wrote|written|created|made|produced|composed|filmed|shot|director|writer|author|"
		 "budget",
				SENTENCE_TELL, WORDS},
		{"something|anything interesting|cool|fun|new", "trivia", ONLY},
		{"random|fun|cool|interesting|another|new? fact|facts|trivia|tidbit|tidbits", "trivia",
				TOPIC},
		{"^did you know", "trivia", ONLY},
		{"something|anything|things|more|info|information|interesting|know|heard about|on|of",
				SENTENCE_TELL, NEED_TOPIC},
		{"who|says|said said|says|who", "source", ONLY},
		{"from|know|get|got that|this", "source", ONLY},
		{"source|sources|citation", "source", REFERENCE},
		/* one or all of them */
		{"random|surprise|recommend|suggest|pick|choose", "random", ONLY},
		{"all|list|every|full * episodes", "episodes", ONLY},
		{"what|are|the * episodes", "episodes", ONLY},
		{"episode|episodes list|guide|titles|overview", "episodes", ONLY},
		{"^episodes", "episodes", ONLY},
		/* the story */
		{"^how does|did * end|ends|finish", "episode last", ONLY},
		{"happens|happened at|in the end|ending", "episode last", ONLY},
		{"plot|premise|storyline|story|synopsis|summary|description|overview", "show", ONLY},
		{"^what|which is|was * episode|ep", "episode", NEED_TOPIC},
		{"^what|whats is|was * about", SENTENCE_TELL, NEED_TOPIC},
		{"^what is|was it|this|that|the|all", "show", ONLY},
		{"about|describe|explain", "show", ONLY},
		{"synopsis|summary|recap|summarize|summarise|describe|plot", "episode", TOPIC},
		{"what|which|the|that|in|whats episode|ep|one|part|chapter", "episode", TOPIC},
		{"^episode|ep|part|scene|moment where|when|with|about|that|which|in|from", "episode", TOPIC},
		{"^what|which|how|all episodes", "search", TOPIC},
		{"^episodes where|when|with|about|that|which|in|from", "search", TOPIC},
		{"^when|where do|does|did|is|are|was|were|will", "episode", TOPIC},
		{"^when|where", "episode", NEED_TOPIC},
		{"^who", SENTENCE_WHO, NEED_TOPIC},
		{"^about|what|whats|happens|more", SENTENCE_TELL, NEED_TOPIC},
};

/* Polite words in front of a question, dropped as long as one of these matches. */
static const char *const LEADS[] = {
		"please|pls|plz|ok|okay|so|and|but|well|um|uh|hmm|oh|bot|just|alright|also",
		"hey|hi|hello|yo", "can|could|would|will you", "can|could|may i|we get|have|see|know|ask",
		"do|does you|anyone|anybody know|remember|recall",
		"i|we want|wanna|need to|a? know|see|read|hear|ask", "i would like to know|see|read|hear",
		"i wonder|forgot", "i am looking|searching for", "tell|show|give|remind me|us",
		"give|show|find|look up|for?"};
static const char *const TAILS[] = {"please", "pls", "plz", "thanks", "thx", "bot", "exactly", "again",
		"anyway", "though", "lol", "ty"};

/* Drop one lead, if words are left behind it. */
static bool drop_lead(struct tokens *tokens)
{
	for (size_t i = 0; i < sizeof(LEADS) / sizeof(LEADS[0]); i++) {
		size_t end;

		if (match_at(tokens, tokens->first, LEADS[i], &end) && end > tokens->first &&
				end < tokens->end) {
			tokens->first = end;
			return true;
		}
	}
	return false;
}

static void drop_tail(struct tokens *tokens)
{
	while (tokens->end > tokens->first + 1 && IS_IN(tokens->token[tokens->end - 1].folded, TAILS))
		tokens->end--;
}

/* ---------------------------------------------------------------- reading */

/* Fill the words that a form takes. False: the form does not match without others. */
static bool take_words(const struct tokens *tokens, enum take take, char ret[SENTENCE_MAX_BYTES])
{
	bool is_reference = take != NOTHING && take != WORDS && take != ONLY && copy_reference(tokens, ret);

	if (is_reference)
		return true;
	ret[0] = '\0';
	if (take == NOTHING || take == REFERENCE)
		return true;
	if (take == NEED_REFERENCE)
		return false;
	copy_topic(tokens, take == WORDS, ret);
	if (take == ONLY)
		return !*ret;
	return *ret || (take != NEED_TOPIC && take != WORDS);
}

/* The words of a form's command: "last" of "episode last". */
static void fill(struct sentence *sentence, const struct form *form)
{
	size_t length = strcspn(form->command, " ");

	memcpy(sentence->command, form->command, length);
	sentence->command[length] = '\0';
	if (form->command[length])
		snprintf(sentence->words, sizeof(sentence->words), "%s", form->command + length + 1);
}

static bool read_form(struct tokens *tokens, const struct form *form, struct sentence *ret)
{
	for (size_t i = 0; i < tokens->end; i++)
		tokens->token[i].is_used = false;
	if (!match(tokens, form->words) || !take_words(tokens, form->take, ret->words))
		return false;
	fill(ret, form);
	return true;
}

static bool read_table(struct tokens *tokens, const struct form *table, size_t count, struct sentence *ret)
{
	for (size_t i = 0; i < count; i++) {
		if (read_form(tokens, &table[i], ret))
			return true;
	}
	return false;
}

void sentence_read(const char *text, struct sentence *ret)
{
	struct tokens tokens;

	*ret = (struct sentence){.command = ""};
	split(&tokens, text);
	if (read_table(&tokens, SMALL_TALK, sizeof(SMALL_TALK) / sizeof(SMALL_TALK[0]), ret))
		return;
	drop_tail(&tokens);
	while (drop_lead(&tokens))
		continue;
	if (read_table(&tokens, SMALL_TALK, sizeof(SMALL_TALK) / sizeof(SMALL_TALK[0]), ret))
		return;
	if (read_table(&tokens, FORMS, sizeof(FORMS) / sizeof(FORMS[0]), ret))
		return;
	if (copy_reference(&tokens, ret->words)) {
		snprintf(ret->command, sizeof(ret->command), "episode");
		return;
	}
	copy_topic(&tokens, true, ret->words);
	if (*ret->words)
		snprintf(ret->command, sizeof(ret->command), "%s", SENTENCE_WORDS);
}

bool sentence_reference(const char *text, char ret[SENTENCE_MAX_BYTES])
{
	struct tokens tokens;

	split(&tokens, text);
	return copy_reference(&tokens, ret);
}

void sentence_topic(const char *text, char ret[SENTENCE_MAX_BYTES])
{
	struct tokens tokens;

	split(&tokens, text);
	copy_topic(&tokens, true, ret);
}

static bool table_has_word(const struct form *table, size_t count, const char *folded)
{
	for (size_t i = 0; i < count; i++) {
		for (const char *element = table[i].words + (*table[i].words == '^'); *element;) {
			size_t length = strcspn(element, " ");

			if (is_alternative(folded, element, length))
				return true;
			element += length + strspn(element + length, " ");
		}
	}
	return false;
}

bool sentence_has_word(const char *word)
{
	char folded[TOKEN_BYTES];

	fold_word(word, strlen(word), folded);
	if (!*folded || IS_IN(folded, FILLERS) || IS_IN(folded, NUMBERS) || IS_IN(folded, ORDINALS))
		return true;
	return table_has_word(SMALL_TALK, sizeof(SMALL_TALK) / sizeof(SMALL_TALK[0]), folded) ||
	       table_has_word(FORMS, sizeof(FORMS) / sizeof(FORMS[0]), folded);
}
