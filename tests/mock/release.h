/*
 * release.h: which version of the server is pretended to be: what each has and lacks, reference/airbyte-api.md section 7.1.
 */
#ifndef MOCK_RELEASE_H
#define MOCK_RELEASE_H

#include <stdbool.h>

/* In order of time. RELEASE_HEAD is the state of August 2026, which Cloud runs and no tag has. */
enum release { RELEASE_1_0, RELEASE_1_8, RELEASE_2_0, RELEASE_2_1, RELEASE_HEAD };

/* Read a name: 1.0, 1.8, 2.0, 2.1 or head. Return whether it is one. */
bool release_parse(const char *name, enum release *r);

/* What instance_configuration calls it. */
const char *release_version(enum release r);

#endif
