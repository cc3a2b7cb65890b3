/*
 * protojson_number.h: the texts of numbers in protojson (reference/baton-model.md section 2.2), for
 * lib/protojson*.c and ab-map.  Nothing here depends on the locale.
 */
#ifndef AB_PROTOJSON_NUMBER_H
#define AB_PROTOJSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "json.h"

/*
 * The value of ${v}, a number in any spelling that JSON has (5, 5.0, 50e-1), if it is integral and in the range given.
 * Return whether it is; a text that is no JSON number is none.
 */
bool protojson_number_int(struct json_str v, int64_t min, int64_t max, int64_t *n);
bool protojson_number_uint(struct json_str v, uint64_t max, uint64_t *n);

/*
 * The double or float nearest to ${v}.  Return false if it is no JSON number or too large; or, for a long text, when
 * there is no memory (${a}->failed).
 */
bool protojson_number_double(struct json_str v, struct arena *a, double *d);
bool protojson_number_float(struct json_str v, struct arena *a, float *f);

/* Append the shortest text that reads back as ${d} or ${f}, which is finite: 1, -0, 0.000001, 1e-7, 1e+21. */
void protojson_number_put_double(struct buf *out, double d);
void protojson_number_put_float(struct buf *out, float f);

#endif
