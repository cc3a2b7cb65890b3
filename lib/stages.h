/*
 * stages.h: the programs that a stream came through, as its begin line names them (docs/DESIGN.md, streams):
 *
 *     "stages":[{"tool":"ab-fetch","version":"0.1.0","resources":["organization","workspace"]},
 *               {"tool":"ab-map","version":"0.1.0","filter":"sha256:..."}]
 *
 * Stages that differ in their resources alone are one, which has the resources of all: so a stream made in several runs
 * of one program, or of several streams one behind the other, says what was asked in all of them.
 */
#ifndef AB_STAGES_H
#define AB_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"

/* The most stages of a stream, resources of a stage, bytes of a tool's or resource's name and of all else. */
#define STAGES_MAX 32
#define STAGE_RESOURCES_MAX 64
#define STAGE_NAME_MAX 64
#define STAGE_TEXT_MAX 4096

/*
 * ${tool} is the program; ${head} the object as compact JSON, members in the order found, but without "resources" and
 * the closing brace; ${asks} whether it has "resources", the ${n} names ${resources} in the order first seen.
 */
struct stage {
    char *tool;
    char *head;
    bool asks;
    char *resources[STAGE_RESOURCES_MAX];
    size_t n;
};

/*
 * The ${n} stages ${stage}, in pipe order.  No two have the same head.  ${changes} grows with everything that is added,
 * so a writer can tell whether there is more than what its begin line said.
 */
struct stages {
    struct stage *stage[STAGES_MAX];
    size_t n;
    uint64_t changes;
};

void stages_init(struct stages *s);
void stages_release(struct stages *s);

/**
 * stages_read(s, j):
 * Consume the next value of ${j}, which must be an array of objects as above ("tool" is there; members that are not
 * known here are kept), and unite it with ${s}.  A stage that is new comes behind the last one of its tool, or else
 * last.  On failure ${j} holds the error, which json_end gives; ${s} may have taken what came before it.
 */
void stages_read(struct stages *s, struct json *j);

/**
 * stages_add(s, object, e):
 * Unite with ${s} the one stage that the NUL-terminated JSON text ${object} is.  Return 0, or -1 with ${e}: EX_OSERR
 * without memory, EX_DATAERR for a text that is none or when a limit above is met.
 */
int stages_add(struct stages *s, const char *object, struct err *e);

/* Make ${to}, which is initialized and empty, what ${from} is.  Return 0, or -1 with ${e} (EX_OSERR). */
int stages_copy(struct stages *to, const struct stages *from, struct err *e);

/* Whether a stage of ${tool} names ${resource}; and whether any stage of ${tool} says what it was asked for. */
bool stages_asked(const struct stages *s, const char *tool, const char *resource);
bool stages_tell(const struct stages *s, const char *tool);

/* Append ${s} to ${out} as a JSON array, or ${stage} as an object. */
void stages_put(struct buf *out, const struct stages *s);
void stages_put_one(struct buf *out, const struct stage *stage);

#endif
