/*
 * c1zread_grant.h: what a file keeps beside the message of a grant, put back into it (reference/c1z-format.md sections
 * 4.6 and 4.7).
 */
#ifndef AB_C1ZREAD_GRANT_H
#define AB_C1ZREAD_GRANT_H

#include "c1zread.h"

/**
 * c1zread_grant_fill(message, row, expandable, a):
 * Put into the Grant ${message} what it does not have: entitlement and principal by the ids in ${row} (NULL: neither),
 * and ${expandable}, the bytes of a GrantExpandable message, as its last annotation (none if there are 0 bytes).  All in
 * ${a}, whose failure the caller looks at.
 */
void c1zread_grant_fill(
    ProtobufCMessage *message, const struct c1zread_row *row, struct json_str expandable, struct arena *a);

/* Add ${expandable}, likewise, whose bytes stay where they are and outlive the message. */
void c1zread_grant_expandable(ProtobufCMessage *message, ProtobufCBinaryData expandable, struct arena *a);

#endif
