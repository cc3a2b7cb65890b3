/*
 * beside-jansson.h: lib/json.h and jansson in one program, for comparisons.
 *
 * Some names are in both.  jansson's are declared here with JANSSON_ or jansson_ in front; the functions among them
 * cannot be called, its enumerators can be used.  At run time jansson must find its own functions, not ours: so ours are
 * hidden, which works for those that the including file calls.  It must therefore call json_object, json_array,
 * json_string, json_null and json_copy.
 */
#ifndef BESIDE_JANSSON_H
#define BESIDE_JANSSON_H

#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#define json_object jansson_object
#define json_array jansson_array
#define json_string jansson_string
#define json_null jansson_null
#define json_copy jansson_copy
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL
#undef json_object
#undef json_array
#undef json_string
#undef json_null
#undef json_copy

#pragma GCC visibility push(hidden)
#include "json.h"
#pragma GCC visibility pop

#endif
