#include "tokenline.h"

#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "guard.h"
#include "setting.h"

/* Exit statuses from here on are those of the shell's. */
#define STATUS_END 126

static const struct {
    const char *word, *value;
} asks[] = {
    [TOKENLINE_GET] = {"get", NULL},
    [TOKENLINE_RENEW] = {"renew", "1"},
    [TOKENLINE_RENEW_CONFIG] = {"renew-config", "config"},
};

const char *tokenline_word(enum tokenline_ask ask)
{
    return asks[ask].word;
}

enum tokenline_ask tokenline_ask(const char *word, size_t len)
{
    for (int i = TOKENLINE_GET; i < TOKENLINE_UNKNOWN; i++)
        if (bytes_equal(word, len, asks[i].word, strlen(asks[i].word)))
            return (enum tokenline_ask)i;
    return TOKENLINE_UNKNOWN;
}

const char *tokenline_value(enum tokenline_ask ask)
{
    return asks[ask].value;
}

enum tokenline_ask tokenline_ask_from_env(void)
{
    const char *value = setting_text(TOKENLINE_VARIABLE);

    for (int i = TOKENLINE_RENEW; value != NULL && i < TOKENLINE_UNKNOWN; i++)
        if (strcmp(value, asks[i].value) == 0)
            return (enum tokenline_ask)i;
    return TOKENLINE_GET;
}

bool tokenline_is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return len > 0 && len <= TOKENLINE_TOKEN_MAX;
}

void tokenline_put_token(struct buf *out, const char *text, size_t len, int64_t expires_at_ms)
{
    buf_puts(out, "{\"access_token\":");
    json_put_string(out, text, len);
    buf_printf(out, ",\"expires_at_ms\":%" PRId64 "}", expires_at_ms);
}

void tokenline_put_error(struct buf *out, const struct err *e)
{
    const char *text = e->msg;

    /* The text of an error may hold bytes from outside; a JSON string holds UTF-8 alone. */
    if (!json_utf8(text, strlen(text)))
        text = "failed, for a reason that is not UTF-8";
    else if (!guard_allows_message(text, strlen(text)))
        text = GUARD_INSTEAD_OF_MESSAGE;

    buf_puts(out, "{\"error\":");
    json_put_string(out, text, strlen(text));
    buf_printf(out, ",\"status\":%d}", e->status);
}

/* Consume a number that counts something, so is not negative. */
static void read_count(struct json *j, int64_t *n)
{
    struct json_str number;

    if (json_number(j, &number) && (!json_to_int64(number, n) || *n < 0))
        json_fail(j, "not a count");
}

static bool read_members(struct json *j, const char *text, size_t len, struct tokenline *line)
{
    struct json_str name;
    int64_t status = 0;

    json_begin(j, text, len, 0);
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "access_token"))
            json_string(j, &line->token);
        else if (json_eq(name, "error"))
            json_string(j, &line->error);
        else if (json_eq(name, "expires_at_ms"))
            read_count(j, &line->expires_at_ms);
        else if (json_eq(name, "status"))
            read_count(j, &status);
        else
            json_skip(j, NULL);
    }
    line->status = status > 0 && status < STATUS_END ? (int)status : EX_UNAVAILABLE;
    return json_end(j, NULL) == 0;
}

int tokenline_read(struct json *j, const char *text, size_t len, struct tokenline *line)
{
    *line = (struct tokenline){0};
    if (!read_members(j, text, len, line))
        return -1;
    if (line->error.len > 0) {
        line->token = (struct json_str){0};
        return 0;
    }
    return tokenline_is_token(line->token.s, line->token.len) ? 0 : -1;
}
