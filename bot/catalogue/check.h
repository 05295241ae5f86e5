#ifndef EPISODED_CATALOGUE_CHECK_H
#define EPISODED_CATALOGUE_CHECK_H

/*
 * A check for authors of datasets: the dataset must be valid and free of spoilers. A
 * teaser or fact must not name anything that a later episode reveals.
 */

#include "bot/base/str.h"

/*
 * Check one dataset, or all datasets of a folder. Problems and warnings are appended to
 * report, one line each: "data/x.json:12:7: the problem". A name that occurs too early is
 * a problem. A rare word that otherwise occurs only in a later synopsis is a warning, as
 * it may be chance. So is a control character, which is not shown, and an hour
 * without a time zone.
 *
 * 0 if there are no problems. -ENOENT nothing to check, -EBADMSG problems, -ENOMEM.
 */
int catalogue_check(const char *path_or_folder, struct str *report);

#endif
