/*
 * about.h: what a line of a raw stream is about, for messages.
 */
#ifndef AB_MAP_ABOUT_H
#define AB_MAP_ABOUT_H

#include "buf.h"
#include "json.h"

/* The most ids of a line that are named, and the most bytes of a text: a UUID, and a word of ours. */
#define ABOUT_IDS_MAX 4
#define ABOUT_TEXT_MAX 40

/**
 * about_put(out, j, text, len):
 * Append which resource the line is, ${len} bytes at ${text}, and whose: ", group_permission (organizationId 7d0c,
 * groupId e100)".  The ids are the members called "id" or "...Id", of the line and of its "data", that say something;
 * each name counts once.  Nothing is appended if the line names no resource.  ${j} is begun anew.
 */
void about_put(struct buf *out, struct json *j, const char *text, size_t len);

#endif
