#include "hello.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bytes.h"
#include "fullio.h"
#include "json.h"
#include "pbwire.h"
#include "protojson.h"
#include "service/baton.pb-c.h"
#include "version.h"

#include <fcntl.h>

#define RELEASE_MAX 65536
#define TYPES_MAX 64
#define ARENA_MAX ((size_t)1 << 20)

#define PACKAGE "baton-airbyte"
#define DISPLAY_NAME "Airbyte Baton Connector"
#define DESCRIPTION "Connector syncing Airbyte organizations and users to Baton"

static void set_text(char to[HELLO_TEXT_MAX], const char *from, size_t len)
{
    size_t n = bytes_cut(from, len, HELLO_TEXT_MAX - 1);

    memcpy(to, from, n);
    to[n] = '\0';
    if (!json_utf8(to, n))
        *to = '\0';
}

/* ---- The machine. ---- */

static ssize_t read_file(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? fullio_read(fd, to, size) : -1;

    if (fd >= 0)
        close(fd);
    return n;
}

/* Take the value of ${name} from a line NAME=VALUE or NAME="VALUE". */
static void take_release(char to[HELLO_TEXT_MAX], const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);

    if (len <= n || memcmp(line, name, n) != 0)
        return;
    line += n;
    len -= n;
    if (len >= 2 && (*line == '"' || *line == '\'') && line[len - 1] == *line) {
        line++;
        len -= 2;
    }
    set_text(to, line, len);
}

void hello_read_release(struct machine *m, const char *release, size_t len)
{
    char like[HELLO_TEXT_MAX] = "";

    while (len > 0) {
        const char *end = memchr(release, '\n', len);
        size_t n = end != NULL ? (size_t)(end - release) : len;

        take_release(m->platform, release, n, "ID=");
        take_release(m->platform_version, release, n, "VERSION_ID=");
        take_release(like, release, n, "ID_LIKE=");
        n += end != NULL;
        release += n;
        len -= n;
    }
    /* The family is the first that a system says to be like: "debian", "rhel fedora". */
    set_text(m->platform_family, like, strcspn(like, " "));
}

static void stand_in(char to[HELLO_TEXT_MAX], const char *text)
{
    if (*to == '\0')
        set_text(to, text, strlen(text));
}

void hello_fill_gaps(struct machine *m)
{
    stand_in(m->hostname, "unknown");
    stand_in(m->os, "linux");
    stand_in(m->kernel_version, "unknown");
    stand_in(m->kernel_arch, "unknown");
    stand_in(m->platform, m->os);
    stand_in(m->platform_family, m->platform);
    stand_in(m->platform_version, m->kernel_version);
    stand_in(m->virtualization, "none");
}

static void look_at_container(struct machine *m)
{
    char cgroup[4096];
    ssize_t n = read_file("/proc/self/cgroup", cgroup, sizeof(cgroup) - 1);

    cgroup[n > 0 ? n : 0] = '\0';
    if (access("/.dockerenv", F_OK) == 0 || strstr(cgroup, "docker") != NULL)
        stand_in(m->virtualization, "docker");
    else if (strstr(cgroup, "lxc") != NULL)
        stand_in(m->virtualization, "lxc");
}

static void look_at_machine(struct machine *m)
{
    struct utsname u;
    char *release = malloc(RELEASE_MAX);
    ssize_t n = release != NULL ? read_file("/etc/os-release", release, RELEASE_MAX) : -1;

    if (uname(&u) == 0) {
        set_text(m->hostname, u.nodename, strlen(u.nodename));
        set_text(m->kernel_version, u.release, strlen(u.release));
        set_text(m->kernel_arch, u.machine, strlen(u.machine));
    }
    if (n > 0)
        hello_read_release(m, release, (size_t)n);
    free(release);
    look_at_container(m);
    hello_fill_gaps(m);
}

/* ---- What is synced. ---- */

static int compare_types(const void *x, const void *y)
{
    const C1__Connector__V2__ResourceType *a = *(C1__Connector__V2__ResourceType *const *)x;
    const C1__Connector__V2__ResourceType *b = *(C1__Connector__V2__ResourceType *const *)y;

    return bytes_compare(a->id.data, a->id.len, b->id.data, b->id.len);
}

/* Take one line; those that hold no resource type are passed over. */
static int take_line(struct hello *h, struct json *j, const char *line, size_t len, struct err *e)
{
    static const char frame[] = "{\"stream\":";
    ProtobufCMessage *msg;

    if (len == 0 || (len >= sizeof(frame) - 1 && memcmp(line, frame, sizeof(frame) - 1) == 0))
        return 0;
    json_begin(j, line, len, 0);
    if (protojson_read(j, &h->arena, &msg, e) < 0)
        return -1;
    if (msg->descriptor != &c1__connector__v2__resource_type__descriptor)
        return 0;
    if (h->ntypes == TYPES_MAX)
        return err_set(e, EX_SOFTWARE, "more than %d resource types", TYPES_MAX);
    h->type[h->ntypes++] = (C1__Connector__V2__ResourceType *)msg;
    return 0;
}

static int take_types(struct hello *h, const struct buf *records, struct err *e)
{
    const char *at = records->data, *end = at + records->len;
    struct json j;
    int r = 0;

    json_init(&j, NULL);
    while (r == 0 && at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t n = feed != NULL ? (size_t)(feed - at) : (size_t)(end - at);

        r = take_line(h, &j, at, n, e);
        at += n + 1;
    }
    json_release(&j);
    qsort(h->type, h->ntypes, sizeof(*h->type), compare_types);
    return r;
}

int hello_init(struct hello *h, const struct buf *records, struct err *e)
{
    char *own;

    *h = (struct hello){0};
    look_at_machine(&h->machine);
    arena_init(&h->arena, ARENA_MAX);
    h->type = arena_alloc(&h->arena, TYPES_MAX * sizeof(*h->type));
    /* Strings of records point into their text, which is therefore kept as long. */
    own = arena_dup(&h->arena, records->data, records->len);
    if (h->type == NULL || (own == NULL && records->len > 0))
        return err_set(e, EX_OSERR, "no memory");
    if (take_types(h, &(struct buf){.data = own, .len = records->len}, e) < 0)
        return -1;
    return h->ntypes > 0 ? 0 : err_set(e, EX_SOFTWARE, "the mapping names no resource types");
}

void hello_release(struct hello *h)
{
    arena_release(&h->arena);
}

const char *hello_host_id(const struct hello *h)
{
    const char *id = getenv("BATON_HOST_ID");

    id = id != NULL ? id : h->machine.hostname;
    return *id != '\0' && strlen(id) < HELLO_TEXT_MAX && json_utf8(id, strlen(id)) ? id : "baton-sdk";
}

/* ---- The message. ---- */

static void put_system(C1__Connectorapi__Baton__V1__BatonServiceHelloRequest__OSInfo *o, const struct machine *m)
{
    o->hostname = pbwire_field(m->hostname);
    o->os = pbwire_field(m->os);
    o->platform = pbwire_field(m->platform);
    o->platform_version = pbwire_field(m->platform_version);
    o->platform_family = pbwire_field(m->platform_family);
    o->kernel_version = pbwire_field(m->kernel_version);
    o->kernel_arch = pbwire_field(m->kernel_arch);
    o->virtualization_system = pbwire_field(m->virtualization);
}

static C1__Connector__V2__Capability sync_only[] = {C1__CONNECTOR__V2__CAPABILITY__CAPABILITY_SYNC};

/* What each type can, in ${slot} and ${list}, which have room for all. */
static void put_types(C1__Connector__V2__ConnectorCapabilities *c, const struct hello *h,
    C1__Connector__V2__ResourceTypeCapability *slot, C1__Connector__V2__ResourceTypeCapability **list,
    C1__Connector__V2__CapabilityPermissions *none)
{
    for (size_t i = 0; i < h->ntypes; i++) {
        slot[i] = (C1__Connector__V2__ResourceTypeCapability)C1__CONNECTOR__V2__RESOURCE_TYPE_CAPABILITY__INIT;
        slot[i].resource_type = h->type[i];
        slot[i].n_capabilities = 1;
        slot[i].capabilities = sync_only;
        slot[i].permissions = none;
        list[i] = &slot[i];
    }
    c->n_resource_type_capabilities = h->ntypes;
    c->resource_type_capabilities = list;
    c->n_connector_capabilities = 1;
    c->connector_capabilities = sync_only;
}

void hello_put(struct buf *out, const struct hello *h, const char *host_id, const char *task_id)
{
    C1__Connectorapi__Baton__V1__BatonServiceHelloRequest m =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_HELLO_REQUEST__INIT;
    C1__Connectorapi__Baton__V1__BatonServiceHelloRequest__BuildInfo build =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_HELLO_REQUEST__BUILD_INFO__INIT;
    C1__Connectorapi__Baton__V1__BatonServiceHelloRequest__OSInfo system =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_HELLO_REQUEST__OSINFO__INIT;
    C1__Connector__V2__ConnectorMetadata metadata = C1__CONNECTOR__V2__CONNECTOR_METADATA__INIT;
    C1__Connector__V2__ConnectorCapabilities capabilities = C1__CONNECTOR__V2__CONNECTOR_CAPABILITIES__INIT;
    C1__Connector__V2__CredentialDetails details = C1__CONNECTOR__V2__CREDENTIAL_DETAILS__INIT;
    C1__Connector__V2__CapabilityPermissions none = C1__CONNECTOR__V2__CAPABILITY_PERMISSIONS__INIT;
    C1__Connector__V2__ResourceTypeCapability slot[TYPES_MAX], *list[TYPES_MAX];

    build.lang_version = pbwire_field("C11 " __VERSION__);
    build.package = pbwire_field(PACKAGE);
    build.package_version = pbwire_field(AB_VERSION);
    put_system(&system, &h->machine);
    put_types(&capabilities, h, slot, list, &none);
    capabilities.credential_details = &details;
    metadata.display_name = pbwire_field(DISPLAY_NAME);
    metadata.description = pbwire_field(DESCRIPTION);
    metadata.capabilities = &capabilities;
    m.host_id = pbwire_field(host_id);
    m.task_id = pbwire_field(task_id);
    m.build_info = &build;
    m.os_info = &system;
    m.connector_metadata = &metadata;
    pbwire_pack(out, &m.base);
}
