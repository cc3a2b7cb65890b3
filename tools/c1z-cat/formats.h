/*
 * formats.h: the formats of sheets, one file each (both forms of JSON in one).
 */
#ifndef C1Z_CAT_FORMATS_H
#define C1Z_CAT_FORMATS_H

#include "sheet.h"

/* Objects, one per line; or one list of them.  A cell that is empty has no member.  What is unsafe on a terminal is
   escaped (text_put_json). */
extern const struct sheet_format format_ndjson, format_json;

/*
 * A head and a line per row (RFC 4180, but for the line feeds).  Cells that a spreadsheet would take for formulas get an
 * apostrophe in front, unless ${s}->raw.
 */
extern const struct sheet_format format_csv;

/* Columns that are padded for people; on a terminal cut to fit it.  Nothing in a cell can steer the terminal. */
extern const struct sheet_format format_table;

#endif
