/* A table of episodes: CSV of any separator, refused or a draft. */

#include "tests/fuzz/fuzzed_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzzed_import(&import_csv, data, size);
	return 0;
}
