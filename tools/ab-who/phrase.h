/*
 * phrase.h: what things are called in an answer, as text that is safe for a terminal, and as JSON.
 */
#ifndef AB_WHO_PHRASE_H
#define AB_WHO_PHRASE_H

#include "buf.h"
#include "c1znames.h"
#include "people.h"
#include "why.h"

/* Append "Ann Admin <ann@example.com>", as far as known; "workspace Production", or "workspace ID (missing)" for one
   that the sync does not have; the role ${entitlement} is, likewise. */
void phrase_person(struct buf *out, const struct person *person);
void phrase_thing(struct buf *out, const struct c1znames_resource *thing);
void phrase_ref(struct buf *out, const struct c1znames *names, const struct c1zread_ref *ref);
void phrase_role(struct buf *out, const struct c1znames_entitlement *entitlement);

/* Append "workspace:ID", as ab-who can be asked for it. */
void phrase_id(struct buf *out, const struct c1zread_ref *ref);

/* Append "own", or "as organization_admin of organization Acme, as member of group Staff": a chain of why_chains. */
void phrase_chain(
    struct buf *out, const struct c1znames *names, const struct c1znames_entitlement *const *steps, size_t n);

/* Append the text as a string literal, ids and bytes as they are in the file. */
void phrase_json(struct buf *out, struct json_str text);

/* Append {"resourceType":...,"id":...,"name":...}, for a person with "email" as well, for what is missing
   "missing":true. */
void phrase_json_thing(struct buf *out, const struct c1znames_resource *thing);
void phrase_json_ref(struct buf *out, const struct c1znames *names, const struct c1zread_ref *ref);
void phrase_json_person(struct buf *out, const struct person *person);

/* Append {"entitlement":ID,"role":SLUG,"on":{...}}. */
void phrase_json_entitlement(
    struct buf *out, const struct c1znames *names, const struct c1znames_entitlement *entitlement);

/* The order of resources in an answer: instance, organization, group, workspace, others; then by name, then by id. */
int phrase_compare(const struct c1znames_resource *a, const struct c1znames_resource *b);

#endif
