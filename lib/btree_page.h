/*
 * btree_page.h: what the trees of btree.h share: pages of the file, read, appended and written, and a page of a tree
 * that is being filled.
 */
#ifndef AB_BTREE_PAGE_H
#define AB_BTREE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "btree.h"
#include "dbrecord.h"

/* Numbers of the file have their highest byte first. */
static inline uint32_t btree_get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}
static inline uint32_t btree_get32(const uint8_t *p)
{
    return btree_get16(p) << 16 | btree_get16(p + 2);
}
static inline void btree_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void btree_put32(uint8_t *p, uint32_t v)
{
    btree_put16(p, v >> 16);
    btree_put16(p + 2, v);
}

/*
 * The file.
 *
 *   page_size, usable   bytes of a page; those of them that SQLite uses, from the page's beginning
 *   first_pages         the number of pages at the beginning; those after them are ours
 *   pages               the number of pages now
 *   lock_page           the number of the lock-byte page
 *   trunk, n_free       the first page of the list of free pages (0: none), and how many are free
 *   changes             the change counter
 *   out                 BTREE_PIECE bytes, for the last ${n_out} pages of the file, which are not written yet
 *   taken               a bit for each of the first pages: it is part of a tree that was begun
 *   failed              a call has failed: what is in the file is no database, and every later call fails
 *   busy                a tree is begun and not ended
 */
struct btree_file {
    int fd;
    const char *name;
    uint32_t page_size, usable;
    uint32_t first_pages, pages, lock_page;
    uint32_t trunk, n_free, changes;
    uint8_t *out;
    uint32_t n_out;
    uint8_t *taken;
    bool failed, busy;
};

/* Note that a call fails, with ${e} set by the one that knows why. Return -1. */
int btree_file_fail(struct btree_file *f);

/**
 * btree_file_enter(f, size, e), btree_file_leave(f):
 * Begin a tree, of which ${size} bytes are kept: return them, zeros, the caller's to free; or NULL with ${e}
 * (EX_SOFTWARE, EX_OSERR).  And end it.
 */
void *btree_file_enter(struct btree_file *f, size_t size, struct err *e);
void btree_file_leave(struct btree_file *f);

/**
 * btree_file_take(f, page, e):
 * Make ${page}, a number from the file, part of the tree that is begun.  Return 0, or -1 with ${e} (EX_DATAERR) if it
 * is none of the first pages that can be part of a tree, or of one already.
 */
int btree_file_take(struct btree_file *f, uint32_t page, struct err *e);

/* Read the first ${len} bytes of ${page}, which is taken. Return 0, or -1 with ${e} (EX_IOERR). */
int btree_file_read(struct btree_file *f, uint32_t page, void *to, size_t len, struct err *e);

/* The number of the page that btree_file_append will append. */
static inline uint32_t btree_file_next(const struct btree_file *f)
{
    return f->pages + 1 == f->lock_page ? f->pages + 2 : f->pages + 1;
}

/**
 * btree_file_append(f, e):
 * Append a page of zeros, whose number then is ${f}->pages.  Return where it is to be filled in until the next page is
 * appended; or NULL with ${e}: EX_DATAERR for too many pages, EX_IOERR.
 */
uint8_t *btree_file_append(struct btree_file *f, struct err *e);

/* Make ${data} the content of ${page}, one of the file. Return 0, or -1 with ${e} (EX_IOERR). */
int btree_file_put(struct btree_file *f, uint32_t page, const uint8_t *data, struct err *e);

/* Append ${data} to the file as overflow pages. Return the number of the first, or 0 with ${e}. */
uint32_t btree_file_overflow(struct btree_file *f, struct span data, struct err *e);

/* Put ${n} pages into the list of free pages. Return 0, or -1 with ${e} (EX_IOERR, EX_OSERR). */
int btree_file_release(struct btree_file *f, const uint32_t *pages, size_t n, struct err *e);

/*
 * A page of a tree (format 1.6).
 */
enum { BTREE_INDEX_INNER = 0x02, BTREE_TABLE_INNER = 0x05, BTREE_INDEX_LEAF = 0x0a, BTREE_TABLE_LEAF = 0x0d };

/* The header of a leaf and of an inner page, where in it the number of cells and the right child stand; a pointer. */
enum { BTREE_LEAF_HEADER = 8, BTREE_INNER_HEADER = 12, BTREE_N_CELLS = 3, BTREE_RIGHT = 8, BTREE_POINTER = 2 };

/* The least that a cell takes: SQLite must be able to put a free block there. */
enum { BTREE_CELL_MIN = 4 };

/* The most levels of a tree: SQLite reads no deeper ones. */
#define BTREE_DEPTH_MAX 20

/*
 * A page that is being filled, in memory: ${n} cells, which begin at ${content}.  ${last} is how long the last one was
 * made.  What is neither header, nor pointer, nor cell is zero.
 */
struct btree_page {
    uint8_t *data;
    uint32_t page_size, usable, header;
    uint32_t n, content, last;
};

static inline bool btree_is_inner(uint32_t type)
{
    return type == BTREE_INDEX_INNER || type == BTREE_TABLE_INNER;
}

/* Make ${p} ready for pages of ${f}; btree_page_start comes next. Return 0, or -1 with ${e} (EX_OSERR). */
int btree_page_init(struct btree_page *p, const struct btree_file *f, struct err *e);
void btree_page_release(struct btree_page *p);

/* Begin a page of ${type} without cells. */
void btree_page_start(struct btree_page *p, uint8_t type);

/* Whether a cell of ${len} bytes finds room. */
static inline bool btree_page_fits(const struct btree_page *p, size_t len)
{
    size_t used = p->header + (size_t)(p->n + 1) * BTREE_POINTER;

    return used + (len < BTREE_CELL_MIN ? BTREE_CELL_MIN : len) <= p->content;
}

/* Add a cell of ${len} bytes, for which there is room, behind the others; return where its bytes are to be put. */
static inline uint8_t *btree_page_add(struct btree_page *p, size_t len)
{
    p->last = (uint32_t)len;
    p->content -= len < BTREE_CELL_MIN ? BTREE_CELL_MIN : (uint32_t)len;
    btree_put16(p->data + p->header + p->n * BTREE_POINTER, p->content);
    p->n++;
    return p->data + p->content;
}

/* Remove the last cell, after putting its bytes at ${to}; return how many. Once after each btree_page_add. */
size_t btree_page_take_last(struct btree_page *p, uint8_t *to);

/* Complete the header: of an inner page with the child ${right} behind all cells. */
void btree_page_finish(struct btree_page *p, uint32_t right);

/* How many of ${len} bytes stand on the page itself, with at most ${max} (format 1.6: X there, and M). */
static inline uint32_t btree_local_min(uint32_t usable)
{
    return (usable - 12) * 32 / 255 - 23;
}
static inline size_t btree_local(uint32_t usable, uint32_t max, size_t len)
{
    size_t min = btree_local_min(usable), k;

    if (len <= max)
        return len;
    k = min + (len - min) % (usable - 4);
    return k <= max ? k : min;
}

#endif
