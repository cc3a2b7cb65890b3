/*
 * dbfile.h: the files of a database that nobody else has, read and written in large pieces.
 *
 * SQLite asks for one page of 4 KiB after the other.  For a file of several hundred MiB, of which a cache holds few, that
 * is most of what the system has to do: each index that is made reads all of the table.
 */
#ifndef AB_DBFILE_H
#define AB_DBFILE_H

#include <sqlite3.h>

/**
 * dbfile_vfs():
 * The name of the VFS to open such a database with (sqlite3_open_v2), made at the first call; NULL without memory.  It is
 * the system's without locks, with a buffer of DBFILE_PIECE bytes for reading and one for writing at each file, its
 * temporary files included.  What is written may be in that buffer until the file is sized, synchronised or closed, or
 * read there: whoever reads it by another descriptor calls dbfile_flush first, as closing a database does not tell that
 * something could not be written.
 */
const char *dbfile_vfs(void);

/* SQLite's own xWrite and xRead take less than 128 KiB at once: they mask the length with 0x1ffff. */
#define DBFILE_PIECE (64 * 1024)

/*
 * Write what is pending of the main file of ${db}, and forget what was read of it: others may read it then, and write.
 * Return SQLITE_OK, or why what was taken could not be written.
 */
int dbfile_flush(sqlite3 *db);

#endif
