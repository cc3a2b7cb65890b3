/*
 * exchange.h: the tries of one page of a call.  Touched by the engine alone; its owner is the call.
 */
#ifndef AB_FETCH_EXCHANGE_H
#define AB_FETCH_EXCHANGE_H

#include "http.h"
#include "source.h"

/*
 * ${url}, ${body} and ${token} live as long as the try in ${http}.
 *   attempts  tries of the current page
 *   renewed   the last answer was a 401, and the token was renewed for it
 *   doubts    of the last answer it could not be told whether it is Airbyte's (answer.h)
 *   sent      in the hands of curl
 *   first_ms, sent_ms   when the first of these tries, and the last, began
 *   waited_ms   how long was waited between them
 *   forgiven  how often a late answer was not the server's fault
 *   warned    a warning said that this takes long
 *   due_ms    when the next one may begin; of use while not ${sent}
 */
struct exchange {
    struct http http;
    struct buf url, body;
    struct token *token;
    unsigned attempts;
    bool renewed, doubts;
    bool sent, warned;
    unsigned forgiven;
    int64_t first_ms, sent_ms, waited_ms, due_ms;
};

void exchange_init(struct exchange *x);
void exchange_release(struct exchange *x);

#endif
