/*
 * config.h: a configuration file: YAML of one mapping from names to texts, as the Baton toolkit's connectors read it.
 */
#ifndef AB_CONFIG_CONFIG_H
#define AB_CONFIG_CONFIG_H

#include "buf.h"
#include "err.h"

/* The largest file, and the most settings in it. */
#define CONFIG_FILE_MAX ((size_t)1 << 20)
#define CONFIG_SETTINGS_MAX 256

/* The settings that nobody else may read. */
#define CONFIG_SECRET "airbyte-client-secret"
#define CONFIG_SERVICE_SECRET "client-secret"

/**
 * config_read(path, settings, e):
 * Read the file ${path} and append each setting to ${settings} as NAME=VALUE and a NUL, in the order of the file.  NAME
 * is in lower case.  VALUE is the text as it stands: no number or truth value is made of it, so 0123 stays 0123.  A
 * list is its items with commas between them; nothing, or ~ or null without quotes, is the empty text.  Return 0, or -1
 * with ${e}:
 *  EX_NOINPUT  the file cannot be opened, or is no file;
 *  EX_IOERR    it cannot be read;
 *  EX_CONFIG   others than its owner and root can write it; others can read it and one of the secrets is in it; it
 *              belongs to another user but root; it is no YAML, or no such mapping: an alias, a mapping or list inside, a name twice,
 *              a name with characters other than letters, digits, - and _, U+0000 in a value, more than one document; a
 *              limit above.
 * Messages name line and column, and never a value, which may be a secret.
 */
int config_read(const char *path, struct buf *settings, struct err *e);

#endif
