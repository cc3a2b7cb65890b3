/*
 * baseurl.h: where the two Airbyte APIs are, from one setting (reference airbyte-api.md section 1.2).
 */
#ifndef AB_BASEURL_H
#define AB_BASEURL_H

#include <stdbool.h>

#include "err.h"

/*
 * All strings are owned by the struct.  No base ends in a slash.
 *   source       scheme://host[:port][/prefix] as begin lines name it; for Cloud https://cloud.airbyte.com
 *   host         host name in lower case without port or brackets
 *   public_base  e.g. https://airbyte.example.com/api/public/v1, https://api.airbyte.com/v1
 *   config_base  e.g. https://airbyte.example.com/api/v1
 *   cloud        whether this is Airbyte Cloud
 */
struct baseurl {
    char *source;
    char *host;
    char *public_base;
    char *config_base;
    bool cloud;
};

/**
 * baseurl_parse(b, value, public_url, config_url, insecure_http, e):
 * Fill ${b} from ${value}; ${public_url} and ${config_url}, if not NULL or empty, replace the two bases.  Plain http
 * is accepted to loopback (localhost, 127.0.0.0/8, [::1]) only, unless ${insecure_http}.  Return 0, or -1 with ${e}:
 * EX_CONFIG and what is wrong with which setting.
 */
int baseurl_parse(struct baseurl *b, const char *value, const char *public_url, const char *config_url,
    bool insecure_http, struct err *e);

/**
 * baseurl_from_env(b, domain_url, insecure_http, e):
 * baseurl_parse with ${domain_url} if not NULL, else BATON_DOMAIN_URL, else BATON_HOSTNAME (an empty variable counts
 * as unset), and the overrides of BATON_AIRBYTE_PUBLIC_URL and BATON_AIRBYTE_CONFIG_URL.
 */
int baseurl_from_env(struct baseurl *b, const char *domain_url, bool insecure_http, struct err *e);

/* Whether ${host}, a name in lower case or an address without brackets, is this machine by its loopback interface. */
bool baseurl_is_loopback(const char *host);

void baseurl_release(struct baseurl *b);

#endif
