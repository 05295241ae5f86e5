#ifndef EPISODED_CATALOGUE_CHECK_H
#define EPISODED_CATALOGUE_CHECK_H

/*
 * What a dataset's author wants to know before people read it: is it right,
 * and does it keep its secrets? A teaser and a fact must not name what is
 * revealed later.
 */

#include "bot/base/str.h"

/*
 * Check one dataset, or all of a folder. Problems and warnings are appended to
 * report, one line each, "data/x.json:12:7: what is wrong"; a dataset in order
 * appends nothing. A name that comes too early is a problem; a rare word that
 * occurs in a later synopsis only is a warning: it may be chance. So is a
 * control character, which is shown as a space.
 *
 * 0 when there is no problem. -ENOENT nothing to check, -EBADMSG there is one, -ENOMEM.
 */
int catalogue_check(const char *path_or_folder, struct str *report);

#endif
