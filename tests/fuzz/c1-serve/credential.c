/*
 * libFuzzer target: client ids and secrets from anybody.  The id stands before the first NUL byte.
 *
 * What is taken is whole: printable texts that are parts of the id, and a key that signs an assertion.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1-serve/assertion.h"
#include "c1-serve/credential.h"

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

static void check_taken(const struct credential *c, const char *id)
{
    static const uint8_t nonce[ASSERTION_NONCE_LEN];
    struct err e = {0};
    struct buf out;

    check(strcmp(c->id, id) == 0, "the id is the one given");
    check(c->name[0] != '\0' && c->host[0] != '\0', "name and host are there");
    check(strncmp(id, c->name, strlen(c->name)) == 0 && id[strlen(c->name)] == '@', "the name begins the id");
    check(strncmp(id + strlen(c->name) + 1, c->host, strlen(c->host)) == 0, "the host follows it");
    for (const char *p = id; *p != '\0'; p++)
        check(*p > ' ' && *p <= '~', "the id is printable");
    buf_init(&out, 65536);
    if (assertion_put(&out, c, 1700000000, nonce, &e) == 0)
        check(memchr(out.data, '.', out.len) != NULL && memchr(out.data, '"', out.len) == NULL, "an assertion is made");
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 2);
    struct credential c;
    struct err e = {0};

    memcpy(text, data, size);
    text[size] = text[size + 1] = '\0';
    if (credential_parse(&c, text, text + strlen(text) + 1, &e) == 0) {
        check_taken(&c, text);
        credential_release(&c);
    } else {
        check(e.status == EX_CONFIG && strncmp(e.msg, "invalid client ", 15) == 0, "what is refused is named");
        check(c.id == NULL && c.key == NULL, "nothing is left of what was refused");
    }
    free(text);
    return 0;
}
