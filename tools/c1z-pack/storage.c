#include "storage.h"

#include <string.h>
#include <unistd.h>

#include "c1z.h"
#include "c1zread.h"
#include "setting.h"

static const char *const names[] = {[STORAGE_SQLITE] = "sqlite", [STORAGE_PEBBLE] = "pebble"};

int storage_parse(const char *name, enum storage *storage)
{
    for (enum storage i = STORAGE_SQLITE; i <= STORAGE_PEBBLE; i++)
        if (strcmp(name, names[i]) == 0) {
            *storage = i;
            return 0;
        }
    return -1;
}

int storage_setting(enum storage *storage, struct err *e)
{
    const char *name = setting_text("BATON_STORAGE_ENGINE");

    if (name == NULL || storage_parse(name, storage) == 0)
        return 0;
    return err_set(e, EX_CONFIG, "BATON_STORAGE_ENGINE: expected sqlite or pebble");
}

static int refuse(enum c1z_format format, const char *name, struct err *e)
{
    if (format == C1Z_V3)
        return err_set(e, EX_DATAERR,
            "'%s' is of format v3 (Pebble), which holds one sync: --storage-engine pebble writes the new one in its "
            "place,"
            " --replace a file of format v1",
            name);
    return err_set(e, EX_DATAERR,
        "'%s' is of format v1 (SQLite), whose syncs would be gone: --replace if a file of format v3 is to take its "
        "place",
        name);
}

int storage_judge(enum storage storage, bool replace, int fd, const char *name, enum storage_old *old, struct err *e)
{
    enum c1z_format format;

    *old = STORAGE_OLD_NONE;
    if (fd < 0)
        return 0;
    if (c1z_format(fd, name, &format, e) < 0)
        return -1;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return err_sys(e, EX_IOERR, "cannot read '%s'", name);
    if (format == C1Z_EMPTY)
        return 0;
    if (!replace && (format == C1Z_V3) != (storage == STORAGE_PEBBLE))
        return refuse(format, name, e);
    *old = replace || storage == STORAGE_PEBBLE ? STORAGE_OLD_REPLACED : STORAGE_OLD_KEPT;
    return 0;
}

/* Count the records of ${kind}; those of resources by their type too, with ${insert} if it is not NULL. */
static int count_kind(struct c1zread *r, const struct c1zread_sync *sync, enum kind kind, struct c1zdb *d,
    sqlite3_stmt *insert, int64_t *n, struct err *e)
{
    const struct c1zread_query query = {sync, kind, C1ZREAD_STORED, C1ZREAD_IDS};
    struct c1zread_rows *rows = c1zread_rows(r, &query, e);
    struct c1zread_row row;
    int more;

    if (rows == NULL)
        return -1;
    while ((more = c1zread_next(rows, &row, e)) > 0) {
        ++*n;
        if (insert == NULL)
            continue;
        sqlite3_bind_text(insert, 1, row.self.type.s, (int)row.self.type.len, SQLITE_STATIC);
        if (c1zdb_run(d, insert, e) < 0) {
            more = -1;
            break;
        }
    }
    c1zread_rows_close(rows);
    return more;
}

static int count_all(
    struct shrink *b, struct c1zread *r, const struct c1zread_sync *sync, struct c1zdb *d, struct err *e)
{
    sqlite3_stmt *insert;
    int n;

    if (c1zdb_exec(d, "DELETE FROM temp.before_types; CREATE UNIQUE INDEX temp.before_type ON before_types (type)", e) <
        0)
        return -1;
    insert =
        c1zdb_prepare(d, "INSERT INTO temp.before_types VALUES (?1, 1) ON CONFLICT (type) DO UPDATE SET n = n + 1", e);
    if (insert == NULL)
        return -1;
    n = count_kind(r, sync, KIND_RESOURCE, d, insert, &b->resources, e);
    sqlite3_finalize(insert);
    if (n < 0 || count_kind(r, sync, KIND_ENTITLEMENT, d, NULL, &b->entitlements, e) < 0)
        return -1;
    return count_kind(r, sync, KIND_GRANT, d, NULL, &b->grants, e);
}

int storage_note(struct shrink *b, struct c1zdb *d, const char *path, struct err *e)
{
    struct c1zread *r = c1zread_open(path, e);
    struct c1zread_choice choice;
    size_t n;
    int status = 0;

    *b = (struct shrink){0};
    if (r == NULL)
        return -1;
    c1zread_syncs(r, &n);
    if (n > 0 && c1zread_choose(r, NULL, &choice, e) < 0)
        status = -1;
    else if (n > 0 && c1zread_whole(choice.sync)) {
        b->known = true;
        status = count_all(b, r, choice.sync, d, e);
    }
    c1zread_close(r);
    return status;
}
