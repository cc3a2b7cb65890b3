/*
 * policy.h: what becomes of each text of a record: a table, and what is not in it is not known.
 */
#ifndef C1Z_MASK_POLICY_H
#define C1Z_MASK_POLICY_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "json.h"

enum policy {
    POLICY_UNKNOWN,     /* refuse the record */
    POLICY_KEEP,        /* a number that says nothing about anybody */
    POLICY_MASK,        /* a name, an address, a login, an id: its pseudonym */
    POLICY_WORD,        /* structure: kept if it is one plain word, else as above */
    POLICY_WORDS,       /* likewise, plain words with spaces between: what a type is called */
    POLICY_STATE,       /* kept if it is one of the usual words for a state, else as above */
    POLICY_ENTITLEMENT, /* the id of an entitlement: what that became */
    POLICY_DROP,        /* free text, which may hold anything: nothing */
};

/* What becomes of ${field}, which is no enum, no bool and no message, of a message of ${type}. */
enum policy policy_of(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field);

/* Whether messages of ${type} are known at all: all their fields have a policy, or are left to the rules for types. */
bool policy_knows(const ProtobufCMessageDescriptor *type);

/* Whether ${text} is kept by POLICY_WORD, POLICY_WORDS or POLICY_STATE. */
bool policy_keeps(enum policy policy, struct json_str text);

/*
 * What becomes of the text under the key ${key} of a profile: POLICY_WORD where it is a role or a type, POLICY_MASK
 * under the other usual keys, which say what is there and not who.  POLICY_UNKNOWN: the key is masked as well.
 */
enum policy policy_of_key(struct json_str key);

#endif
