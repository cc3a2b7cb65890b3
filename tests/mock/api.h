/*
 * api.h: from a request to its answer: which endpoint it is, whether the caller may be here, what the endpoint says.
 */
#ifndef MOCK_API_H
#define MOCK_API_H

#include "form.h"
#include "response.h"
#include "tenant.h"
#include "tokens.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How this server behaves; nothing of it changes while it runs. */
struct api {
    const struct tenant *tenant;
    struct tokens *tokens;
    int64_t expires_in_s;        /* what the token answer claims; negative: the truth */
    unsigned wrong_credentials;  /* the status for them: 400, 401 or 500 */
    unsigned missing;            /* the status of an endpoint that is not there: 403 or 404 */
    bool auth_off;               /* no token needed, and none to be had */
    bool no_public_token;        /* the public token endpoint is not there */
    bool cloud_paths;            /* the public API is under /v1 as well */
    bool overlap;                /* pages of public workspaces overlap and are in no order */
    bool plural_admins;          /* the list of instance admins is at its plural path, and not at the singular one */
    unsigned public_token_posts; /* the status of a config call with a token of the public form; 0: as with any */
};

/* How a fault makes paging go wrong; all zero if none does. */
struct skew {
    bool loop;  /* every page is the first one */
    size_t cap; /* the most rows in a page, whatever was asked; 0: no such cap */
    long shift; /* pages after the first start that many rows later, or earlier */
};

/* What came in. Header values are NULL if they were not sent. */
struct request {
    const char *method;
    const char *target; /* path and query */
    const char *path;   /* as it was sent, not decoded */
    const char *query;  /* "" if there is none */
    size_t line_len;    /* of the request line */
    const char *content_type, *user_agent, *authorization;
    const struct piece *body;
    bool body_too_large;
    enum tokens_state token;
    bool token_public; /* whether the token is of the public form */
    struct skew skew;
    bool proxied; /* the request was for a whole URL, as one asks a proxy */
};

/* A request that reached its endpoint. */
struct call {
    const struct api *api;
    const struct tenant *tenant;
    const struct request *request;
    struct form query;
    json_t *body;   /* of a config call: an object whose members are as the endpoint declares; else NULL */
    struct uuid id; /* its required member of type API_ID, if ${has_id} */
    bool has_id;
    struct response *answer;
};

/* A member of the body of a config call. */
struct api_member {
    const char *name;
    enum { API_ID, API_STRING, API_BOOL, API_NUMBER, API_PAGE } type;
    bool required;
};

#define API_MEMBERS_MAX 10

struct api_endpoint {
    const char *method;
    const char *path; /* below the base; a component "*" is any one component */
    void (*handle)(struct call *c);
    bool open;          /* answers without a token */
    bool forms;         /* takes a form as well as JSON */
    bool lenient;       /* ${handle} reads the body itself, and unknown members are ignored */
    enum release since; /* the first release that has it */
    struct api_member members[API_MEMBERS_MAX];
};

/* Which of the two APIs an endpoint belongs to. */
enum api_base { API_CONFIG, API_PUBLIC };

/* Answer ${r}. ${a} was filled by answer_init. Any number of threads may do so at once. */
void api_answer(const struct api *api, const struct request *r, struct response *a);

/* The endpoints of each API: ${n} of them. */
const struct api_endpoint *config_endpoints(size_t *n);
const struct api_endpoint *public_endpoints(size_t *n);

/* The token endpoints; ${base} decides what they take and say. */
void login_answer(struct call *c, enum api_base base);

/* What has room of its own, for the lists above. Of groups there is a public and a config form of each. */
void groups_list(struct call *c);
void groups_get(struct call *c);
void groups_members(struct call *c);
void groups_permissions(struct call *c);
void groups_list_config(struct call *c);
void groups_get_config(struct call *c);
void groups_members_config(struct call *c);
void groups_permissions_config(struct call *c);
void invitations_list(struct call *c);
void audit_list(struct call *c);
void instance_configuration(struct call *c);
void instance_admins(struct call *c);

/* A number between 0 and ${n} - 1 for each i below ${n}, each once: an order that looks like none, always the same. */
size_t api_scatter(size_t i, size_t n);

#endif
