/* An export of Trakt: what a person has seen, or a refusal. */

#include "tests/fuzz/fuzzed_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzzed_import(&import_trakt, data, size);
	return 0;
}
