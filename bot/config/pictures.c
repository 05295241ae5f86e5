/* "pictures": fetching pictures of links. */

#include "bot/config/reader.h"

void config_read_pictures(struct config_reader *reader, struct json_node *root, struct pictures_config *ret)
{
	static const char *const known[] = {"fetch", "ca_file", "private_addresses"};
	struct json_node *object = NULL;
	bool is_on = true;

	if (!json_object(reader->json, root, "pictures", JSON_OPTIONAL, &object))
		return;
	json_known_keys(reader->json, object, known, sizeof(known) / sizeof(known[0]), false);
	json_boolean(reader->json, object, "fetch", JSON_OPTIONAL, &is_on);
	json_boolean(reader->json, object, "private_addresses", JSON_OPTIONAL, &ret->allows_private);
	config_read_file_key(reader, object, "ca_file", &ret->ca_file);
	ret->is_off = !is_on;
}
