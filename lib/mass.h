/*
 * mass.h: what changed for many at once, which whoever reads all changes is to be told first.
 */
#ifndef AB_MASS_H
#define AB_MASS_H

#include "err.h"
#include "json.h"
#include "ledger.h"

/**
 * mass_changes(l, each, arg, e):
 * Of a folded ledger, hand ${each} with ${arg} every change for half of all users, or of all resources of a type, and at
 * least five: those that came or went, those whose status is another, those who gained or lost something.  ${words} is
 * a sentence, "6 of 6 users are now disabled", with the texts of the files as they are there, so nothing in it is safe;
 * it lives as long as that call.  Return 0, or -1 with ${e}: as soon as ${each} does, or EX_OSERR.
 */
typedef int mass_each(void *arg, struct json_str words, struct err *e);
int mass_changes(struct ledger *l, mass_each *each, void *arg, struct err *e);

#endif
