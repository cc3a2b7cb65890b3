#include "report.h"

#include <string.h>
#include <unistd.h>

#include "changes.h"
#include "confine.h"
#include "document.h"
#include "facts.h"
#include "newfile.h"
#include "tempfile.h"

/* The two syncs, and the report that is written of them. */
struct report {
    const struct report_options *o;
    struct side old, new;
    struct out out;
};

/* Give up all files but those that ${o} names, and those that are made: in the folder of ${n}, if that is not NULL. */
static void give_up_files(const struct report_options *o, const struct newfile *n)
{
    struct confine c;

    confine_begin(&c, "c1z-report");
    confine_read(&c, o->file);
    confine_read(&c, o->since);
    confine_write(&c, tempfile_dir());
    if (n != NULL) {
        confine_read(&c, n->path);
        confine_write(&c, n->dir);
    }
    confine_enter(&c);
}

/* The data of the page: one object in JSON. */
static int put_data(void *arg, struct err *e)
{
    struct report *r = arg;

    if (facts_put(&r->out, &r->new, e) < 0)
        return -1;
    if (r->old.file != NULL && changes_put(&r->out, &r->old, &r->new, e) < 0)
        return -1;
    return out_write(&r->out, "}", 1, e);
}

static int open_one(struct report *r, struct err *e)
{
    struct c1zread_choice choice;

    r->new.owned = true;
    r->new.file = c1zread_open(r->o->file, e);
    if (r->new.file == NULL || c1zread_choose(r->new.file, r->o->sync, &choice, e) < 0)
        return -1;
    r->new.sync = choice.sync;
    return c1znames_load(&r->new.names, r->new.file, r->new.sync, e);
}

/* Whether what --since names is the file itself: it is not another time, so the sync before is meant. */
static bool is_same(const struct report_options *o)
{
    struct stat file, since;

    return stat(o->file, &file) == 0 && stat(o->since, &since) == 0 && file.st_dev == since.st_dev &&
           file.st_ino == since.st_ino;
}

static int open_both(struct report *r, struct err *e)
{
    struct sides_options sides = {.old_file = r->o->since, .new_file = r->o->file, .new_sync = r->o->sync};

    if (is_same(r->o)) {
        sides.old_file = r->o->file;
        sides.new_file = NULL;
    }
    return sides_open(&sides, &r->old, &r->new, e);
}

/* Write the report to ${fd}, which errors call ${name}. */
static int write_report(const struct report_options *o, int fd, const char *name, struct err *e)
{
    struct report r = {.o = o};
    int result;

    out_init(&r.out, fd, name);
    result = o->since != NULL ? open_both(&r, e) : open_one(&r, e);
    if (result == 0)
        result = document_put(&r.out, put_data, &r, e);
    if (result == 0)
        result = out_flush(&r.out, e);
    out_release(&r.out);
    sides_close(&r.old, &r.new);
    return result;
}

/* Refuse a report in the place of ${file}. */
static int check_other(const struct newfile *n, const char *file, struct err *e)
{
    struct stat s;

    if (n->exists && file != NULL && stat(file, &s) == 0 && s.st_dev == n->old.st_dev && s.st_ino == n->old.st_ino)
        return err_set(e, EX_USAGE, "-o: the report would replace '%s'", file);
    return 0;
}

static int make_file(const struct report_options *o, struct newfile *n, struct err *e)
{
    if (newfile_open(n, o->output, -1, e) < 0 || check_other(n, o->file, e) < 0 || check_other(n, o->since, e) < 0)
        return -1;
    give_up_files(o, n);
    if (newfile_create(n, e) < 0 || write_report(o, n->fd, o->output, e) < 0 || newfile_write_done(n, e) < 0)
        return -1;
    return newfile_publish(n, e);
}

int report_run(const struct report_options *o, struct err *e)
{
    struct newfile n;
    int r;

    if (o->output == NULL) {
        give_up_files(o, NULL);
        r = write_report(o, STDOUT_FILENO, "standard output", e);
        return close(STDOUT_FILENO) < 0 && r == 0 ? err_sys(e, EX_IOERR, "cannot write standard output") : r;
    }
    r = make_file(o, &n, e);
    newfile_close(&n);
    return r;
}
