/* One gateway of the configuration: read and compared by its network's table, shared by reference count. */

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/config/reader.h"

#define KNOWN_KEYS_MAX 64

/* ---------------------------------------------------------------- reading */

static void read_name(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	const struct json_node *node = json_get(object, "name");
	const struct config *earlier = reader->config;

	config_read_checked(reader, object, "name", JSON_REQUIRED, config_check_name, &gateway->name);
	if (!gateway->name)
		return;
	if (strlen(gateway->name) > CONFIG_NAME_MAX_BYTES)
		json_problem(reader->json, node, "\"name\" is too long; the limit is %d bytes",
				CONFIG_NAME_MAX_BYTES);
	for (size_t i = 0; i < earlier->gateway_count; i++)
		if (str_equal(earlier->gateways[i]->name, gateway->name))
			json_problem(reader->json, node,
					"another gateway is already named \"%.40s\"; give this one a name of "
					"its own",
					gateway->name);
}

static bool has_key(const struct network *network, const char *key)
{
	for (size_t i = 0; i < network->field_count; i++)
		if (str_equal(network->fields[i].key, key))
			return true;
	return false;
}

bool config_find_key(const struct config_reader *reader, const char *key, struct str *ret)
{
	for (const struct network *const *network = reader->networks; *network; network++)
		if (has_key(*network, key))
			str_printf(ret, "%s%s", ret->length ? ", " : "", (*network)->type);
	return ret->length > 0;
}

/* A key of other networks, or of the file: say where it belongs. True: reported. */
static bool is_misplaced(
		struct config_reader *reader, const struct json_node *node, const struct network *network)
{
	struct str types = STR(200);
	bool is_of_others = config_find_key(reader, json_key(node), &types);
	bool is_of_file = !is_of_others && config_is_file_key(json_key(node));

	if (is_of_others)
		json_problem(reader->json, node,
				"unknown key \"%.40s\": it is one of %s, not of %s; remove it",
				json_key(node), str_text(&types), network->type);
	else if (is_of_file)
		json_problem(reader->json, node,
				"unknown key \"%.40s\": it is one of the whole file; move it out of the "
				"gateway, "
				"beside "
				"\"gateways\"",
				json_key(node));
	str_release(&types);
	return is_of_others || is_of_file;
}

static void check_keys(struct config_reader *reader, struct json_node *object, const struct network *network)
{
	const char *known[KNOWN_KEYS_MAX] = {"name", "type"};
	size_t count = 2;

	assert(network->field_count + count <= KNOWN_KEYS_MAX);
	for (size_t i = 0; i < network->field_count; i++)
		if (network->fields[i].key)
			known[count++] = network->fields[i].key;
	for (struct json_node *node = json_first(object); node; node = json_next(node))
		if (!json_is_known(node, known, count) &&
				(json_is_full(reader->json) || !is_misplaced(reader, node, network)))
			json_unknown_key(reader->json, node, known, count);
}

static void read_fields(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	const struct network *network = gateway->network;

	check_keys(reader, object, network);
	for (size_t i = 0; i < network->field_count; i++) {
		const struct config_field *field = &network->fields[i];

		if (field->read)
			field->read(reader, object, field, gateway);
		else if (field->kind)
			field->kind->read(reader, object, field, gateway);
	}
	if (network->finish)
		network->finish(reader, object, gateway);
}

static const struct network *network_of(const struct config_reader *reader, const char *type)
{
	const struct network *const *network = reader->networks;

	while (*network && !str_equal((*network)->type, type))
		network++;
	return *network;
}

static void unknown_type(struct config_reader *reader, const struct json_node *node, const char *type)
{
	const char *known[KNOWN_KEYS_MAX] = {NULL}, *near;
	struct str list = STR(1000);
	size_t count = 0;

	while (count < KNOWN_KEYS_MAX && reader->networks[count]) {
		known[count] = reader->networks[count]->type;
		count++;
	}
	near = nearest_of(type, known, count);
	for (size_t i = 0; i < count; i++)
		if (str_equal_nocase(type, known[i]))
			near = known[i];
	for (size_t i = 0; i < count; i++)
		str_printf(&list, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " and ", known[i]);
	if (near)
		json_problem(reader->json, node, "unknown type \"%.40s\"; did you mean \"%s\"?", type, near);
	else
		json_problem(reader->json, node, "unknown type \"%.40s\"; known are %s", type,
				str_text(&list));
	str_release(&list);
}

const struct gateway_config *config_read_gateway(struct config_reader *reader, struct json_node *object)
{
	const char *type = json_string(json_get(object, "type"));
	const struct network *network = NULL;
	struct gateway_config *gateway;

	if (json_type(object) != JSON_OBJECT) {
		json_problem(reader->json, object,
				"a gateway is an object, as in {\"name\": \"%s\", \"type\": \"%s\"}",
				(*reader->networks)->type, (*reader->networks)->type);
		return NULL;
	}
	if (type)
		network = network_of(reader, type);
	gateway = calloc(1, network ? network->config_bytes : sizeof(*gateway));
	if (!gateway) {
		reader->error = -ENOMEM;
		return NULL;
	}
	gateway->network = network;
	gateway->references = 1;
	gateway->has_file = reader->config->path != NULL;
	json_position(reader->json, object, &gateway->place.line, &gateway->place.column);
	read_name(reader, object, gateway);
	if (!json_text(reader->json, object, "type", JSON_REQUIRED, &type))
		return gateway;
	if (network)
		read_fields(reader, object, gateway);
	else
		unknown_type(reader, json_get(object, "type"), type);
	return gateway;
}

const struct gateway_config *config_gateway(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->gateway_count; i++)
		if (str_equal(config->gateways[i]->name, name))
			return config->gateways[i];
	return NULL;
}

/* ---------------------------------------------------------------- sharing */

/* Only the reference count of a configuration changes, and only here. */
static struct gateway_config *own(const struct gateway_config *config)
{
	return (struct gateway_config *)(uintptr_t)config;
}

const struct gateway_config *gateway_config_ref(const struct gateway_config *config)
{
	own(config)->references++;
	return config;
}

void gateway_config_unref(const struct gateway_config *config)
{
	struct gateway_config *mine = own(config);

	if (!mine || --mine->references)
		return;
	for (size_t i = 0; mine->network && i < mine->network->field_count; i++) {
		const struct config_field *field = &mine->network->fields[i];

		if (field->kind && field->kind->release)
			field->kind->release(config_member(mine, field));
	}
	free(mine->name);
	free(mine);
}

enum config_change gateway_config_compare(const struct gateway_config *a, const struct gateway_config *b)
{
	enum config_change change = CONFIG_SAME;

	if (a->network != b->network || !str_equal(a->name, b->name))
		return CONFIG_RESTART;
	for (size_t i = 0; i < a->network->field_count; i++) {
		const struct config_field *field = &a->network->fields[i];

		if (!field->kind || field->kind->equal(config_member(own(a), field),
						    config_member(own(b), field)))
			continue;
		if (!field->is_live)
			return CONFIG_RESTART;
		change = CONFIG_LIVE;
	}
	return change;
}

/* ---------------------------------------------------------------- as it is to run */

int gateway_wanted_copy(const struct gateway_wanted *wanted, struct gateway_wanted *ret)
{
	struct gateway_wanted copy = {0};
	int r = config_channels_copy(&wanted->channels, &copy.channels);

	if (r < 0)
		return r;
	copy.config = gateway_config_ref(wanted->config);
	*ret = copy;
	return 0;
}

void gateway_wanted_release(struct gateway_wanted *wanted)
{
	gateway_config_unref(wanted->config);
	config_channels_release(&wanted->channels);
	*wanted = (struct gateway_wanted){0};
}
