/*
 * btree.h: the b-trees of an SQLite database file filled from entries that come in order.
 *
 * SQLite finds the place of each row and each key, and takes a page apart when it is full.  Where all of them are there
 * in order, a tree can be written from its beginning to its end instead: each page once, as full as it can be, in one
 * stream to the end of the file.  SQLite makes the tables and the indexes, empty; these functions fill them between
 * two of its transactions; SQLite goes on with the file.
 *
 * The form of the file is that of sqlite.org/fileformat2.html, in the headers here "format": section 1.3 (the header),
 * 1.4 (the lock-byte page, which no tree may use), 1.5 (the list of free pages), 1.6 (pages of trees), 1.7 (overflow
 * pages).  It leaves two things out that SQLite's own pages keep to: none is without a cell, and a cell takes at least
 * 4 bytes.
 *
 * The same entries give the same bytes: what no cell takes of a page is zero.
 */
#ifndef AB_BTREE_H
#define AB_BTREE_H

#include <stdint.h>

#include "err.h"
#include "reader.h"

/* The longest record: what SQLite takes unless it was built otherwise. */
#define BTREE_RECORD_MAX 1000000000

/* A database file whose trees are filled, one at a time, each once. */
struct btree_file;

/**
 * btree_open(fd, name, e):
 * Begin to fill trees of the database file ${fd} (for reading and writing), which stays the caller's; errors call it
 * ${name}, kept until btree_free.  Nobody else uses the file until btree_finish has returned: a connection of SQLite is
 * between two transactions, has written all of it (dbfile_flush), has no write-ahead log, and does not have locking
 * mode EXCLUSIVE, in which it would not look whether the file is still the one that it knows.  A VFS that keeps what it
 * has read must forget it.  Nothing is read here but the first page's header, the roots, and old trees: whether the file
 * is in order otherwise is the caller's to know.
 *
 * Memory: BTREE_PIECE bytes of output, a bit for each page of the file.
 *
 * Return NULL with ${e}: EX_DATAERR if this is no database, is shorter than it says, or has auto-vacuum, whose pointer
 * maps are not written here; EX_IOERR; EX_OSERR without memory.
 */
struct btree_file *btree_open(int fd, const char *name, struct err *e);
#define BTREE_PIECE (256 * 1024)

/**
 * btree_finish(f, e):
 * Write what is pending, and into the header the new number of pages and a new change counter (format 1.3.7, 1.3.8), by
 * which every connection of SQLite takes what it has in memory for out of date.  Return 0, or -1 with ${e}: EX_IOERR,
 * or EX_SOFTWARE if a call before has failed or a tree is not ended.  Without it the file is no database any more, but
 * for one in which nothing was added to any tree.
 */
int btree_finish(struct btree_file *f, struct err *e);

/* Free ${f}, which may be NULL; its trees are ended before. */
void btree_free(struct btree_file *f);

/* A table (with row ids) that is filled. */
struct btree_table;

/**
 * btree_table_begin(f, root, e):
 * Begin to add rows to the table whose root is page ${root}.  A tree that has rows already comes from outside: all its
 * leaves, with their overflow pages, stay as they are and where they are, and are the first part; the inner pages but
 * the root are used again, or become free.  (A leaf that is the root is copied.)  For that, all inner pages are read,
 * and of each leaf the first 8 bytes.
 *
 * Memory: 16 bytes for each leaf, old and new, and less than a tenth of that again at the end.
 *
 * Return NULL with ${e}: EX_DATAERR if ${root} is not the root of a table, or the old tree is none: wrong types of
 * pages, one page twice (in any of the trees of ${f}), leaves at different depths or deeper than 20, row ids out of
 * order as far as inner pages tell, a leaf without rows; EX_IOERR, EX_OSERR.
 */
struct btree_table *btree_table_begin(struct btree_file *f, uint32_t root, struct err *e);

/**
 * btree_table_add(t, id, record, e):
 * Add a row with the row id ${id}, greater than that of the row before in this part, and the content ${record}: header
 * and columns (dbrecord.h).  Return 0, or -1 with ${e}: EX_SOFTWARE for an id that is not greater, EX_DATAERR for a
 * record that is too long or a file that is, EX_IOERR, EX_OSERR.
 */
int btree_table_add(struct btree_table *t, int64_t id, struct span record, struct err *e);

/* The next row begins another part: the ids of each part are all less, or all greater, than those of every other. */
void btree_table_part(struct btree_table *t);

/**
 * btree_table_end(t, e):
 * Put the parts into the order of their ids, write the inner pages, and free ${t}, also when this or a call before it
 * has failed.  Return 0, or -1 with ${e}: EX_SOFTWARE if ids of two parts overlap, or a call before has failed;
 * EX_DATAERR for a file that is too long, EX_IOERR, EX_OSERR.
 */
int btree_table_end(struct btree_table *t, struct err *e);

/* An index that is filled. */
struct btree_index;

/**
 * btree_index_begin(f, root, e):
 * Begin to add keys to the index whose root is page ${root}.  Memory: two pages for each level of the tree.  Return
 * NULL with ${e}: EX_DATAERR if that page is not the root of an empty index; EX_IOERR, EX_OSERR.
 */
struct btree_index *btree_index_begin(struct btree_file *f, uint32_t root, struct err *e);

/**
 * btree_index_add(t, key, e):
 * Add ${key}, a record of the columns of the index and the row id, which comes after the one before in the order of the
 * index: the caller sees to that, nothing is compared here.  Return 0, or -1 with ${e} as for a row.
 */
int btree_index_add(struct btree_index *t, struct span key, struct err *e);

/* Write the rest of the index, and free ${t}; as btree_table_end. */
int btree_index_end(struct btree_index *t, struct err *e);

#endif
