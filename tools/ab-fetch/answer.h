/*
 * answer.h: what is done about the end of a try: the rows of an answer are taken, another try is due, or it is over.
 */
#ifndef AB_FETCH_ANSWER_H
#define AB_FETCH_ANSWER_H

#include "call.h"
#include "journal.h"
#include "lane.h"
#include "verdict.h"

/* Whether tokens of the configuration API's form were asked for, and can be had. */
enum other_form { OTHER_UNASKED, OTHER_THERE, OTHER_NOT_THERE };

/*
 * What all calls of a run share in this.
 *   token       where tokens come from
 *   lane        of each API
 *   journal     where answers are kept
 *   stalled_ms  until when this process last did not attend to its calls for long; the engine writes it
 *   deadline_ms on the clock of clock_mono_ms, 0: none
 *   last        why a call was last not answered well, for the message at the deadline
 *   proof       what the calls have shown; never PROOF_PENDING here
 *   doubters    calls that wait for others to show what the server is
 *   posted_with  the serial of the last token with which a POST was taken; 0: none
 *   other_form   asked for once a run, when a POST is refused; ${other_why}: why it is OTHER_NOT_THERE
 *   retries, renewals   counts for the end
 */
struct answering {
    struct source *token;
    struct lane lane[API_COUNT];
    struct journal *journal;
    int64_t stalled_ms, deadline_ms;
    struct err last, other_why;
    enum verdict_proof proof;
    unsigned doubters;
    enum other_form other_form;
    unsigned posted_with;
    uint64_t retries, renewals;
};

enum outcome {
    OUTCOME_DONE,    /* all pages are in the call's rows */
    OUTCOME_REFUSED, /* the call's refusal says how */
    OUTCOME_SEND,    /* send at once: the next page, or the same with another token */
    OUTCOME_WAIT,    /* send when it is due, exchange.due_ms */
    OUTCOME_END,     /* the run ends: ${e} */
};

/* A try of ${c} has ended with curl's ${code}, and is not in the multi handle any more. */
enum outcome answer_take(struct answering *a, struct call *c, CURLcode code, struct err *e);

/* At the end of a run: warn if refusals may have another reason than a role that is missing. */
void answer_warn(const struct answering *a);

/* What the journal has of ${c}, page by page: until it is done, or must be sent. */
enum outcome answer_recall(struct answering *a, struct call *c, struct err *e);

#endif
