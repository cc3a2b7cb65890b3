/*
 * protojson_time.h: the texts of Timestamp and Duration (reference/baton-model.md section 2.5).  Private to
 * lib/protojson*.c.
 */
#ifndef AB_PROTOJSON_TIME_H
#define AB_PROTOJSON_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"

/* The values of the two texts. Return whether they are well formed and in range. */
bool protojson_time_timestamp(struct json_str v, int64_t *seconds, int32_t *nanos);
bool protojson_time_duration(struct json_str v, int64_t *seconds, int32_t *nanos);

/* Append the text, in quotes, with 0, 3, 6 or 9 digits of fraction. Return whether the value is in range. */
bool protojson_time_put_timestamp(struct buf *out, int64_t seconds, int32_t nanos);
bool protojson_time_put_duration(struct buf *out, int64_t seconds, int32_t nanos);

#endif
