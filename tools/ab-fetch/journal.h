/*
 * journal.h: the answers of a run in a file, as they arrive, so that a later run asks only for what is missing, or for
 * nothing at all.  Its form is that of ab-raw(5), section JOURNALS.
 *
 * An answer is kept when it has been read, without its secrets (strip.h).  No token, no header, and of an answer that
 * refuses nothing but what matters for judging it.  Answers after which a call is tried again are not kept.
 */
#ifndef AB_FETCH_JOURNAL_H
#define AB_FETCH_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

/* How a journal is used. */
struct journal_use {
    const char *path; /* NULL: there is none */
    bool replay;      /* nothing is asked: what is missing ends the run */
    bool anew;        /* one that does not fit is emptied (journal_unfit) */
    int64_t max_age_ms;
};

/*
 * ${source}, ${asker}, ${started_at}: of the run that began it, at ${begun_ms}; ${spoiled}: the status that it came to by
 * what is in it, 0 if it did not.  ${keys}: digests of the calls that are in it; number i is the line of ${length}[i]
 * bytes at ${place}[i].  ${end}: where the next line goes.  ${dirty}: something is not on the disk yet.
 */
struct journal {
    struct journal_use use;
    int fd;
    char *source, *asker, *started_at;
    int64_t begun_ms, spoiled;
    struct ids keys;
    uint64_t *place;
    uint32_t *length;
    size_t place_cap, length_cap;
    uint64_t end;
    bool dirty, finished;
    struct json json;
    struct buf line;
};

/**
 * journal_open(j, use, e):
 * Open the journal, if there is to be one, and read what is in it; half a line at its end is dropped.  It is locked
 * against other runs.  ${j}->source is then NULL if it is new.  Return 0, or -1 with ${e}: EX_NOINPUT (replay of a
 * journal that is not there), EX_CANTCREAT, EX_TEMPFAIL (another run has it), EX_DATAERR (it is none), EX_IOERR; or as
 * journal_unfit if it is finished, spoiled or too old, and not replayed.
 */
int journal_open(struct journal *j, const struct journal_use *use, struct err *e);
void journal_close(struct journal *j);

/**
 * journal_unfit(j, why, e):
 * What is in the journal cannot be taken up, for the reason ${why}: empty it, if that is allowed, with a warning that
 * says so.  Return 0, or -1 with ${e}: EX_DATAERR if it is not allowed; EX_IOERR.
 */
int journal_unfit(struct journal *j, const char *why, struct err *e);

/* Whether answers are kept in it; and whether there are some that this run is to take up. */
bool journal_keeps(const struct journal *j);
bool journal_resumes(const struct journal *j);

/**
 * journal_claim(j, source, asker, e):
 * See that what is in the journal was fetched from ${source} by ${asker}, whatever that tells whom the server answers.
 * Return 0, or as journal_unfit.
 */
int journal_claim(struct journal *j, const char *source, const char *asker, struct err *e);

/* Write the head of a journal that is empty. Return 0, or -1 with ${e} (EX_IOERR, EX_OSERR). */
int journal_begin(struct journal *j, const char *source, const char *asker, const char *started_at, struct err *e);

/* What is kept of an answer: a body, or how it refused. The strings are valid until the next call of any function. */
struct journal_answer {
    struct json_str body;
    struct refusal refusal;
    bool refused;
};

/**
 * journal_find(j, c, a, e):
 * Look for the answer to the page of ${c} that is next.  One that refuses is found only where the journal is replayed:
 * what it lacked may have been given meanwhile, so it is asked for again, and the last answer counts.  Return 1 with
 * ${a}; 0 if there is none; -1 with ${e}: EX_DATAERR; EX_NOINPUT, if there is none and the journal is replayed.
 */
int journal_find(struct journal *j, const struct call *c, struct journal_answer *a, struct err *e);

/* Append the words that ask for the page of ${c} that is next, which name its answer; nothing if there is no journal. */
void journal_key(const struct journal *j, struct buf *key, const struct call *c);

/*
 * Keep an answer: ${len} bytes of JSON at ${body} to what ${key} asked for; or how ${c} was refused.  Return 0, or -1 with
 * ${e} (EX_IOERR, EX_OSERR).
 */
int journal_put(struct journal *j, const struct buf *key, const char *body, size_t len, struct err *e);
int journal_put_refusal(struct journal *j, const struct call *c, struct err *e);

/* Put on the disk what was kept since the last time. Return 0, or -1 with ${e} (EX_IOERR). */
int journal_sync(struct journal *j, struct err *e);

/* The run has written its end line. Return 0, or -1 with ${e} (EX_IOERR). */
int journal_finish(struct journal *j, struct err *e);

/* The run ends with ${status} by what is in the journal: note that, as far as may be; any other would end so too. */
void journal_spoil(struct journal *j, int status);

#endif
