/*
 * user.h: what a resource says about the person that it is.
 */
#ifndef AB_USER_H
#define AB_USER_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"
#include "json.h"
#include "records.pb-c.h"

/*
 * Each is empty, or NULL, where the resource does not say.  ${status} has the numbers of Status.ResourceStatus, 0 where
 * it is not known.  ${service}: the account is a program's.
 */
struct user_facts {
    int status;
    struct json_str status_details, email, login;
    const Google__Protobuf__Struct *profile;
    bool service;
};

/**
 * user_read(resource, a, facts):
 * Take them from the resource itself, and where it is silent from the first of its annotations that is a UserTrait: newer
 * connectors have status and profile here, older ones there.  The e-mail address is the first primary one, as baton's
 * exports have it, or else the first.  All points into the message, or into ${a}, where the trait is unpacked.  Return 0,
 * or -1 with ${e} as pbwire_unpack has it: who is disabled must not pass for enabled because the trait cannot be read.
 */
int user_read(const C1__Connector__V2__Resource *resource, struct arena *a, struct user_facts *facts, struct err *e);

/**
 * user_without_status(resource, a, e):
 * A copy of ${resource} in ${a} that says nothing of its status, neither itself nor by the trait that user_read looks at;
 * it shares the rest with ${resource}.  Return NULL with ${e} as user_read has it, or EX_OSERR.
 */
C1__Connector__V2__Resource *user_without_status(
    const C1__Connector__V2__Resource *resource, struct arena *a, struct err *e);

/* The status as a word: Enabled, Disabled, Deleted, Pending, Unknown; "" for 0. */
struct json_str user_status_word(int status);

#endif
