#include "document.h"

#include <string.h>

#include "protojson_base64.h"
#include "sha256.h"

#define POLICY_BYTES_MAX 1024

extern const char report_html[], report_css[], report_js[];

/* Append the source of a policy that lets ${text} be: 'sha256-...'. */
static void put_digest(struct buf *out, const char *text)
{
    unsigned char digest[SHA256_BYTES];
    struct sha256 s;
    size_t quote;

    sha256_init(&s);
    sha256_add(&s, text, strlen(text));
    sha256_bytes(&s, digest);
    buf_puts(out, "'sha256-");
    quote = out->len;
    protojson_base64_put(out, digest, sizeof(digest));
    if (out->failed)
        return;
    memmove(out->data + quote, out->data + quote + 1, out->len - quote - 1); /* without its double quotes */
    out->len -= 2;
    buf_putc(out, '\'');
}

static int put_policy(struct out *out, struct err *e)
{
    struct buf policy;
    int r;

    buf_init(&policy, POLICY_BYTES_MAX);
    buf_puts(&policy, "default-src 'none'; script-src ");
    put_digest(&policy, report_js);
    buf_puts(&policy, "; style-src ");
    put_digest(&policy, report_css);
    buf_puts(&policy, "; img-src data:; base-uri 'none'; form-action 'none'");
    r = policy.failed ? err_set(e, EX_OSERR, "no memory for the page") : out_write(out, policy.data, policy.len, e);
    buf_release(&policy);
    return r;
}

static int put_text(struct out *out, const char *text, struct err *e)
{
    return out_write(out, text, strlen(text), e);
}

/* Where ${text} goes on if it begins with ${word}, else NULL. */
static const char *behind(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0 ? text + strlen(word) : NULL;
}

int document_put(struct out *out, int (*data)(void *arg, struct err *e), void *arg, struct err *e)
{
    const char *at = report_html, *next, *mark;
    int r = 0;

    while (r == 0 && (mark = strchr(at, '@')) != NULL) {
        r = out_write(out, at, (size_t)(mark - at), e);
        if (r < 0)
            return -1;
        if ((next = behind(mark, "@policy@")) != NULL)
            r = put_policy(out, e);
        else if ((next = behind(mark, "@style@")) != NULL)
            r = put_text(out, report_css, e);
        else if ((next = behind(mark, "@script@")) != NULL)
            r = put_text(out, report_js, e);
        else if ((next = behind(mark, "@data@")) != NULL)
            r = data(arg, e);
        else
            r = out_write(out, "@", 1, e);
        at = next != NULL ? next : mark + 1;
    }
    return r < 0 ? -1 : put_text(out, at, e);
}
