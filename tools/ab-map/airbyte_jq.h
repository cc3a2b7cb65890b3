/*
 * airbyte_jq.h: the built-in filter, made from airbyte.jq by the Makefile.
 */
#ifndef AB_MAP_AIRBYTE_JQ_H
#define AB_MAP_AIRBYTE_JQ_H

/* The text of the filter, with a NUL behind it. */
extern const char airbyte_jq[];

#endif
