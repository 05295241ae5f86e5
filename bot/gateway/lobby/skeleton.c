/* Skeletons of nicks. */

#include "bot/gateway/lobby/skeleton.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <utf8proc.h>

#include "bot/base/str.h"
#include "bot/gateway/lobby/chat.h"

#define SKELETON_MAX_BYTES (CHAT_NICK_MAX_BYTES * 18) /* the longest compatibility form has 18 letters */

/*
 * Mapped to an ASCII letter or digit by UTS #39 (confusables.txt, 14.0, marks aside), but not by NFKC.
 * In addition: small capitals, and Greek and Cyrillic letters that are used in place of a Latin one.
 */
static const struct lookalike {
	char letter;
	const char32_t *of;
} lookalikes[] = {
		{'2', U"\u01a7\u01bb\u03e8\u14bf\ua644\ua6ef\ua75a"},
		{'3', U"\u01b7\u021c\u0417\u0498\u04e0\u2ccc\ua76a\ua7ab\U000118ca\U00016f3b"},
		{'4', U"\u13ce\U000118af"},
		{'5', U"\u01bc\U000118bb"},
		{'6', U"\u0431\u13ee\u2cd2\U000118d5"},
		{'7', U"\U000104d2\U000118c6"},
		{'8', U"\u0222\u0223\u09ea\u0a6a\U0001031a\U0001e8cb"},
		{'9', U"\u09ed\u0a67\u0b68\u0d6d\u2cca\ua76e\U000118ac\U000118cc\U000118d6"},
		{'a', U"\u0251\u0391\u03b1\u0410\u0430\u13aa\u15c5\u1d00\ua4ee\U000102a0\U00016f40"},
		{'b', U"\u0180\u0182\u0183\u0184\u0253\u0299\u0392\u0411\u0412\u042c\u0432\u0462\u0463"
		      U"\u048c\u048d\u13cf\u13f4\u1472\u1473\u15af\u15f7\ua4d0\ua7b4\U00010282"
		      U"\U000102a1\U00010301"},
		{'c', U"\u023c\u03f2\u03f9\u0421\u0441\u04aa\u04ab\u13df\u1d04\u2ca4\u2ca5\ua4da\uabaf"
		      U"\U000102a2\U00010302\U00010415\U0001043d\U0001051c\U000118e9\U000118f2"},
		{'d', U"\u00d0\u0110\u0111\u0189\u018c\u0256\u0257\u03b4\u0501\u13a0\u13e7\u146f\u15de"
		      U"\u15ea\u1d05\ua4d2\ua4d3"},
		{'e', U"\u0246\u0247\u0258\u0259\u025b\u0395\u03b5\u0415\u0435\u044d\u0454\u04bd\u04bf"
		      U"\u13ac\u1d07\u2d39\ua4f0\uab32\U00010286\U000118a6\U000118ae"},
		{'f', U"\u0191\u0192\u03dc\u0584\u15b4\u1d6e\u1e9d\ua4dd\ua730\ua798\ua799\uab35"
		      U"\U00010287\U000102a5\U00010525\U000118a2\U000118c2"},
		{'g', U"\u018d\u01e4\u01e5\u0260\u0261\u0262\u050c\u0581\u13c0\u13f3\u1d83\ua4d6"},
		{'h', U"\u0126\u0127\u0266\u029c\u0397\u041d\u043d\u045b\u04a2\u04bb\u04c7\u04c9\u0570"
		      U"\u13bb\u13c2\u13f2\u157c\u210f\u2c67\u2c8e\ua4e7\ua695\U000102cf"},
		{'j', U"\u0248\u0249\u037f\u03f3\u0408\u0458\u13ab\u148d\u1d0a\ua4d9\ua7b2"},
		{'k', U"\u0199\u039a\u03ba\u041a\u043a\u049a\u049e\u13e6\u16d5\u1d0b\u2c69\u2c94\ua4d7"
		      U"\ua740\U00010518"},
		{'l', U"\u0131\u0141\u0142\u0196\u0197\u019a\u01c0\u0268\u0269\u026a\u026b\u026d\u029f"
		      U"\u037a\u0399\u03b9\u0406\u0456\u04c0\u04cf\u05d5\u05df\u0625\u0627\u0661\u0673"
		      U"\u06f1\u07ca\u13a5\u13de\u14aa\u16c1\u1d7b\u1d7c\u1fbe\u2c92\u2cd0\u2d4f\ua4e1"
		      U"\ua4f2\ua647\uab75\ufd3c\ufd3d\ufe87\ufe88\ufe8d\ufe8e\U0001028a\U00010309"
		      U"\U00010320\U0001041b\U00010526\U000118a3\U000118b2\U000118c3\U00016f16"
		      U"\U00016f28\U0001e8c7\U0001ee00\U0001ee80"},
		{'m', U"\u039c\u03fa\u041c\u043c\u04cd\u13b7\u15f0\u16d6\u1d0d\u2c98\ua4df\U000102b0"
		      U"\U00010311"},
		{'n', U"\u019d\u019e\u0272\u0273\u0274\u039d\u03b7\u043f\u0578\u057c\u1d70\u2c9a\ua4e0"
		      U"\U00010513"},
		{'o', U"\u00d8\u00f8\u019f\u01fe\u0275\u0398\u039f\u03b8\u03bf\u03c3\u03d1\u03f4\u041e"
		      U"\u043e\u0472\u0473\u04e8\u04e9\u0555\u0585\u05e1\u0647\u0665\u06be\u06c1\u06d5"
		      U"\u06f5\u06ff\u07c0\u0966\u09e6\u0a66\u0ae6\u0b20\u0b66\u0be6\u0c66\u0ce6\u0d20"
		      U"\u0d66\u0e50\u0ed0\u1010\u101d\u1040\u10ff\u12d0\u13be\u13eb\u1d0f\u1d11\u2c9e"
		      U"\u2c9f\u2d31\u2d41\u2d54\u3007\ua4f3\ua74a\ua74b\uab3d\uab3e\uab74\uab8e\uabbb"
		      U"\ufba6\ufba7\ufba8\ufba9\ufbaa\ufbab\ufbac\ufbad\ufcd9\ufee9\ufeea\ufeeb\ufeec"
		      U"\U00010292\U000102ab\U00010404\U0001042c\U000104c2\U000104ea\U00010516"
		      U"\U000114d0\U000118b5\U000118c8\U000118d7\U000118e0\U0001ee24\U0001ee64"
		      U"\U0001ee84"},
		{'p', U"\u00fe\u01a5\u03a1\u03c1\u03f1\u0420\u0440\u13e2\u146d\u1d18\u1d7d\u2ca2\u2ca3"
		      U"\ua4d1\U00010295"},
		{'q', U"\u01eb\u02a0\u051b\u0563\u0566\u2d55"},
		{'r', U"\u01a6\u024d\u027c\u027d\u0280\u0433\u044f\u0493\u13a1\u13d2\u1587\u1d26\u1d72"
		      U"\u2c85\ua4e3\uab47\uab48\uab81\U000104b4\U00016f35"},
		{'s', U"\u01bd\u0282\u0405\u0455\u054f\u13d5\u13da\u1d74\ua4e2\ua731\uabaa\U00010296"
		      U"\U00010420\U00010448\U000118c1\U00016f3a"},
		{'t', U"\u0166\u0167\u01ad\u01ae\u023e\u03a4\u03c4\u0422\u0442\u04ac\u13a2\u1d1b\u1d75"
		      U"\u2ca6\ua4d4\U00010297\U000102b1\U00010315\U000118bc\U00016f0a"},
		{'u', U"\u0244\u028b\u03bc\u03c5\u0446\u054d\u057d\u1200\u13cc\u144c\u1d1c\u1d7e\ua4f4"
		      U"\ua79f\uab4e\uab52\uab9c\U000104ce\U000104f6\U000118b8\U000118d8\U00016f42"},
		{'v', U"\u03bd\u0474\u0475\u05d8\u0667\u06f7\u13d9\u142f\u1d20\u2d38\ua4e6\ua6df\uaba9"
		      U"\U0001051d\U00011706\U000118a0\U000118c0\U00016f08"},
		{'w', U"\u026f\u03c9\u0448\u0449\u0461\u047d\u051c\u051d\u0561\u13b3\u13d4\u1d21\ua4ea"
		      U"\ua761\uab83\U000114c5\U0001170a\U0001170e\U0001170f\U000118e6\U000118ef"},
		{'x', U"\u03a7\u03c7\u0425\u0445\u04b2\u1541\u157d\u16b7\u2cac\u2d5d\ua4eb\ua7b3"
		      U"\U00010290\U000102b4\U00010317\U00010322\U00010527\U000118ec"},
		{'y', U"\u01b4\u024e\u024f\u0263\u028f\u03a5\u03b3\u03d2\u0423\u0443\u04ae\u04af\u04b0"
		      U"\u04b1\u10e7\u13a9\u13bd\u1d8c\u1eff\u2ca8\ua4ec\uab5a\U000102b2\U000118a4"
		      U"\U000118dc\U00016f43"},
		{'z', U"\u01b5\u01b6\u0224\u0225\u0290\u0396\u13c3\u1d22\u1d76\ua4dc\uab93\U000102f5"
		      U"\U000118a9\U000118c4\U000118e5"},
};

static char ascii_of(int32_t codepoint)
{
	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++) {
		for (const char32_t *of = lookalikes[i].of; *of; of++) {
			if (*of == (char32_t)codepoint)
				return lookalikes[i].letter;
		}
	}
	return '\0';
}

/* Map letters that look the same in many fonts to one of them. */
static char plain_of(char c, bool is_strict)
{
	static const char *const groups[] = {"li1|", "o0"}, *const strict[] = {"e3", "a4", "s5", "t7"};

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strchr(groups[i], c))
			return groups[i][0];
	}
	for (size_t i = 0; is_strict && i < sizeof(strict) / sizeof(strict[0]); i++) {
		if (strchr(strict[i], c))
			return strict[i][0];
	}
	return c;
}

static void append_codepoint(struct str *str, int32_t codepoint, bool is_strict)
{
	char letter = codepoint < 0x80 ? (char)codepoint : ascii_of(codepoint);
	utf8proc_uint8_t bytes[4];

	if (!letter) {
		codepoint = utf8proc_tolower(codepoint);
		letter = ascii_of(codepoint);
	}
	if (is_strict && letter && strchr("-_[]{}^`\\", letter))
		return;
	if (letter)
		str_append_char(str, plain_of(letter, is_strict));
	else
		str_append_bytes(str, bytes, (size_t)utf8proc_encode_char(codepoint, bytes));
}

/* Replace pairs that read as one letter, in place: the text only gets shorter. */
static void join_pairs(char *text)
{
	static const char pairs[][4] = {"rnm", "vvw", "cld"};
	char *to = text;

	while (*text) {
		char letter = '\0';

		for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && !letter; i++) {
			if (strncmp(text, pairs[i], 2) == 0)
				letter = pairs[i][2];
		}
		*to++ = letter ? letter : *text;
		text += letter ? 2 : 1;
	}
	*to = '\0';
}

static uint64_t skeleton_of(const char *nick, bool is_strict)
{
	const int options = UTF8PROC_NULLTERM | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK |
			    UTF8PROC_IGNORE;
	struct str str = STR(SKELETON_MAX_BYTES);
	utf8proc_uint8_t *mapped = NULL;
	int32_t codepoint;
	char *text = NULL;
	uint64_t hash = 0;
	utf8proc_ssize_t length =
			utf8proc_map((const utf8proc_uint8_t *)nick, 0, &mapped, (utf8proc_option_t)options);

	for (utf8proc_ssize_t at = 0, size; at < length; at += size) {
		size = utf8proc_iterate(mapped + at, length - at, &codepoint);
		if (size <= 0)
			break;
		append_codepoint(&str, codepoint, is_strict);
	}
	free(mapped);
	if (length > 0 && str_take(&str, &text) == 0) {
		join_pairs(text);
		hash = str_hash(0, text, strlen(text));
	}
	str_release(&str);
	free(text);
	return hash;
}

uint64_t skeleton(const char *nick)
{
	return skeleton_of(nick, false);
}

uint64_t skeleton_strict(const char *nick)
{
	return skeleton_of(nick, true);
}
