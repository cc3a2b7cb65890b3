/*
 * rawline.h: one line of a raw stream (page ab-raw(5)), taken apart.
 */
#ifndef AB_FETCH_RAWLINE_H
#define AB_FETCH_RAWLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "resource.h"

/*
 * What a line says. Strings are as json.h gives them: valid until the next text is begun. What is absent or null is empty.
 *   resource  what the line is; of a gap or note: what it speaks of, RESOURCE_NONE if nothing known
 *   frame, gap   whether it is a gap or a note, and which
 *   outer     the ids beside data
 *   id        the id in data (resource_info.id)
 *   user, name, email   of the user whom it is about
 *   role      whether that user holds a role of his own there
 *   told      his role in the organization, if the line tells it (resource_info.told)
 *   made      the line was made of others
 *   before_data   where the value before the member "data" ends, in bytes from the start of the line
 *   active, active_end   where the value before the member "active", and that member, end; 0 if there is none
 *   data      the JSON text of that member
 *   organization_ids, workspace_ids   of a user line: the JSON text of these members
 */
struct rawline {
    enum resource resource;
    bool frame, gap;
    struct json_str outer[LEVEL_COUNT];
    struct json_str id;
    struct json_str user, name, email;
    bool role, made;
    struct json_str told;
    size_t before_data, active, active_end;
    struct json_str data, organization_ids, workspace_ids;
};

/**
 * rawline_parse(j, text, len, number, l, e):
 * Take line number ${number}, ${len} bytes at ${text}, apart; all of it is checked to be JSON.  Return 0, or -1 with
 * ${e}: EX_DATAERR and the position of what is wrong.
 */
int rawline_parse(struct json *j, const char *text, size_t len, uint64_t number, struct rawline *l, struct err *e);

/* Whether ${id} can be an id: 1 to ID_MAX bytes without a NUL. */
bool rawline_is_id(struct json_str id);

/* Consume the next value of ${j}: into ${v} if it is a string, else as if it were absent. */
void rawline_take_string(struct json *j, struct json_str *v);

#endif
