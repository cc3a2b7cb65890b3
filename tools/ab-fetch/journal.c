#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fullio.h"
#include "grow.h"
#include "lines.h"
#include "log.h"
#include "newfile.h"

#define SCHEMA "airbyte-journal/1"

/* An answer and what stands around it. */
#define ENTRY_MAX (HTTP_BODY_MAX + ((size_t)64 << 10))

/* Why a journal is not fit, in words; an address may be in them. */
#define WHY_MAX 2048

/* The most answers of a run. */
#define ANSWERS_MAX ((size_t)1 << 30)

/* What a line of a journal says. */
struct entry {
    struct json_str schema, source, asker, started_at, key;
    struct json_str text, body;
    int64_t at, status, spoiled;
    bool unlicensed, finished;
};

static int failed(const struct journal *j, int status, const char *what, struct err *e)
{
    return err_sys(e, status, "cannot %s journal '%s'", what, j->use.path);
}

static int bad(const struct journal *j, const char *what, struct err *e)
{
    return err_set(e, EX_DATAERR, "journal '%s': %s", j->use.path, what);
}

/* The request for the page of ${c} that is next, in words that are the same in every run. */
static void put_key(struct buf *out, const struct call *c)
{
    static char public_base[] = "public", config_base[] = "config";
    static const struct baseurl nowhere = {.public_base = public_base, .config_base = config_base};

    const struct endpoint_part part = call_part(c);

    buf_puts(out, c->ep->body == NULL ? "GET " : "POST ");
    endpoint_url(out, c->ep, &nowhere, &c->scope, &part);
    if (c->ep->body != NULL) {
        buf_putc(out, ' ');
        endpoint_body(out, c->ep, &c->scope, &part);
    }
    if (c->turn > 0)
        buf_printf(out, " #%u", c->turn);
    if (c->more)
        buf_puts(out, " +");
}

/*
 * Reading.
 */

static void read_number(struct json *json, int64_t *n)
{
    struct json_str number;

    if (json_number(json, &number) && !json_to_int64(number, n))
        json_fail(json, "expected a whole number");
}

static void read_flag(struct json *json, bool *flag)
{
    *flag = json_peek(json) == JSON_TRUE;
    json_skip(json, NULL);
}

/* Take a line apart. The strings are valid until the next one is. */
static int read_entry(
    struct journal *j, const char *text, size_t len, uint64_t number, struct entry *entry, struct err *e)
{
    struct json *json = &j->json;
    struct json_str name;

    *entry = (struct entry){0};
    json_begin(json, text, len, number);
    json_object(json);
    while (json_member(json, &name)) {
        if (json_eq(name, "journal"))
            json_string(json, &entry->schema);
        else if (json_eq(name, "source"))
            json_string(json, &entry->source);
        else if (json_eq(name, "asker"))
            json_string(json, &entry->asker);
        else if (json_eq(name, "startedAt"))
            json_string(json, &entry->started_at);
        else if (json_eq(name, "call"))
            json_string(json, &entry->key);
        else if (json_eq(name, "at"))
            read_number(json, &entry->at);
        else if (json_eq(name, "status"))
            read_number(json, &entry->status);
        else if (json_eq(name, "text"))
            json_string(json, &entry->text);
        else if (json_eq(name, "unlicensed"))
            read_flag(json, &entry->unlicensed);
        else if (json_eq(name, "finished"))
            read_flag(json, &entry->finished);
        else if (json_eq(name, "spoiled"))
            read_number(json, &entry->spoiled);
        else if (json_eq(name, "body"))
            json_skip(json, &entry->body);
        else
            json_skip(json, NULL);
    }
    if (json_end(json, e) < 0)
        return err_context(e, "journal '%s'", j->use.path);
    return 0;
}

static int copy_text(char **to, struct json_str from, struct err *e)
{
    *to = strndup(from.len > 0 ? from.s : "", from.len);
    return *to != NULL ? 0 : err_set(e, EX_OSERR, "no memory for a journal");
}

/* The first line: whose journal it is, and since when. */
static int take_head(struct journal *j, const struct entry *entry, struct err *e)
{
    if (!json_eq(entry->schema, SCHEMA) || entry->source.len == 0)
        return bad(j, "not a journal of ab-fetch", e);
    j->begun_ms = entry->at;
    if (copy_text(&j->source, entry->source, e) < 0 || copy_text(&j->asker, entry->asker, e) < 0)
        return -1;
    return copy_text(&j->started_at, entry->started_at, e);
}

/* Note that the call ${key} is answered by the line of ${len} bytes at ${place}, and no more by one before it. */
static int note_place(struct journal *j, struct json_str key, uint64_t place, size_t len, struct err *e)
{
    uint64_t *places = grow_array(j->place, &j->place_cap, (size_t)j->keys.n + 1, ANSWERS_MAX, sizeof(*places));
    uint32_t *lengths, index;

    if (places != NULL)
        j->place = places;
    lengths = grow_array(j->length, &j->length_cap, (size_t)j->keys.n + 1, ANSWERS_MAX, sizeof(*lengths));
    if (lengths != NULL)
        j->length = lengths;
    if (places == NULL || lengths == NULL || ids_add_parts(&j->keys, &key, 1, &index) < 0)
        return err_set(e, EX_OSERR, "no memory for a journal");
    j->place[index] = place;
    j->length[index] = (uint32_t)len;
    return 0;
}

static int take_line(struct journal *j, const char *text, size_t len, uint64_t number, struct err *e)
{
    struct entry entry;

    if (read_entry(j, text, len, number, &entry, e) < 0)
        return -1;
    if (number == 1)
        return take_head(j, &entry, e);
    j->finished |= entry.finished;
    if (entry.spoiled != 0)
        j->spoiled = entry.spoiled;
    return entry.key.len == 0 ? 0 : note_place(j, entry.key, j->end, len, e);
}

/* Read all whole lines; what comes behind the last line feed was being written when the run ended. */
static int read_all(struct journal *j, struct err *e)
{
    struct lines lines;
    const char *text;
    size_t len;
    int r;

    lines_init(&lines, j->fd, j->use.path, ENTRY_MAX);
    while ((r = lines_next(&lines, &text, &len, e)) > 0 && !lines.unterminated) {
        if (take_line(j, text, len, lines.line, e) < 0) {
            r = -1;
            break;
        }
        j->end += len + 1;
    }
    lines_release(&lines);
    return r < 0 ? -1 : 0;
}

bool journal_keeps(const struct journal *j)
{
    return j->fd >= 0 && !j->use.replay;
}

bool journal_resumes(const struct journal *j)
{
    return journal_keeps(j) && j->keys.n > 0;
}

/* Free what was read, so that nothing is in the journal. */
static void forget(struct journal *j)
{
    free(j->source);
    free(j->asker);
    free(j->started_at);
    j->source = j->asker = j->started_at = NULL;
    ids_release(&j->keys);
    j->end = 0;
    j->spoiled = 0;
    j->finished = false;
}

int journal_unfit(struct journal *j, const char *why, struct err *e)
{
    struct err words = {0};

    if (!j->use.anew)
        return err_set(
            e, EX_DATAERR, "journal '%s': %s: remove it, or take --journal-anew or --replay", j->use.path, why);
    err_set(&words, EX_DATAERR, "journal '%s' is begun anew: %s", j->use.path, why);
    log_warn(words.msg);
    forget(j);
    return ftruncate(j->fd, 0) < 0 ? failed(j, EX_IOERR, "write", e) : 0;
}

/* See that what was read can be taken up. */
static int check_fit(struct journal *j, struct err *e)
{
    int64_t age_ms = clock_wall_ms() - j->begun_ms;
    char why[WHY_MAX];

    if (j->finished)
        return journal_unfit(j, "it is of a finished run", e);
    if (j->spoiled != 0) {
        snprintf(why, sizeof(why), "what is in it led to the end of a run with status %" PRId64, j->spoiled);
        return journal_unfit(j, why, e);
    }
    if (j->source != NULL && age_ms > j->use.max_age_ms) {
        snprintf(why, sizeof(why), "begun %" PRId64 " s ago, which is too long for what it says to hold still",
            age_ms / 1000);
        return journal_unfit(j, why, e);
    }
    return 0;
}

/* What the file is fit for. */
static int check_use(struct journal *j, struct err *e)
{
    if (j->use.replay)
        return j->source != NULL ? 0 : bad(j, "there is nothing in it to replay", e);
    if (check_fit(j, e) < 0)
        return -1;
    return ftruncate(j->fd, (off_t)j->end) < 0 ? failed(j, EX_IOERR, "write", e) : 0;
}

static int sync_folder(const struct journal *j, struct err *e)
{
    char *copy = strdup(j->use.path);
    int r = copy == NULL ? err_set(e, EX_OSERR, "no memory for a journal") : newfile_sync_folder(dirname(copy), e);

    free(copy);
    return r;
}

static int open_file(struct journal *j, struct err *e)
{
    struct stat st;

    if (j->use.replay) {
        j->fd = open(j->use.path, O_RDONLY | O_CLOEXEC);
        return j->fd >= 0 ? 0 : failed(j, EX_NOINPUT, "open", e);
    }
    j->fd = open(j->use.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (j->fd < 0)
        return failed(j, EX_CANTCREAT, "create", e);
    if (fstat(j->fd, &st) < 0 || !S_ISREG(st.st_mode))
        return err_set(e, EX_CANTCREAT, "journal '%s' is not a regular file", j->use.path);
    if ((st.st_mode & 077) != 0)
        return err_set(e, EX_CANTCREAT, "journal '%s' can be read or written by others than its owner", j->use.path);
    if (flock(j->fd, LOCK_EX | LOCK_NB) < 0)
        return err_set(e, EX_TEMPFAIL, "journal '%s' is in use by another run", j->use.path);
    return sync_folder(j, e);
}

int journal_open(struct journal *j, const struct journal_use *use, struct err *e)
{
    struct json_limits limits = {.text_len = ENTRY_MAX};

    *j = (struct journal){.use = *use, .fd = -1};
    ids_init(&j->keys);
    json_init(&j->json, &limits);
    buf_init(&j->line, ENTRY_MAX);
    if (use->path == NULL)
        return 0;
    return open_file(j, e) < 0 || read_all(j, e) < 0 ? -1 : check_use(j, e);
}

void journal_close(struct journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
    forget(j);
    free(j->place);
    free(j->length);
    json_release(&j->json);
    buf_release(&j->line);
}

/* Read the line of answer number ${index} anew into ${j}->line. */
static int fetch_line(struct journal *j, uint32_t index, struct err *e)
{
    size_t len = j->length[index];
    char *at;

    buf_clear(&j->line);
    at = buf_reserve(&j->line, len);
    if (at == NULL)
        return err_set(e, EX_OSERR, "no memory for a journal");
    while (j->line.len < len) {
        ssize_t n = pread(j->fd, at + j->line.len, len - j->line.len, (off_t)(j->place[index] + j->line.len));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(j, EX_IOERR, "read", e);
        if (n == 0)
            return bad(j, "it has become shorter while it was in use", e);
        j->line.len += (size_t)n;
    }
    return 0;
}

static int missing(struct journal *j, const struct call *c, struct err *e)
{
    if (!j->use.replay)
        return 0;
    err_set(e, EX_NOINPUT, "not in the journal, and nothing is asked with --replay");
    return call_context(c, e);
}

int journal_find(struct journal *j, const struct call *c, struct journal_answer *a, struct err *e)
{
    struct entry entry;
    struct json_str key;
    uint32_t index = 0;
    bool found;

    if (j->fd < 0)
        return 0;
    buf_clear(&j->line);
    put_key(&j->line, c);
    key = (struct json_str){j->line.data, j->line.len};
    found = ids_find_parts(&j->keys, &key, 1, &index);
    if (!found)
        return missing(j, c, e);
    if (fetch_line(j, index, e) < 0 || read_entry(j, j->line.data, j->line.len, 0, &entry, e) < 0)
        return -1;
    *a = (struct journal_answer){.body = entry.body, .refused = entry.status < 200 || entry.status > 299};
    if (a->refused && !j->use.replay)
        return 0;
    a->refusal.http_status = (int)entry.status;
    a->refusal.unlicensed = entry.unlicensed;
    a->refusal.hint = "";
    snprintf(
        a->refusal.text, sizeof(a->refusal.text), "%.*s", (int)entry.text.len, entry.text.len > 0 ? entry.text.s : "");
    return 1;
}

/*
 * Writing.
 */

/* Write the line that was made in ${j}->line. */
static int write_entry(struct journal *j, struct err *e)
{
    size_t len = j->line.len;

    buf_putc(&j->line, '\n');
    if (j->line.failed)
        return err_set(e, EX_OSERR, "no memory for a journal");
    if (lseek(j->fd, (off_t)j->end, SEEK_SET) < 0 || fullio_write(j->fd, j->line.data, j->line.len) < 0)
        return failed(j, EX_IOERR, "write", e);
    j->end += len + 1;
    j->dirty = true;
    return 0;
}

void journal_key(const struct journal *j, struct buf *key, const struct call *c)
{
    if (journal_keeps(j))
        put_key(key, c);
}

/* Begin a line that answers what ${key} asked for. */
static void begin_entry(struct journal *j, const struct buf *key, int status)
{
    buf_clear(&j->line);
    buf_puts(&j->line, "{\"call\":");
    json_put_string(&j->line, key->data, key->len);
    buf_printf(&j->line, ",\"at\":%" PRId64 ",\"status\":%d", clock_wall_ms(), status);
}

int journal_claim(struct journal *j, const char *source, const char *asker, struct err *e)
{
    char why[WHY_MAX];

    if (j->source == NULL || j->use.replay)
        return 0;
    if (strcmp(j->source, source) != 0) {
        snprintf(why, sizeof(why), "it is of '%s', and this run fetches from '%s'", j->source, source);
        return journal_unfit(j, why, e);
    }
    if (strcmp(j->asker, asker) != 0)
        return journal_unfit(
            j, "it is of another client id, of other addresses of the APIs or of another version of this program", e);
    return 0;
}

int journal_begin(struct journal *j, const char *source, const char *asker, const char *started_at, struct err *e)
{
    if (j->fd < 0 || j->source != NULL)
        return 0;
    buf_clear(&j->line);
    buf_puts(&j->line, "{\"journal\":\"" SCHEMA "\",\"source\":");
    json_put_string(&j->line, source, strlen(source));
    buf_puts(&j->line, ",\"asker\":");
    json_put_string(&j->line, asker, strlen(asker));
    buf_puts(&j->line, ",\"startedAt\":");
    json_put_string(&j->line, started_at, strlen(started_at));
    buf_printf(&j->line, ",\"at\":%" PRId64 "}", clock_wall_ms());
    return write_entry(j, e) < 0 ? -1 : journal_sync(j, e);
}

int journal_put(struct journal *j, const struct buf *key, const char *body, size_t len, struct err *e)
{
    if (!journal_keeps(j))
        return 0;
    begin_entry(j, key, 200);
    buf_puts(&j->line, ",\"body\":");
    if (memchr(body, '\n', len) == NULL && memchr(body, '\r', len) == NULL) {
        buf_append(&j->line, body, len);
    } else {
        json_begin(&j->json, body, len, 0);
        json_copy(&j->json, &j->line);
    }
    buf_putc(&j->line, '}');
    return write_entry(j, e);
}

int journal_put_refusal(struct journal *j, const struct call *c, struct err *e)
{
    struct buf key;

    if (!journal_keeps(j))
        return 0;
    buf_init(&key, (size_t)64 << 10);
    journal_key(j, &key, c);
    begin_entry(j, &key, c->refusal.http_status);
    buf_release(&key);
    buf_puts(&j->line, ",\"text\":");
    json_put_string(&j->line, c->refusal.text, strlen(c->refusal.text));
    buf_puts(&j->line, c->refusal.unlicensed ? ",\"unlicensed\":true}" : "}");
    return write_entry(j, e);
}

int journal_sync(struct journal *j, struct err *e)
{
    if (!j->dirty)
        return 0;
    j->dirty = false;
    return fdatasync(j->fd) < 0 ? failed(j, EX_IOERR, "write", e) : 0;
}

int journal_finish(struct journal *j, struct err *e)
{
    if (!journal_keeps(j) || j->end == 0) /* nothing was fetched, so it was not begun */
        return 0;
    buf_clear(&j->line);
    buf_printf(&j->line, "{\"finished\":true,\"at\":%" PRId64 "}", clock_wall_ms());
    return write_entry(j, e) < 0 ? -1 : journal_sync(j, e);
}

void journal_spoil(struct journal *j, int status)
{
    struct err ignored = {0};

    if (!journal_keeps(j) || j->end == 0)
        return;
    buf_clear(&j->line);
    buf_printf(&j->line, "{\"spoiled\":%d,\"at\":%" PRId64 "}", status, clock_wall_ms());
    if (write_entry(j, &ignored) == 0)
        journal_sync(j, &ignored);
}
