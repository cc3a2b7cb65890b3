#include "pseudonym.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fullio.h"
#include "log.h"

#define DIGEST_LEN 32

static int start_mac(struct pseudonym *p, const unsigned char *key, size_t len, struct err *e)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof(digest) - 1), OSSL_PARAM_END};

    p->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    p->keyed = p->mac != NULL ? EVP_MAC_CTX_new(p->mac) : NULL;
    if (p->keyed == NULL || EVP_MAC_init(p->keyed, key, len, params) != 1)
        return err_set(e, EX_SOFTWARE, "OpenSSL has no HMAC with SHA-256");
    return 0;
}

static int take_key(struct pseudonym *p, const char *file, const unsigned char *key, size_t len, struct err *e)
{
    if (len > 0 && key[len - 1] == '\n')
        len--;
    if (len < PSEUDONYM_KEY_MIN || len > PSEUDONYM_KEY_MAX)
        return err_set(e, EX_DATAERR, "'%s': a key has %d to %d bytes", file, PSEUDONYM_KEY_MIN, PSEUDONYM_KEY_MAX);
    return start_mac(p, key, len, e);
}

static int read_key(struct pseudonym *p, const char *file, int fd, struct err *e)
{
    /* Room for a line feed, and for one byte more than is allowed. */
    unsigned char key[PSEUDONYM_KEY_MAX + 2];
    ssize_t n = fullio_read(fd, key, sizeof(key));
    struct stat st;
    int r = n < 0 ? err_sys(e, EX_IOERR, "cannot read '%s'", file) : take_key(p, file, key, (size_t)n, e);

    OPENSSL_cleanse(key, sizeof(key));
    if (r == 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
        log_warn("others can read the key file, and with it lead pseudonyms back", LOG_STR("file", file));
    return r;
}

int pseudonym_open(struct pseudonym *p, const char *file, struct err *e)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC), r;

    *p = (struct pseudonym){0};
    if (fd < 0)
        return err_open(e, file);
    r = read_key(p, file, fd, e);
    close(fd);
    return r;
}

void pseudonym_close(struct pseudonym *p)
{
    EVP_MAC_CTX_free(p->keyed);
    EVP_MAC_free(p->mac);
    *p = (struct pseudonym){0};
}

/* Starting again with the key that is there cannot fail for want of anything but memory, which makes the digest zeros. */
static void make_digest(struct pseudonym *p, struct json_str text, unsigned char digest[DIGEST_LEN], bool *ok)
{
    size_t len;

    *ok = EVP_MAC_init(p->keyed, NULL, 0, NULL) == 1 &&
          EVP_MAC_update(p->keyed, (const unsigned char *)text.s, text.len) == 1 &&
          EVP_MAC_final(p->keyed, digest, &len, DIGEST_LEN) == 1 && len == DIGEST_LEN;
    if (!*ok)
        memset(digest, 0, DIGEST_LEN);
}

static uint64_t number(const unsigned char *p)
{
    uint64_t n = 0;

    for (int i = 0; i < 8; i++)
        n = n << 8 | p[i];
    return n;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool is_uuid(struct json_str text)
{
    if (text.len != 36)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text.s[i] != '-' : !isxdigit((unsigned char)text.s[i]))
            return false;
    }
    return true;
}

static bool is_email(struct json_str text)
{
    const char *at = text.len > 0 ? memchr(text.s, '@', text.len) : NULL;

    return at != NULL && at > text.s && at + 1 < text.s + text.len && memchr(text.s, ' ', text.len) == NULL;
}

struct json_str pseudonym_of(struct pseudonym *p, struct json_str text, struct arena *a)
{
    unsigned char digest[DIGEST_LEN];
    char made[64];
    uint64_t high, low;
    int len;
    bool ok;

    if (text.len == 0)
        return (struct json_str){"", 0};
    make_digest(p, text, digest, &ok);
    a->failed = a->failed || !ok;
    high = number(digest);
    low = number(digest + 8);
    if (is_uuid(text))
        len = snprintf(made, sizeof(made), "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
            high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48, low & UINT64_C(0xffffffffffff));
    else
        len = snprintf(made, sizeof(made), "x%016" PRIx64 "%s", high, is_email(text) ? "@masked.invalid" : "");
    return (struct json_str){arena_dup(a, made, (size_t)len), a->failed ? 0 : (size_t)len};
}

struct pseudonym_mark pseudonym_mark(struct pseudonym *p, struct json_str text)
{
    unsigned char digest[DIGEST_LEN];
    bool ok;

    make_digest(p, text, digest, &ok);
    return (struct pseudonym_mark){number(digest + 16), number(digest + 24)};
}
