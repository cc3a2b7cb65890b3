#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

const struct confine_row confine_table[] = {
    {"ab-token", true, CONFINE_NETWORK, "the file with the secret, certificates", "the cache's folder, the terminal"},
    {"ab-fetch", true, CONFINE_NETWORK | CONFINE_STARTER, "certificates, the file with a token",
        "the journal's folder, unnamed files in `TMPDIR`"},
    {"ab-map", true, 0, "while a filter of the user's own is compiled: its folder and those of `-L`; then none", NULL},
    {"c1z-pack", true, 0, "the file that is there", "the folder of the file; files in `TMPDIR`"},
    {"c1z-cat", true, 0, "the file", "unnamed files in `TMPDIR`"},
    {"ab-who", true, 0, "the file", "unnamed files in `TMPDIR`"},
    {"c1z-diff", true, 0, "the files", "unnamed files in `TMPDIR`"},
    {"c1z-report", true, 0, "the files", "the folder of the report; unnamed files in `TMPDIR`"},
    {"c1z-mask", true, 0, NULL, NULL},
    {"ab-split", true, 0, "the input", "the folder in which the parts' folder stands; unnamed files in `TMPDIR`"},
    {"ab-config", true, 0, "the file", NULL},
    {"c1z-frame", false, 0, NULL, NULL},
    {"ab-stage", false, 0, NULL, NULL},
    {"c1-serve", false, 0, NULL, NULL},
    {"baton-airbyte", false, 0, NULL, NULL},
};
const size_t confine_rows = sizeof(confine_table) / sizeof(confine_table[0]);

/* ---- Landlock: its numbers as in the kernel's interface, of which older headers have only the first part. ---- */

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_REFER = 1 << 13,    /* from version 2 */
    FS_TRUNCATE = 1 << 14, /* 3 */
    FS_IOCTL_DEV = 1 << 15 /* 5 */
};
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };     /* 4 */
enum { SCOPE_ABSTRACT_UNIX = 1 << 0, SCOPE_SIGNAL = 1 << 1 }; /* 6 */
enum { RULE_PATH_BENEATH = 1, ASK_VERSION = 1 };

#define FS_READS (FS_READ_FILE | FS_READ_DIR)
#define FS_WRITES \
    (FS_READS | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | FS_TRUNCATE)
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

/* All that a kernel of version N can refuse about files: the low bits up to this many. */
static const unsigned fs_bits[] = {0, 13, 14, 15, 15, 16};

struct ruleset_attr {
    uint64_t fs, net, scoped;
};

struct path_attr {
    uint64_t access;
    int32_t fd;
} __attribute__((packed));

static uint64_t fs_handled(long version)
{
    long last = (long)(sizeof(fs_bits) / sizeof(fs_bits[0])) - 1;

    return (UINT64_C(1) << fs_bits[version < last ? version : last]) - 1;
}

static long landlock_version(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, (uint32_t)ASK_VERSION);
}

/* A new ruleset that refuses everything this kernel can, and ${keeps} does not keep; or -1. */
static int ruleset_new(unsigned keeps)
{
    long version = landlock_version();
    struct ruleset_attr attr = {0};
    size_t size = version >= 6 ? sizeof(attr) : version >= 4 ? sizeof(attr.fs) * 2 : sizeof(attr.fs);

    if (version < 1)
        return -1;
    attr.fs = fs_handled(version);
    if (version >= 4 && (keeps & CONFINE_NETWORK) == 0)
        attr.net = NET_BIND_TCP | NET_CONNECT_TCP;
    if (version >= 6)
        attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
    return (int)syscall(SYS_landlock_create_ruleset, &attr, size, (uint32_t)0);
}

/* Allow ${access}, as far as this kernel knows it and it makes sense there, at ${path}. */
static void allow(const struct confine *c, const char *path, uint64_t access)
{
    struct path_attr rule = {.access = access & fs_handled(landlock_version())};
    struct stat st;

    if (c->ruleset < 0 || path == NULL)
        return;
    rule.fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.fd < 0)
        return;
    if (fstat(rule.fd, &st) < 0 || !S_ISDIR(st.st_mode))
        rule.access &= FS_OF_FILES;
    /* A pipe that /dev/fd names (EBADFD) is open, and stands in no folder that could be refused. */
    if (syscall(SYS_landlock_add_rule, c->ruleset, (int)RULE_PATH_BENEATH, &rule, (uint32_t)0) < 0 && errno != EBADFD)
        log_debug("not allowed by Landlock", LOG_STR("path", path), LOG_STR("error", strerror(errno)));
    close(rule.fd);
}

/* ---- seccomp: what none of these programs needs, and what only some do. ---- */

/* What would lead out of the process: other processes, the kernel, rings of requests that no filter sees. */
static const int never[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(io_uring_setup), SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(kexec_load)};
static const int network[] = {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
    SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4)};

/* Refuse these calls with EPERM, which the program meets as any other error.  Return 0, or a negated errno. */
static int refuse(scmp_filter_ctx filter, const int *call, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call[i], 0);

        if (r < 0)
            return r;
    }
    return 0;
}

static void refuse_calls(unsigned keeps)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int r = filter == NULL ? -ENOMEM : refuse(filter, never, sizeof(never) / sizeof(never[0]));

    if (r == 0 && (keeps & CONFINE_NETWORK) == 0)
        r = refuse(filter, network, sizeof(network) / sizeof(network[0]));
    if (r == 0)
        r = seccomp_load(filter);
    if (r < 0)
        log_debug("system calls are not confined", LOG_STR("error", strerror(-r)));
    seccomp_release(filter);
}

/* ---- Both. ---- */

/* What name look-ups, certificates and the libraries behind them read.  No place for secrets of people. */
static const char *const network_reads[] = {"/etc", "/usr", "/lib", "/lib64", "/run", "/var/lib/ca-certificates"};

void confine_begin(struct confine *c, const char *tool)
{
    *c = (struct confine){.ruleset = -1};
    for (size_t i = 0; i < confine_rows; i++)
        if (strcmp(confine_table[i].tool, tool) == 0)
            c->row = &confine_table[i];
    c->ruleset = ruleset_new(c->row->keeps);
    allow(c, "/dev/urandom", FS_READS);
    if ((c->row->keeps & CONFINE_NETWORK) == 0)
        return;
    for (size_t i = 0; i < sizeof(network_reads) / sizeof(network_reads[0]); i++)
        allow(c, network_reads[i], FS_READS);
}

void confine_read(struct confine *c, const char *path)
{
    allow(c, path, FS_READS);
}

void confine_use(struct confine *c, const char *path)
{
    allow(c, path, FS_READ_FILE | FS_WRITE_FILE);
}

void confine_write(struct confine *c, const char *dir)
{
    allow(c, dir, FS_WRITES);
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED false
#endif

void confine_enter(struct confine *c)
{
    if (!SANITIZED && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        if (c->ruleset < 0 || syscall(SYS_landlock_restrict_self, c->ruleset, (uint32_t)0) < 0)
            log_debug("files are not confined", LOG_STR("error", strerror(errno)));
        refuse_calls(c->row->keeps);
    }
    if (c->ruleset >= 0)
        close(c->ruleset);
    c->ruleset = -1;
}

void confine_self(const char *tool, const char *file, const char *dir)
{
    struct confine c;

    confine_begin(&c, tool);
    confine_read(&c, file);
    confine_write(&c, dir);
    confine_enter(&c);
}

void confine_print(struct buf *out)
{
    buf_puts(out, "| program | network | starts programs | reads | makes and writes |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < confine_rows; i++) {
        const struct confine_row *row = &confine_table[i];

        if (!row->confined) {
            buf_printf(out, "| `%s` | not confined: it starts others | | | |\n", row->tool);
            continue;
        }
        buf_printf(out, "| `%s` | %s | %s | %s | %s |\n", row->tool, row->keeps & CONFINE_NETWORK ? "yes" : "no",
            row->keeps & CONFINE_STARTER ? "by a process forked before" : "no", row->reads ? row->reads : "nothing",
            row->writes ? row->writes : "nothing");
    }
}
