/*
 * What baseurl.h makes of addresses, as data: accepted ones with all they come out as, and refused ones with the reason.
 */
#include "baseurl.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

struct good {
    const char *value, *source, *host, *public_base, *config_base;
};

#define ON(origin, host) origin, host, origin "/api/public/v1", origin "/api/v1"
#define CLOUD \
    "https://cloud.airbyte.com", "cloud.airbyte.com", "https://api.airbyte.com/v1", "https://cloud.airbyte.com/api/v1"

static const struct good accepted[] = {
    {"https://airbyte.example.com", ON("https://airbyte.example.com", "airbyte.example.com")},
    {"airbyte.example.com", ON("https://airbyte.example.com", "airbyte.example.com")},
    {"HTTPS://Airbyte.Example.COM", ON("https://airbyte.example.com", "airbyte.example.com")},
    {" \thttps://airbyte.example.com/ \n", ON("https://airbyte.example.com", "airbyte.example.com")},
    {"https://airbyte.example.com:8443///", ON("https://airbyte.example.com:8443", "airbyte.example.com")},
    {"https://airbyte.example.com:443", ON("https://airbyte.example.com", "airbyte.example.com")},
    {"https://airbyte.example.com:0443", ON("https://airbyte.example.com", "airbyte.example.com")},
    {"https://airbyte.example.com:80", ON("https://airbyte.example.com:80", "airbyte.example.com")},
    {"https://x.example/api/public/v1", ON("https://x.example", "x.example")},
    {"https://x.example/api/public/v1/", ON("https://x.example", "x.example")},
    {"https://x.example/api/public", ON("https://x.example", "x.example")},
    {"https://x.example/api/v1", ON("https://x.example", "x.example")},
    {"https://x.example/api/", ON("https://x.example", "x.example")},
    {"https://x.example//api", ON("https://x.example", "x.example")},
    {"https://x.example/v1", ON("https://x.example/v1", "x.example")},
    {"https://x.example/tools/airbyte", ON("https://x.example/tools/airbyte", "x.example")},
    {"https://x.example/tools//airbyte/api/v1/", ON("https://x.example/tools/airbyte", "x.example")},
    {"https://x.example/myapi", ON("https://x.example/myapi", "x.example")},
    {"https://x.example/a%20b/..c/.d", ON("https://x.example/a%20b/..c/.d", "x.example")},
    {"http://localhost:8000", ON("http://localhost:8000", "localhost")},
    {"localhost:8000", ON("http://localhost:8000", "localhost")},
    {"127.0.0.1:8000/api/v1", ON("http://127.0.0.1:8000", "127.0.0.1")},
    {"127.9.8.7", ON("http://127.9.8.7", "127.9.8.7")},
    {"http://127.0.0.1:80", ON("http://127.0.0.1", "127.0.0.1")},
    {"[::1]:8000", ON("http://[::1]:8000", "::1")},
    {"https://[2001:DB8::1]/x", ON("https://[2001:db8::1]/x", "2001:db8::1")},
    {"https://10.0.0.7", ON("https://10.0.0.7", "10.0.0.7")},
    {"https://airbyte_web.internal", ON("https://airbyte_web.internal", "airbyte_web.internal")},
    {"https://api.airbyte.com/v1", CLOUD},
    {"https://api.airbyte.com", CLOUD},
    {"api.airbyte.com/v1/", CLOUD},
    {"https://cloud.airbyte.com", CLOUD},
    {"https://Cloud.Airbyte.com/workspaces/1", CLOUD},
    {"cloud.airbyte.io/api/v1", CLOUD},
};

/* The reason must be in the message, and the password, where there is one, must not. */
static const struct {
    const char *value, *reason;
} refused[] = {
    {"", "is empty"},
    {" \t ", "is empty"},
    {"https://", "no host name"},
    {"https:///api", "no host name"},
    {"https://:8000", "no host name"},
    {"/api/v1", "no host name"},
    {"ftp://x.example", "https:// or http://"},
    {"file:///etc/passwd", "https:// or http://"},
    {"://x.example", "https:// or http://"},
    {"https:/x.example", "port"},
    {"https://x.example:", "port"},
    {"https://x.example:0", "port"},
    {"https://x.example:65536", "port"},
    {"https://x.example:99999999999999999999", "port"},
    {"https://x.example:8a", "port"},
    {"https://x.example:-1", "port"},
    {"https://me:hunter2@x.example", "user name or password"},
    {"https://hunter2@x.example/", "user name or password"},
    {"me:hunter2@x.example", "user name or password"},
    {"https://x.example/?a=hunter2", "query"},
    {"https://x.example/#hunter2", "fragment"},
    {"https://x.example/a b", "byte 20"},
    {"https://x.example\n.evil.example", "byte 18"},
    {"https://x.ex\xc3\xa4mple", "byte 13"},
    {"https://x.example\\@evil.example", "byte 18"},
    {"https://x%2eexample", "host name holds"},
    {"https://x,y.example", "host name holds"},
    {"https://[::1", "without its ']'"},
    {"https://[::1]x", "follows the ']'"},
    {"https://[1.2.3.4]", "not an IPv6 address"},
    {"https://[fe80::1%25eth0]", "not an IPv6 address"},
    {"https://[]", "no host name"},
    {"https://x.example/a/../b", "segment"},
    {"https://x.example/..", "segment"},
    {"https://x.example/./api", "segment"},
    {"https://x.example/a\"b", "path holds"},
    {"http://airbyte.example.com", "unencrypted"},
    {"http://10.0.0.7:8000", "unencrypted"},
    {"http://cloud.airbyte.com", "unencrypted"},
    {"http://localhost.evil.example", "unencrypted"},
    {"http://127.0.0.1.evil.example", "unencrypted"},
    {"http://128.0.0.1", "unencrypted"},
    {"http://[::ffff:10.0.0.1]", "unencrypted"},
};

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

static void check_accepted(const struct good *g)
{
    struct err e = {0};
    struct baseurl b;
    char what[256];
    bool pass = baseurl_parse(&b, g->value, NULL, NULL, false, &e) == 0 && is(b.source, g->source) &&
                is(b.host, g->host) && is(b.public_base, g->public_base) && is(b.config_base, g->config_base) &&
                b.cloud == (strcmp(g->host, "cloud.airbyte.com") == 0);

    snprintf(what, sizeof(what), "accepted %zu: %s", (size_t)(g - accepted) + 1, g->source);
    if (!tap_ok(pass, what))
        printf("# source %s, host %s, public %s, config %s, error %s\n", b.source, b.host, b.public_base, b.config_base,
            e.msg);
    baseurl_release(&b);
}

static void check_refused(size_t i)
{
    struct err e = {0};
    struct baseurl b;
    char what[256];
    bool failed = baseurl_parse(&b, refused[i].value, "", "", false, &e) == -1;

    snprintf(what, sizeof(what), "refused %zu: %s", i + 1, refused[i].reason);
    if (!tap_ok(failed && e.status == EX_CONFIG && strstr(e.msg, refused[i].reason) != NULL &&
                    strstr(e.msg, "hunter2") == NULL && strstr(e.msg, "BATON_DOMAIN_URL") != NULL,
            what))
        printf("# %d %s\n", e.status, e.msg);
    baseurl_release(&b);
}

static void check_overrides(void)
{
    struct err e = {0}, e2 = {0}, e3 = {0};
    struct baseurl b;

    tap_ok(baseurl_parse(&b, "api.airbyte.com", "http://127.0.0.1:1/v1/", "127.0.0.1:2/api/v1", false, &e) == 0 &&
               is(b.public_base, "http://127.0.0.1:1/v1") && is(b.config_base, "http://127.0.0.1:2/api/v1") &&
               is(b.source, "https://cloud.airbyte.com"),
        "each base can be replaced, the source stays");
    baseurl_release(&b);
    tap_ok(baseurl_parse(&b, "x.example", NULL, "http://y.example/api/v1", false, &e2) < 0 && e2.status == EX_CONFIG &&
               strstr(e2.msg, "BATON_AIRBYTE_CONFIG_URL") != NULL && b.source == NULL,
        "a bad replacement is refused by its own name");
    tap_ok(baseurl_parse(&b, "http://y.example:80", NULL, NULL, true, &e3) == 0 &&
               is(b.public_base, "http://y.example/api/public/v1"),
        "http to another machine only if asked for");
    baseurl_release(&b);
}

static void check_length(void)
{
    char value[2200] = "https://x.example/";
    struct err e = {0};
    struct baseurl b;

    memset(value + 18, 'a', 2048 - 18);
    tap_ok(baseurl_parse(&b, value, NULL, NULL, false, &e) == 0, "2048 bytes are accepted");
    baseurl_release(&b);
    value[2048] = 'a';
    tap_ok(baseurl_parse(&b, value, NULL, NULL, false, &e) < 0 && strstr(e.msg, "longer than") != NULL,
        "2049 are refused");
    memset(value + 8, 'a', 300);
    value[308] = '\0';
    e = (struct err){0};
    tap_ok(baseurl_parse(&b, value, NULL, NULL, false, &e) < 0 && strstr(e.msg, "host name is too long") != NULL,
        "a host name of 300 bytes is refused");
}

static void check_environment(void)
{
    struct err e = {0};
    struct baseurl b;

    unsetenv("BATON_AIRBYTE_PUBLIC_URL");
    unsetenv("BATON_AIRBYTE_CONFIG_URL");
    unsetenv("BATON_DOMAIN_URL");
    setenv("BATON_HOSTNAME", "", 1);
    tap_ok(baseurl_from_env(&b, NULL, false, &e) < 0 && e.status == EX_CONFIG && strstr(e.msg, "BATON_DOMAIN_URL"),
        "without an address the setting is named");
    setenv("BATON_HOSTNAME", "https://old.example", 1);
    tap_ok(baseurl_from_env(&b, NULL, false, &e) == 0 && is(b.host, "old.example"), "BATON_HOSTNAME serves");
    baseurl_release(&b);
    setenv("BATON_DOMAIN_URL", "https://new.example", 1);
    tap_ok(baseurl_from_env(&b, NULL, false, &e) == 0 && is(b.host, "new.example"), "BATON_DOMAIN_URL comes first");
    baseurl_release(&b);
    tap_ok(baseurl_from_env(&b, "https://arg.example", false, &e) == 0 && is(b.host, "arg.example"),
        "the argument comes before both");
    baseurl_release(&b);
    e = (struct err){0};
    setenv("BATON_DOMAIN_URL", "https://new.example:x", 1);
    tap_ok(baseurl_from_env(&b, NULL, false, &e) < 0 && strncmp(e.msg, "BATON_DOMAIN_URL: ", 18) == 0,
        "an error names the setting the address came from");
    e = (struct err){0};
    setenv("BATON_AIRBYTE_PUBLIC_URL", "http://127.0.0.1:9/p", 1);
    tap_ok(baseurl_from_env(&b, "x.example", false, &e) == 0 && is(b.public_base, "http://127.0.0.1:9/p"),
        "BATON_AIRBYTE_PUBLIC_URL replaces a base");
    baseurl_release(&b);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
        check_accepted(&accepted[i]);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        check_refused(i);
    check_overrides();
    check_length();
    check_environment();
    return tap_done();
}
