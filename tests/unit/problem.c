/*
 * problem.h: the words of error answers in all their forms, whose they are, and what is not shown.
 */
#include "problem.h"

#include <string.h>

#include "guard.h"
#include "tap.h"

#define SECRET "s3cr3t-0123456789"

static const struct {
    int status;
    const char *body, *text;
    enum problem_form form;
} answers[] = {
    {403, "", "Forbidden", PROBLEM_EMPTY},
    {403,
        "{\"status\":403,\"type\":\"t\",\"title\":\"forbidden\",\"detail\":\"d\",\"documentationUrl\":null,"
        "\"data\":{\"message\":\"needs a role\"}}",
        "needs a role", PROBLEM_API},
    {403, "{\"status\":403,\"title\":\"forbidden\",\"detail\":\"only this\",\"data\":null}", "only this", PROBLEM_API},
    {403, "{\"type\":\"error:license\",\"title\":\"t\"}", "Forbidden", PROBLEM_API},
    {400,
        "{\"message\":\"Bad Request\",\"_links\":{},\"_embedded\":{\"errors\":[{\"message\":\"Invalid client id\"}]}}",
        "Invalid client id", PROBLEM_API},
    {403, "{\"message\":\"Forbidden\",\"_embedded\":{\"errors\":[]}}", "Forbidden", PROBLEM_API},
    {401, "{\"message\":\"of its own\",\"_embedded\":{\"errors\":[{\"message\":\"x\"}]}}", "of its own", PROBLEM_API},
    {401, "{\"errorId\":\"77-88\"}", "error id 77-88", PROBLEM_API},
    {500, "{\"message\":\"known\",\"exceptionClassName\":\"C\",\"exceptionStack\":[\"a\",\"b\"]}", "known",
        PROBLEM_API},
    {404, "Object not found.", "Not Found", PROBLEM_FOREIGN},
    {403, "<html><body>log in</body></html>", "Forbidden", PROBLEM_FOREIGN},
    {401, "{\"error\":\"unauthorized\"}", "Unauthorized", PROBLEM_FOREIGN},
    {401, "[]", "Unauthorized", PROBLEM_FOREIGN},
    {401, "{\"message\":\"x\"", "Unauthorized", PROBLEM_FOREIGN},
    {418, "", "no reason given", PROBLEM_EMPTY},
    {304, "", "Not Modified", PROBLEM_EMPTY},
    {302, "", "redirect", PROBLEM_EMPTY},
    {204, "", "no error", PROBLEM_EMPTY},
    {403, "{\"detail\":\"you sent " SECRET "\"}", GUARD_INSTEAD, PROBLEM_API},
    {403, "{\"detail\":\"you sent czNjcjN0LTAxMjM0NTY3ODk=\"}", GUARD_INSTEAD, PROBLEM_API},
    {403, "{\"errorId\":\"s3cr3t-\\u0030\\u0031\"}", "error id " GUARD_INSTEAD, PROBLEM_API},
    {403, "{\"detail\":\"you sent s3cr3t-\"}", "you sent s3cr3t-", PROBLEM_API},
    {403, "{\"detail\":\"a\\u0000b\"}", "a b", PROBLEM_API},
};

/* Read ${body} as the answer of ${status}. */
static enum problem_form read_answer(int status, const char *body, char *text, size_t size)
{
    struct http h = {.status = status};
    enum problem_form form;

    buf_init(&h.answer, 4096);
    if (*body != '\0')
        buf_puts(&h.answer, body);
    form = problem_read(&h, text, size);
    buf_release(&h.answer);
    return form;
}

static void check_cuts(void)
{
    char text[16], body[512];

    tap_ok(read_answer(403, "{\"detail\":\"abcdefghijklmn\xc3\xa9\"}", text, sizeof(text)) == PROBLEM_API &&
               strcmp(text, "abcdefghijklmn") == 0,
        "cut at a character");
    snprintf(body, sizeof(body), "{\"detail\":\"%0400d" SECRET "\"}", 0);
    read_answer(403, body, text, sizeof(text));
    tap_ok(strncmp(text, GUARD_INSTEAD, sizeof(text) - 1) == 0, "a secret behind the cut counts too");
}

int main(void)
{
    guard_secret(SECRET, strlen(SECRET));
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        char text[PROBLEM_TEXT];
        enum problem_form form = read_answer(answers[i].status, answers[i].body, text, sizeof(text));

        tap_ok(form == answers[i].form && strcmp(text, answers[i].text) == 0,
            *answers[i].body != '\0' ? answers[i].body : answers[i].text);
    }
    check_cuts();
    guard_clear();
    return tap_done();
}
