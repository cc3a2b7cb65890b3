#include "ledger.h"

#include <ctype.h>

#include "bytes.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "tempfile.h"
#include "user.h"

#define CACHE_KIB (8 * 1024)
#define TEXT_BYTES_MAX ((size_t)256 << 20)

/* What the two records of a change may take as messages. */
#define MESSAGE_BYTES_MAX ((size_t)4 << 30)

/* No chain of reasons is followed further: the ledger of a damaged file must not be walked for ever. */
#define CHAIN_MAX 64

typedef C1__Connector__V2__Grant Grant;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__ResourceType ResourceType;

static const char tables[] =
    "CREATE TABLE things (kind INTEGER, sign TEXT, type TEXT, id TEXT, name TEXT, on_name TEXT, text TEXT, is_user "
    "INTEGER, status TEXT);"
    "CREATE TABLE grants (id INTEGER PRIMARY KEY, sign TEXT, principal_type TEXT, principal_id TEXT, principal TEXT,"
    " on_type TEXT, on_id TEXT, on_name TEXT, entitlement TEXT, permission TEXT, is_user INTEGER, direct INTEGER,"
    " through TEXT NOT NULL DEFAULT '', text TEXT, turned TEXT, carries INTEGER, root INTEGER, follow INTEGER NOT NULL "
    "DEFAULT 0);"
    "CREATE TABLE sources (change INTEGER, entitlement TEXT, sign TEXT);"
    "CREATE TABLE entitlements (id TEXT PRIMARY KEY, on_type TEXT, on_id TEXT, name TEXT) WITHOUT ROWID;";

static const char indexes[] = "CREATE INDEX grants_of_principal ON grants (entitlement, principal_type, principal_id);"
                              "CREATE INDEX sources_of_change ON sources (change);"
                              "CREATE INDEX things_by_id ON things (kind, type, id);";

static int prepare(struct ledger *l, struct err *e)
{
    l->put_thing = c1zdb_prepare(&l->db, "INSERT INTO things VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", e);
    l->put_grant = c1zdb_prepare(&l->db,
        "INSERT INTO grants (sign, principal_type, principal_id, principal, on_type, on_id, on_name, entitlement,"
        " permission, is_user, direct, text, turned, carries)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        e);
    l->put_source = c1zdb_prepare(&l->db, "INSERT INTO sources VALUES (?1, ?2, ?3)", e);
    return l->put_thing != NULL && l->put_grant != NULL && l->put_source != NULL ? 0 : -1;
}

int ledger_open(struct ledger *l, struct side *old, struct side *new, struct err *e)
{
    *l = (struct ledger){.db.fd = -1, .old = old, .new = new};
    buf_init(&l->text, TEXT_BYTES_MAX);
    buf_init(&l->members, TEXT_BYTES_MAX);
    buf_init(&l->status, TEXT_BYTES_MAX);
    arena_init(&l->arena, MESSAGE_BYTES_MAX);
    compare_init(&l->compare);
    if (c1zdb_create(&l->db, tempfile_dir(), "list of changes", e) < 0 || c1zdb_tune(&l->db, CACHE_KIB, 0, e) < 0 ||
        c1zdb_exec(&l->db, tables, e) < 0 || prepare(l, e) < 0)
        return -1;
    return c1zdb_exec(&l->db, "BEGIN", e);
}

void ledger_close(struct ledger *l)
{
    sqlite3_finalize(l->put_thing);
    sqlite3_finalize(l->put_grant);
    sqlite3_finalize(l->put_source);
    c1zdb_close(&l->db);
    buf_release(&l->text);
    buf_release(&l->members);
    buf_release(&l->status);
    arena_release(&l->arena);
    compare_release(&l->compare);
}

/* Noting. */

static const char *sign_of(const struct change *change)
{
    if (change->held)
        return LEDGER_CHANGED;
    return change->old == NULL ? LEDGER_ADDED : change->new == NULL ? LEDGER_REMOVED : LEDGER_CHANGED;
}

/*
 * What things are called: as the new sync has it, or the old one where that does not have them.  So a thing has one
 * name in all changes, whichever side a change was seen on.
 */
static const struct c1znames_resource *find_resource(const struct ledger *l, const struct c1zread_ref *ref)
{
    const struct c1znames_resource *resource = c1znames_resource(&l->new->names, ref);

    return resource != NULL ? resource : c1znames_resource(&l->old->names, ref);
}

static const struct c1znames_entitlement *find_entitlement(
    const struct ledger *l, const struct c1zread_ref *on, struct json_str id)
{
    const struct c1znames_entitlement *entitlement = c1znames_entitlement(&l->new->names, on, id);

    return entitlement != NULL ? entitlement : c1znames_entitlement(&l->old->names, on, id);
}

struct json_str ledger_type_name(const struct ledger *l, struct json_str id)
{
    const struct c1znames_type *type = c1znames_type(&l->new->names, id);

    if (type == NULL)
        type = c1znames_type(&l->old->names, id);
    return type != NULL ? type->name : id;
}

static struct json_str name_resource(const struct ledger *l, const struct c1zread_ref *ref)
{
    const struct c1znames_resource *resource = find_resource(l, ref);

    return resource != NULL ? resource->name : ref->id;
}

static bool is_user(const struct ledger *l, const struct c1zread_ref *ref)
{
    const struct c1znames_resource *resource = find_resource(l, ref);

    return resource != NULL && resource->type != NULL && resource->type->user;
}

static void bind_text(sqlite3_stmt *s, int n, struct json_str text)
{
    sqlite3_bind_text(s, n, text.len > 0 ? text.s : "", (int)text.len, SQLITE_STATIC);
}

static void bind_word(sqlite3_stmt *s, int n, const char *word)
{
    sqlite3_bind_text(s, n, word, -1, SQLITE_STATIC);
}

/* What is different in the two records, in ${l}->members. */
static int describe(struct ledger *l, const struct change *change, struct err *e)
{
    struct compare *c = &l->compare;
    int cut;

    buf_clear(&l->members);
    if (change->old == NULL || change->new == NULL)
        return 0;
    cut = compare_write(c, change->old, change->new, e);
    if (cut < 0 || compare_members(&l->members, &c->old, &c->new, e) < 0)
        return -1;
    if (l->members.len == 0 && cut > 0)
        buf_puts(&l->members, "fields that are not known here");
    return l->members.failed ? err_set(e, EX_OSERR, "no memory for what changed") : 0;
}

/* What a record that is no grant is called: its name, or its id; of an entitlement the permission. */
static struct json_str name_thing(const struct ledger *l, const struct change *change)
{
    const struct c1znames_entitlement *entitlement;
    const struct c1zread_row *row = change->row;

    switch (change->kind) {
    case KIND_RESOURCE_TYPE:
        return ledger_type_name(l, row->id);
    case KIND_RESOURCE:
        return name_resource(l, &row->self);
    default:
        entitlement = find_entitlement(l, &row->on, row->id);
        return entitlement != NULL ? entitlement->slug : row->id;
    }
}

/* Put the ${status} of a person as it stands in a sentence, "disabled", in ${to}. */
static void put_status(struct buf *to, int status)
{
    struct json_str word = status != 0 ? user_status_word(status) : json_str_of(LEDGER_NO_STATUS);

    for (size_t i = 0; i < word.len; i++)
        buf_putc(to, (char)tolower((unsigned char)word.s[i]));
}

/* What is different in the two records, the status told by itself: "status enabled -> disabled, displayName". */
static int describe_status(struct ledger *l, const struct change *change, int was, int is, struct err *e)
{
    struct change rest = *change;
    struct buf *text = &l->text;

    rest.old = (const ProtobufCMessage *)user_without_status((const Resource *)change->old, &l->arena, e);
    if (rest.old == NULL)
        return -1;
    rest.new = (const ProtobufCMessage *)user_without_status((const Resource *)change->new, &l->arena, e);
    if (rest.new == NULL)
        return -1;
    if (describe(l, &rest, e) < 0)
        return -1;
    buf_clear(text);
    buf_puts(text, "status ");
    put_status(text, was);
    buf_puts(text, " -> ");
    put_status(text, is);
    if (l->members.len > 0)
        buf_puts(text, ", ");
    buf_append(text, l->members.data, l->members.len);
    buf_clear(&l->members);
    buf_append(&l->members, text->data, text->len);
    put_status(&l->status, is);
    return text->failed || l->members.failed ? err_set(e, EX_OSERR, "no memory for what changed") : 0;
}

/* What changed in a resource, in ${l}->members, and its new status in ${l}->status if that did. */
static int describe_resource(struct ledger *l, const struct change *change, struct err *e)
{
    struct user_facts was, is;

    if (change->old == NULL || change->new == NULL)
        return describe(l, change, e);
    arena_reset(&l->arena);
    if (user_read((const Resource *)change->old, &l->arena, &was, e) < 0 ||
        user_read((const Resource *)change->new, &l->arena, &is, e) < 0)
        return -1;
    return was.status == is.status ? describe(l, change, e) : describe_status(l, change, was.status, is.status, e);
}

static int note_thing(struct ledger *l, const struct change *change, struct err *e)
{
    const struct c1zread_row *row = change->row;
    const struct c1zread_ref *ref = change->kind == KIND_RESOURCE ? &row->self : &row->on;

    buf_clear(&l->status);
    if ((change->kind == KIND_RESOURCE ? describe_resource(l, change, e) : describe(l, change, e)) < 0)
        return -1;
    sqlite3_bind_int(l->put_thing, 1, (int)change->kind);
    bind_word(l->put_thing, 2, sign_of(change));
    bind_text(l->put_thing, 3, change->kind == KIND_RESOURCE_TYPE ? row->id : ref->type);
    bind_text(l->put_thing, 4, change->kind == KIND_RESOURCE_TYPE ? (struct json_str){"", 0} : ref->id);
    bind_text(l->put_thing, 5, name_thing(l, change));
    bind_text(l->put_thing, 6, name_resource(l, ref));
    bind_text(l->put_thing, 7, (struct json_str){l->members.data, l->members.len});
    sqlite3_bind_int(l->put_thing, 8, change->kind == KIND_RESOURCE && is_user(l, ref));
    bind_text(l->put_thing, 9, (struct json_str){l->status.data, l->status.len});
    return c1zdb_run(&l->db, l->put_thing, e);
}

/* Grants. */

static size_t sources_of(const Grant *grant)
{
    return grant == NULL || grant->sources == NULL ? 0 : grant->sources->n_sources;
}

static struct json_str source_of(const Grant *grant, size_t i)
{
    return pbwire_str(grant->sources->sources[i]->key);
}

static bool has_source(const Grant *grant, struct json_str entitlement)
{
    for (size_t i = 0; i < sources_of(grant); i++) {
        struct json_str source = source_of(grant, i);

        if (bytes_equal(source.s, source.len, entitlement.s, entitlement.len))
            return true;
    }
    return false;
}

/* Whether the principal holds the entitlement itself, whatever it inherits besides. */
static bool is_direct(const Grant *grant, struct json_str entitlement)
{
    return grant != NULL && (sources_of(grant) == 0 || has_source(grant, entitlement));
}

/* How a source is marked that the change does not follow from. */
#define SAME "="

/* Note the sources of ${grant} with ${sign}, but those that ${other} has as well with ${common}, or if NULL not. */
static int note_sources(struct ledger *l, int64_t change, const Grant *grant, const Grant *other, const char *sign,
    const char *common, struct err *e)
{
    for (size_t i = 0; i < sources_of(grant); i++) {
        struct json_str source = source_of(grant, i);
        const char *mark = has_source(other, source) ? common : sign;

        if (mark == NULL)
            continue;
        sqlite3_bind_int64(l->put_source, 1, change);
        bind_text(l->put_source, 2, source);
        bind_word(l->put_source, 3, mark);
        if (c1zdb_run(&l->db, l->put_source, e) < 0)
            return -1;
    }
    return 0;
}

/* What ${grant} says of expansion, in ${to}: two grants that pass on the same have the same there. */
static void list_expandable(struct buf *to, const Grant *grant)
{
    buf_clear(to);
    for (size_t i = 0; grant != NULL && i < grant->n_annotations; i++) {
        const Google__Protobuf__Any *any = grant->annotations[i];

        if (!pbwire_is_type(any->type_url, "c1.connector.v2.GrantExpandable"))
            continue;
        buf_put_varint(to, any->value.len);
        buf_append(to, any->value.data, any->value.len);
    }
}

/*
 * What the change can be the cause of.  ${carries} says that what the grant passes on is not what it was (nothing,
 * where there is or was no such grant).  A grant that has changed leaves its principal in or out as it was; but shallow
 * expansion follows direct grants alone, so ${turned} is LEDGER_ADDED for one that became direct and LEDGER_REMOVED for
 * one that no longer is.
 */
static int bind_effect(struct ledger *l, const struct change *change, struct err *e)
{
    const Grant *old = (const Grant *)change->old, *new = (const Grant *)change->new;
    bool was = is_direct(old, change->row->entitlement), is = is_direct(new, change->row->entitlement);
    struct compare *c = &l->compare;

    list_expandable(&c->old, old);
    list_expandable(&c->new, new);
    if (c->old.failed || c->new.failed)
        return err_set(e, EX_OSERR, "no memory for what a grant passes on");
    bind_word(l->put_grant, 13, old == NULL || new == NULL || was == is ? "" : is ? LEDGER_ADDED : LEDGER_REMOVED);
    sqlite3_bind_int(l->put_grant, 14, !bytes_equal(c->old.data, c->old.len, c->new.data, c->new.len));
    return 0;
}

static void bind_principal(struct ledger *l, const struct c1zread_ref *ref)
{
    bind_text(l->put_grant, 2, ref->type);
    bind_text(l->put_grant, 3, ref->id);
    bind_text(l->put_grant, 4, name_resource(l, ref));
    sqlite3_bind_int(l->put_grant, 10, is_user(l, ref));
}

static void bind_entitlement(struct ledger *l, const struct c1zread_row *row)
{
    const struct c1znames_entitlement *t = find_entitlement(l, &row->on, row->entitlement);

    bind_text(l->put_grant, 5, row->on.type);
    bind_text(l->put_grant, 6, row->on.id);
    bind_text(l->put_grant, 7, name_resource(l, &row->on));
    bind_text(l->put_grant, 8, row->entitlement);
    bind_text(l->put_grant, 9, t != NULL ? t->slug : row->entitlement);
}

/* What changed in a grant, in words, in ${l}->members. */
static int describe_grant(struct ledger *l, const struct change *change, struct err *e)
{
    const Grant *old = (const Grant *)change->old, *new = (const Grant *)change->new;
    bool was = is_direct(old, change->row->entitlement), is = is_direct(new, change->row->entitlement);

    if (describe(l, change, e) < 0)
        return -1;
    if (change->held)
        buf_puts(&l->members, old == NULL ? "one more such grant" : "one such grant less");
    if (old == NULL || new == NULL || was == is)
        return 0;
    buf_clear(&l->members);
    buf_puts(&l->members, is ? "now direct" : "no longer direct, now inherited");
    return 0;
}

/*
 * Note the sources, and with a sign those that the change may follow from.  One that is or was direct stands for
 * itself, unless only its sources changed.
 */
static int note_reasons(struct ledger *l, const struct change *change, struct err *e)
{
    const Grant *old = (const Grant *)change->old, *new = (const Grant *)change->new;
    bool was = is_direct(old, change->row->entitlement), is = is_direct(new, change->row->entitlement);
    int64_t id = sqlite3_last_insert_rowid(l->db.db);

    if (old != NULL && new != NULL ? was != is : was || is)
        return note_sources(l, id, new != NULL ? new : old, NULL, SAME, NULL, e);
    if (note_sources(l, id, old, new, LEDGER_REMOVED, NULL, e) < 0)
        return -1;
    return note_sources(l, id, new, old, LEDGER_ADDED, SAME, e);
}

static int note_grant(struct ledger *l, const struct change *change, struct err *e)
{
    const Grant *old = (const Grant *)change->old, *new = (const Grant *)change->new;
    const struct c1zread_row *row = change->row;
    bool direct = is_direct(old, row->entitlement) || is_direct(new, row->entitlement);

    if (describe_grant(l, change, e) < 0)
        return -1;
    bind_word(l->put_grant, 1, sign_of(change));
    bind_principal(l, &row->principal);
    bind_entitlement(l, row);
    sqlite3_bind_int(l->put_grant, 11, direct);
    bind_text(l->put_grant, 12, (struct json_str){l->members.data, l->members.len});
    if (bind_effect(l, change, e) < 0 || c1zdb_run(&l->db, l->put_grant, e) < 0)
        return -1;
    return note_reasons(l, change, e);
}

int ledger_note(void *to, const struct change *change, struct err *e)
{
    struct ledger *l = to;

    return change->kind == KIND_GRANT ? note_grant(l, change, e) : note_thing(l, change, e);
}

/* Folding. */

/* Append "member on Staff". */
static void put_entitlement(struct buf *to, const struct ledger *l, const struct c1znames_entitlement *t)
{
    struct json_str on = name_resource(l, &t->on);

    buf_append(to, t->slug.s, t->slug.len);
    buf_puts(to, " on ");
    buf_append(to, on.s, on.len);
}

static int list_entitlements(struct ledger *l, const struct c1znames *names, struct err *e)
{
    sqlite3_stmt *s = c1zdb_prepare(&l->db, "INSERT OR IGNORE INTO entitlements VALUES (?1, ?2, ?3, ?4)", e);
    int r = s == NULL ? -1 : 0;

    for (size_t i = 0; r == 0 && i < names->n_entitlements; i++) {
        const struct c1znames_entitlement *t = &names->entitlements[i];

        buf_clear(&l->text);
        put_entitlement(&l->text, l, t);
        bind_text(s, 1, t->id);
        bind_text(s, 2, t->on.type);
        bind_text(s, 3, t->on.id);
        bind_text(s, 4, (struct json_str){l->text.data, l->text.len});
        r = l->text.failed ? err_set(e, EX_OSERR, "no memory for an entitlement") : c1zdb_run(&l->db, s, e);
    }
    sqlite3_finalize(s);
    return r;
}

/*
 * The change that one follows from: of a source that it gained or lost, a change of the same principal on that source;
 * or a change, to what is passed on, of the resource that the source is on to the same entitlement.  What came explains
 * what was gained, what went what was lost; a grant that has only changed explains either if expansion comes to
 * something else by it (bind_effect), but stands behind these, and inherited ones behind direct ones.
 */
static const char cause[] =
    "SELECT c.id, c.sign <> s.sign, c.direct FROM sources s JOIN grants g ON g.id = s.change"
    " JOIN grants c ON c.entitlement = s.entitlement AND c.principal_type = g.principal_type"
    " AND c.principal_id = g.principal_id"
    " WHERE s.change = ?1 AND c.id <> g.id AND (c.sign = s.sign OR c.turned = s.sign) UNION ALL"
    " SELECT c.id, c.sign <> s.sign, c.direct FROM sources s JOIN grants g ON g.id = s.change"
    " JOIN entitlements t ON t.id = s.entitlement"
    " JOIN grants c ON c.entitlement = g.entitlement AND c.principal_type = t.on_type AND c.principal_id = t.on_id"
    " WHERE s.change = ?1 AND c.id <> g.id AND c.carries AND c.sign IN (s.sign, '~') ORDER BY 2, 3 DESC, 1 LIMIT 1";

/* Follow the causes of ${change} to the first one; 0 if it has none, or they lead in a circle. */
static int find_root(struct ledger *l, sqlite3_stmt *s, int64_t change, int64_t *root, struct err *e)
{
    int r = 1;

    *root = change;
    for (int i = 0; i < CHAIN_MAX && r > 0; i++) {
        sqlite3_bind_int64(s, 1, *root);
        r = c1zdb_step(&l->db, s, e);
        if (r > 0)
            *root = sqlite3_column_int64(s, 0);
        sqlite3_reset(s);
    }
    if (r > 0 || *root == change)
        *root = 0;
    return r < 0 ? -1 : 0;
}

static int fold_one(struct ledger *l, sqlite3_stmt *find, sqlite3_stmt *fold, int64_t change, struct err *e)
{
    int64_t root;

    if (find_root(l, find, change, &root, e) < 0)
        return -1;
    if (root == 0)
        return 0;
    sqlite3_bind_int64(fold, 1, root);
    sqlite3_bind_int64(fold, 2, change);
    return c1zdb_run(&l->db, fold, e);
}

static int fold_all(struct ledger *l, struct err *e)
{
    sqlite3_stmt *all =
        c1zdb_prepare(&l->db, "SELECT DISTINCT change FROM sources WHERE sign <> '" SAME "' ORDER BY change", e);
    sqlite3_stmt *find = c1zdb_prepare(&l->db, cause, e);
    sqlite3_stmt *fold = c1zdb_prepare(&l->db, "UPDATE grants SET root = ?1 WHERE id = ?2", e);
    int r = all != NULL && find != NULL && fold != NULL ? 1 : -1;

    while (r >= 0 && (r = c1zdb_step(&l->db, all, e)) > 0)
        r = fold_one(l, find, fold, sqlite3_column_int64(all, 0), e);
    sqlite3_finalize(all);
    sqlite3_finalize(find);
    sqlite3_finalize(fold);
    return r;
}

/* Where a grant comes from, as it is now, or was if it is gone: its sources without its own entitlement. */
static int name_sources(struct ledger *l, struct err *e)
{
    return c1zdb_exec(&l->db,
        "UPDATE grants SET through = coalesce((SELECT group_concat(name, ', ') FROM"
        " (SELECT coalesce(t.name, s.entitlement) AS name FROM sources s LEFT JOIN entitlements t ON t.id = "
        "s.entitlement"
        " WHERE s.change = grants.id AND s.entitlement <> grants.entitlement AND (s.sign <> '-' OR grants.sign = '-')"
        " ORDER BY s.rowid)), '') WHERE id IN (SELECT change FROM sources)",
        e);
}

int ledger_fold(struct ledger *l, struct err *e)
{
    static const char count[] = "UPDATE grants SET follow = (SELECT n FROM folded WHERE folded.root = grants.id)"
                                " WHERE id IN (SELECT root FROM folded)";

    /* The first of one id stays. */
    if (list_entitlements(l, &l->new->names, e) < 0 || list_entitlements(l, &l->old->names, e) < 0 ||
        c1zdb_exec(&l->db, indexes, e) < 0 || name_sources(l, e) < 0 || fold_all(l, e) < 0)
        return -1;
    if (c1zdb_exec(&l->db,
            "CREATE TEMP TABLE folded AS SELECT root, count(*) AS n FROM grants WHERE root IS NOT NULL GROUP BY root;"
            "CREATE INDEX temp.folded_root ON folded (root)",
            e) < 0)
        return -1;
    return c1zdb_exec(&l->db, count, e);
}
