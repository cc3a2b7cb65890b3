#include "baseurl.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "setting.h"

/* Far above any real address, far below the server's limit for a request line with a path and a query in it. */
#define URL_MAX ((size_t)2048)

#define DOMAIN_SETTING "--domain-url or BATON_DOMAIN_URL"
#define CLOUD_SOURCE "https://cloud.airbyte.com"
#define CLOUD_PUBLIC "https://api.airbyte.com/v1"
#define CLOUD_CONFIG "https://cloud.airbyte.com/api/v1"

/*
 * One address taken apart: ${https}; ${host} in lower case, without brackets; ${ipv6} if it stood in brackets; ${port},
 * 0 for the scheme's own; ${path} empty or beginning with a slash and not ending in one.
 */
struct address {
    bool https;
    bool ipv6;
    char host[256];
    unsigned port;
    char path[URL_MAX + 1];
};

/* What is being parsed: its name for errors. The value never goes into an error, it might hold a password. */
struct source {
    const char *setting;
    const char *at, *end;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The characters of a path that may stand for themselves (RFC 3986 pchar), the slash, and the percent sign. */
static bool is_path_char(char c)
{
    return c != '\0' && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%", c);
}

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool baseurl_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Set ${s} to ${value} without the white space around it, and refuse what no address holds. */
static int begin_source(struct source *s, const char *setting, const char *value, struct err *e)
{
    *s = (struct source){.setting = setting, .at = value, .end = value + strlen(value)};
    while (s->at < s->end && is_space(*s->at))
        s->at++;
    while (s->end > s->at && is_space(s->end[-1]))
        s->end--;
    if (s->at == s->end)
        return err_set(e, EX_CONFIG, "%s: the address is empty", setting);
    if ((size_t)(s->end - s->at) > URL_MAX)
        return err_set(e, EX_CONFIG, "%s: the address is longer than %zu bytes", setting, URL_MAX);
    for (const char *p = s->at; p < s->end; p++) {
        if (*p <= ' ' || *p > '~' || *p == '\\')
            return err_set(e, EX_CONFIG, "%s: byte %td of the address cannot stand in a URL", setting, p - s->at + 1);
        if (*p == '?' || *p == '#')
            return err_set(e, EX_CONFIG, "%s: the address must not have a query or a fragment", setting);
    }
    return 0;
}

/* The length of a scheme and "://" at ${s}, or 0. */
static size_t scheme_len(const struct source *s)
{
    const char *p = memmem(s->at, (size_t)(s->end - s->at), "://", 3);

    return p == NULL || memchr(s->at, '/', (size_t)(p - s->at)) != NULL ? 0 : (size_t)(p - s->at) + 3;
}

/* Read the scheme. ${given} is whether there is one; if not, a->https is decided once the host is known. */
static int read_scheme(struct address *a, struct source *s, bool *given, struct err *e)
{
    size_t n = scheme_len(s);

    *given = n > 0;
    a->https = n == 8 && strncasecmp(s->at, "https", 5) == 0;
    if (n > 0 && !a->https && (n != 7 || strncasecmp(s->at, "http", 4) != 0))
        return err_set(e, EX_CONFIG, "%s: the address must begin with https:// or http://", s->setting);
    s->at += n;
    return 0;
}

/* Copy ${len} bytes at ${p} as the host, in lower case. */
static int set_host(struct address *a, const struct source *s, const char *p, size_t len, struct err *e)
{
    struct in6_addr v6;

    if (len == 0)
        return err_set(e, EX_CONFIG, "%s: the address has no host name", s->setting);
    if (len >= sizeof(a->host))
        return err_set(e, EX_CONFIG, "%s: the host name is too long", s->setting);
    for (size_t i = 0; i < len; i++) {
        char c = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] - 'A' + 'a') : p[i];

        if (!a->ipv6 && !is_host_char(c))
            return err_set(e, EX_CONFIG, "%s: the host name holds a character that it cannot hold", s->setting);
        a->host[i] = c;
    }
    a->host[len] = '\0';
    if (a->ipv6 && inet_pton(AF_INET6, a->host, &v6) != 1)
        return err_set(e, EX_CONFIG, "%s: what stands in brackets is not an IPv6 address", s->setting);
    return 0;
}

/* Read the decimal port between ${p} and ${end}. */
static int set_port(struct address *a, const struct source *s, const char *p, const char *end, struct err *e)
{
    unsigned n = 0;
    bool good = p < end;

    for (; p < end && good; p++) {
        good = *p >= '0' && *p <= '9';
        n = n * 10 + (unsigned)(*p - '0');
        good = good && n <= 65535;
    }
    if (!good || n == 0)
        return err_set(e, EX_CONFIG, "%s: the port is not a number from 1 to 65535", s->setting);
    a->port = n;
    return 0;
}

/* Read host and port, up to the first slash or the end. */
static int read_authority(struct address *a, struct source *s, struct err *e)
{
    const char *slash = memchr(s->at, '/', (size_t)(s->end - s->at));
    const char *end = slash != NULL ? slash : s->end, *host = s->at, *host_end;

    if (memchr(host, '@', (size_t)(end - host)) != NULL)
        return err_set(e, EX_CONFIG, "%s: the address must not hold a user name or password", s->setting);
    a->ipv6 = host < end && *host == '[';
    host_end = memchr(host, a->ipv6 ? ']' : ':', (size_t)(end - host));
    if (a->ipv6 && host_end == NULL)
        return err_set(e, EX_CONFIG, "%s: the address has a '[' without its ']'", s->setting);
    if (host_end == NULL)
        host_end = end;
    host += a->ipv6 ? 1 : 0;
    if (set_host(a, s, host, (size_t)(host_end - host), e) < 0)
        return -1;
    host_end += a->ipv6 ? 1 : 0;
    s->at = end;
    if (host_end == end)
        return 0;
    if (*host_end != ':')
        return err_set(e, EX_CONFIG, "%s: something other than a port follows the ']'", s->setting);
    return set_port(a, s, host_end + 1, end, e);
}

/* Whether the path that ends at ${end} closes with the segment "." or "..", which servers and curl resolve. */
static bool ends_in_dots(const char *path, const char *end)
{
    size_t n = (size_t)(end - path);

    return (n >= 2 && memcmp(end - 2, "/.", 2) == 0) || (n >= 3 && memcmp(end - 3, "/..", 3) == 0);
}

/* Read the path; several slashes in a row count as one (a server answers 403 to a path with "//" in it). */
static int read_path(struct address *a, struct source *s, struct err *e)
{
    char *to = a->path;

    for (; s->at < s->end; s->at++) {
        if (!is_path_char(*s->at))
            return err_set(e, EX_CONFIG, "%s: the path holds a character that it cannot hold", s->setting);
        if (*s->at == '/' && ends_in_dots(a->path, to))
            break;
        if (*s->at != '/' || to == a->path || to[-1] != '/')
            *to++ = *s->at;
    }
    if (ends_in_dots(a->path, to))
        return err_set(e, EX_CONFIG, "%s: the path must not have a segment '.' or '..'", s->setting);
    while (to > a->path && to[-1] == '/')
        to--;
    *to = '\0';
    return 0;
}

/* Take the address ${value} of ${setting} apart and check that what is sent there cannot be read on the way. */
static int parse_address(struct address *a, const char *setting, const char *value, bool insecure_http, struct err *e)
{
    struct source s;
    bool given;

    *a = (struct address){0};
    if (begin_source(&s, setting, value, e) < 0 || read_scheme(a, &s, &given, e) < 0 || read_authority(a, &s, e) < 0 ||
        read_path(a, &s, e) < 0)
        return -1;
    if (!given)
        a->https = !baseurl_is_loopback(a->host);
    if (a->port == (a->https ? 443u : 80u))
        a->port = 0;
    if (!a->https && !insecure_http && !baseurl_is_loopback(a->host))
        return err_set(e, EX_CONFIG,
            "%s: http would send the secret unencrypted over the network: use https (or --insecure-http)", setting);
    return 0;
}

/* Cut one suffix that belongs to the APIs off the path, and the slashes before it. */
static void strip_api(struct address *a)
{
    static const char *const suffixes[] = {"/api/public/v1", "/api/public", "/api/v1", "/api", "/v1"};
    size_t n = strlen(a->path);

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        size_t m = strlen(suffixes[i]);

        if (strcmp(suffixes[i], "/v1") == 0 && strcmp(a->host, "api.airbyte.com") != 0)
            continue;
        if (n >= m && strcmp(a->path + n - m, suffixes[i]) == 0) {
            a->path[n - m] = '\0';
            return;
        }
    }
}

static bool is_cloud(const char *host)
{
    return strcmp(host, "api.airbyte.com") == 0 || strcmp(host, "cloud.airbyte.com") == 0 ||
           strcmp(host, "cloud.airbyte.io") == 0;
}

/* scheme://host[:port]/path and ${suffix}, to be freed; NULL without memory. */
static char *join_url(const struct address *a, const char *suffix)
{
    char port[8] = "", *url;

    if (a->port != 0)
        snprintf(port, sizeof(port), ":%u", a->port % 65536);
    if (asprintf(&url, "%s://%s%s%s%s%s%s", a->https ? "https" : "http", a->ipv6 ? "[" : "", a->host,
            a->ipv6 ? "]" : "", port, a->path, suffix) < 0)
        return NULL;
    return url;
}

/* Put the address ${value} of ${setting} in the place of ${*base}. An empty one changes nothing. */
static int override_base(char **base, const char *setting, const char *value, bool insecure_http, struct err *e)
{
    struct address a;

    if (value == NULL || *value == '\0')
        return 0;
    if (parse_address(&a, setting, value, insecure_http, e) < 0)
        return -1;
    free(*base);
    *base = join_url(&a, "");
    return 0;
}

/* baseurl_parse, with the name of the setting that ${value} came from. */
static int fill_bases(struct baseurl *b, const char *setting, const char *value, const char *public_url,
    const char *config_url, bool insecure_http, struct err *e)
{
    struct address a;

    *b = (struct baseurl){0};
    if (parse_address(&a, setting, value, insecure_http, e) < 0)
        return -1;
    strip_api(&a);
    b->cloud = is_cloud(a.host);
    b->source = b->cloud ? strdup(CLOUD_SOURCE) : join_url(&a, "");
    b->host = strdup(b->cloud ? "cloud.airbyte.com" : a.host);
    b->public_base = b->cloud ? strdup(CLOUD_PUBLIC) : join_url(&a, "/api/public/v1");
    b->config_base = b->cloud ? strdup(CLOUD_CONFIG) : join_url(&a, "/api/v1");
    if (override_base(&b->public_base, "BATON_AIRBYTE_PUBLIC_URL", public_url, insecure_http, e) < 0 ||
        override_base(&b->config_base, "BATON_AIRBYTE_CONFIG_URL", config_url, insecure_http, e) < 0)
        goto fail;
    if (b->source == NULL || b->host == NULL || b->public_base == NULL || b->config_base == NULL) {
        err_set(e, EX_OSERR, "no memory for the addresses");
        goto fail;
    }
    return 0;
fail:
    baseurl_release(b);
    return -1;
}

int baseurl_parse(struct baseurl *b, const char *value, const char *public_url, const char *config_url,
    bool insecure_http, struct err *e)
{
    return fill_bases(b, DOMAIN_SETTING, value, public_url, config_url, insecure_http, e);
}

int baseurl_from_env(struct baseurl *b, const char *domain_url, bool insecure_http, struct err *e)
{
    const char *const names[] = {"--domain-url", "BATON_DOMAIN_URL", "BATON_HOSTNAME"};
    const char *const values[] = {domain_url, setting_text(names[1]), setting_text(names[2])};

    *b = (struct baseurl){0};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (values[i] != NULL)
            return fill_bases(b, names[i], values[i], setting_text("BATON_AIRBYTE_PUBLIC_URL"),
                setting_text("BATON_AIRBYTE_CONFIG_URL"), insecure_http, e);
    return err_set(e, EX_CONFIG, "the address of Airbyte is not set: use " DOMAIN_SETTING);
}

void baseurl_release(struct baseurl *b)
{
    free(b->source);
    free(b->host);
    free(b->public_base);
    free(b->config_base);
    *b = (struct baseurl){0};
}
