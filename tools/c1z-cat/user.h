/*
 * user.h: what a resource says about the person that it is.
 */
#ifndef C1Z_CAT_USER_H
#define C1Z_CAT_USER_H

#include "arena.h"
#include "json.h"
#include "records.pb-c.h"

/* Each is empty where the resource does not say. ${status} is a word: Enabled, Disabled, Deleted, Pending, Unknown. */
struct user_facts {
    struct json_str status, status_details, email, login;
};

/**
 * user_read(resource, a, facts):
 * Take them from the resource itself, and where it is silent from its UserTrait; the e-mail address is the primary one,
 * or else the first.  Texts point into the message, or into ${a}, where the trait is unpacked; a trait that cannot be is
 * passed over.
 */
void user_read(const C1__Connector__V2__Resource *resource, struct arena *a, struct user_facts *facts);

#endif
