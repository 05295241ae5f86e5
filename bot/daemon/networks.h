#ifndef EPISODED_NETWORKS_H
#define EPISODED_NETWORKS_H

/* The supported networks. */

#include "bot/config/config.h"

/* NULL at the end. Without a configuration file one gateway of the first network runs. */
extern const struct network *const networks[];

#endif
