/* A state machine over a table: numbers, names, blanks and comments in text, by state and class of byte. */
#include "bench.h"

enum { START, NAME, NUMBER, SLASH, COMMENT, STATES };
enum { BLANK, LETTER, DIGIT, DASH, OTHER, NEWLINE, CLASSES };

static const u8 next[STATES][CLASSES] = {
	[START] = { START, NAME, NUMBER, SLASH, START, START },
	[NAME] = { START, NAME, NAME, SLASH, START, START },
	[NUMBER] = { START, NAME, NUMBER, SLASH, START, START },
	[SLASH] = { START, NAME, NUMBER, COMMENT, START, START },
	[COMMENT] = { COMMENT, COMMENT, COMMENT, COMMENT, COMMENT, START },
};

static inline u32 class_of(u32 byte)
{
	if (byte < 16)
		return NEWLINE;
	if (byte < 48)
		return BLANK;
	if (byte < 144)
		return LETTER;
	if (byte < 200)
		return DIGIT;
	return byte < 216 ? DASH : OTHER;
}

ENTRY(states)
{
	u8 *class = data + 49152;
	u64 counts[STATES] = { 0 };
	u64 sum = 0, value = 0;
	u32 state = START, x = 7;

	for (u32 i = 0; i < 256; i++)
		class[i] = class_of(i);
	for (u32 i = 0; i < 30000; i++) {
		u32 byte, to;

		x = x * 1103515245 + 12345;
		byte = data[i] ^ (x >> 16 & 0xff);
		to = next[state][class[byte]];
		if (to == NUMBER)
			value = value * 10 + byte % 10;
		else if (state == NUMBER) {
			sum += value;
			value = 0;
		}
		if (to != state)
			counts[to]++;
		state = to;
	}
	for (u32 i = 0; i < STATES; i++)
		sum = sum * 1000003 + counts[i];
	return sum;
}
