/*
 * tokenline.h: answers read and written, and what is asked for.
 */
#include "tokenline.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* Of a line that is refused both texts are NULL. */
static const struct {
    const char *line, *token, *error;
    int64_t expires_at_ms;
    int status;
} lines[] = {
    {"{\"access_token\":\"a.b-c\",\"expires_at_ms\":5}", "a.b-c", NULL, 5, EX_UNAVAILABLE},
    {" {\"expires_at_ms\":5,\"other\":[{}],\"access_token\":\"x\"}", "x", NULL, 5, EX_UNAVAILABLE},
    {"{\"access_token\":\"a\\u0062c\"}", "abc", NULL, 0, EX_UNAVAILABLE},
    {"{\"error\":\"no\",\"status\":77}", NULL, "no", 0, 77},
    {"{\"error\":\"no\"}", NULL, "no", 0, EX_UNAVAILABLE},
    {"{\"error\":\"no\",\"status\":0}", NULL, "no", 0, EX_UNAVAILABLE},
    {"{\"error\":\"no\",\"status\":130}", NULL, "no", 0, EX_UNAVAILABLE},
    {"{\"error\":\"no\",\"access_token\":\"x\",\"status\":75}", NULL, "no", 0, 75},
    {"{\"access_token\":\"a b\"}", NULL, NULL, 0, 0},
    {"{\"access_token\":\"a\\n\"}", NULL, NULL, 0, 0},
    {"{\"access_token\":\"\"}", NULL, NULL, 0, 0},
    {"{\"access_token\":1}", NULL, NULL, 0, 0},
    {"{\"access_token\":\"x\",\"expires_at_ms\":-5}", NULL, NULL, 0, 0},
    {"{\"access_token\":\"x\",\"expires_at_ms\":\"5\"}", NULL, NULL, 0, 0},
    {"{\"access_token\":\"x\"} x", NULL, NULL, 0, 0},
    {"{}", NULL, NULL, 0, 0},
    {"[]", NULL, NULL, 0, 0},
    {"x", NULL, NULL, 0, 0},
    {"", NULL, NULL, 0, 0},
};

static bool is_text(struct json_str v, const char *text)
{
    return text == NULL ? v.len == 0 : json_eq(v, text);
}

static void check_lines(void)
{
    struct json j;

    json_init(&j, NULL);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        bool good = lines[i].token != NULL || lines[i].error != NULL;
        struct tokenline line;
        int r = tokenline_read(&j, lines[i].line, strlen(lines[i].line), &line);

        if (good)
            tap_ok(r == 0 && is_text(line.token, lines[i].token) && is_text(line.error, lines[i].error) &&
                       line.expires_at_ms == lines[i].expires_at_ms && line.status == lines[i].status,
                lines[i].line);
        else
            tap_ok(r == -1, lines[i].line);
    }
    json_release(&j);
}

static void check_length(void)
{
    char token[TOKENLINE_TOKEN_MAX + 2];

    memset(token, 'a', sizeof(token));
    tap_ok(tokenline_is_token(token, TOKENLINE_TOKEN_MAX), "the longest token");
    tap_ok(!tokenline_is_token(token, TOKENLINE_TOKEN_MAX + 1), "one byte more");
    tap_ok(!tokenline_is_token("\x7f", 1) && !tokenline_is_token("\xc3\xa9", 2), "bytes that are not visible ASCII");
}

static void check_written(void)
{
    struct err failure = {.status = 77, .msg = "\"no\""}, foreign = {.status = 69, .msg = "\xff"};
    struct buf b;

    buf_init(&b, TOKENLINE_MAX);
    tokenline_put_token(&b, "a\"b", 3, 12);
    tap_ok(strcmp(buf_cstr(&b), "{\"access_token\":\"a\\\"b\",\"expires_at_ms\":12}") == 0, "a token is written");
    buf_clear(&b);
    tokenline_put_error(&b, &failure);
    tap_ok(strcmp(buf_cstr(&b), "{\"error\":\"\\\"no\\\"\",\"status\":77}") == 0, "a failure is written");
    buf_clear(&b);
    tokenline_put_error(&b, &foreign);
    tap_ok(json_utf8(b.data, b.len) && strstr(buf_cstr(&b), "\"status\":69}") != NULL, "and is UTF-8 in any case");
    buf_release(&b);
}

static void check_asks(void)
{
    tap_ok(tokenline_ask("get", 3) == TOKENLINE_GET && tokenline_ask("renew", 5) == TOKENLINE_RENEW &&
               tokenline_ask("renew-config", 12) == TOKENLINE_RENEW_CONFIG,
        "the words");
    tap_ok(tokenline_ask("renew-", 6) == TOKENLINE_UNKNOWN && tokenline_ask("", 0) == TOKENLINE_UNKNOWN &&
               tokenline_ask("GET", 3) == TOKENLINE_UNKNOWN,
        "and others");
    for (int i = TOKENLINE_GET; i < TOKENLINE_UNKNOWN; i++) {
        const char *value = tokenline_value((enum tokenline_ask)i);

        if (value == NULL)
            unsetenv(TOKENLINE_VARIABLE);
        else
            setenv(TOKENLINE_VARIABLE, value, 1);
        tap_ok(tokenline_ask_from_env() == (enum tokenline_ask)i, tokenline_word((enum tokenline_ask)i));
    }
    setenv(TOKENLINE_VARIABLE, "0", 1);
    tap_ok(tokenline_ask_from_env() == TOKENLINE_GET, "another value of the variable asks for nothing");
}

int main(void)
{
    check_lines();
    check_length();
    check_written();
    check_asks();
    return tap_done();
}
