/*
 * c1z3rec.h: the records of format v3 as the messages that format v1 stores (reference/c1z-v3.md section 6).  They keep
 * less: an entitlement's resource and the types it is grantable to, and a grant's entitlement and principal, are there
 * by their ids.
 */
#ifndef AB_C1Z3REC_H
#define AB_C1Z3REC_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "err.h"
#include "kind.h"
#include "reader.h"

/**
 * c1z3rec_message(kind, value, a, m, e):
 * Make the message of ${kind} that the record ${value} stands for, allocated in ${a}; nothing in it points into
 * ${value}.  What a grant expands by becomes its last annotation.  Fields that we do not know, of the record and of the
 * records in it, are unknown fields of the message, with the numbers that they have there: the message is not to be
 * packed and read again.  So is a trait or a purpose that we do not know; the message has it as unspecified.  Return 0,
 * or -1 with ${*m} NULL and ${e}: EX_DATAERR for what is no such record, EX_OSERR with ${a}->failed.
 */
int c1z3rec_message(enum kind kind, struct span value, struct arena *a, ProtobufCMessage **m, struct err *e);

/* What a trait or a purpose is called in a record, by its number; NULL for one that has no name. */
const char *c1z3rec_trait(int number);
const char *c1z3rec_purpose(int number);

#endif
