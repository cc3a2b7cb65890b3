/*
 * guard.h: the filter that words from outside pass before a person may see them.  It knows every secret of the process,
 * and lets no text through that shares a run of GUARD_RUN bytes or more with one of them: as it is, URL-encoded, in
 * JSON's escapes, or in base64 of either alphabet at any place.
 * A server, or a proxy before it, may repeat what it was sent in any of these forms, a header of the request in an error
 * message for one.
 *
 * Words of a server go through here by themselves, in problem.h, so that the rest of a message can be shown; and every
 * message as a whole does, in log.h and tokenline.h, since ids, names and addresses in it may come from outside too.
 *
 * All functions may be called from several threads at once.
 */
#ifndef AB_GUARD_H
#define AB_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* The shortest run that tells something of a secret. */
#define GUARD_RUN 8

/* Of the tokens of one process so many, the latest, are known. An older one has expired long before. */
#define GUARD_TOKENS 8

/* What stands in the place of a server's words, and of a message, that may not be shown. */
#define GUARD_INSTEAD "its words are not shown, they hold a secret"
#define GUARD_INSTEAD_OF_MESSAGE "this message is not shown, it would show a part of the client secret or of a token"

/**
 * guard_secret(text, len), guard_token(text, len):
 * Know the secret, or a token, of ${len} bytes at ${text} from now on.  It is copied, in pieces.  Without memory for
 * that nothing from outside is shown any more.
 */
void guard_secret(const char *text, size_t len);
void guard_token(const char *text, size_t len);

/* Whether ${len} bytes at ${text}, all of them words from outside, may be shown: a short secret is looked for as a whole. */
bool guard_allows(const char *text, size_t len);

/* The same of a message in which also our own words are, where a short secret may stand by chance: it does not count. */
bool guard_allows_message(const char *text, size_t len);

/* Forget all secrets, and overwrite what was kept of them: before the program ends. */
void guard_clear(void);

#endif
