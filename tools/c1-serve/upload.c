#include "upload.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pbwire.h"
#include "protofield.h"
#include "rpc.h"
#include "service/baton.pb-c.h"

#define HEAD_MAX 4096
#define DIGEST_LEN 32

/* The fields of the bytes of a file: BatonServiceUploadAssetRequest.data, and UploadData.data in it. */
enum { FIELD_DATA_MESSAGE = 101, FIELD_DATA = 1 };

typedef C1__Connectorapi__Baton__V1__BatonServiceUploadAssetRequest request;

static void put_prefix(struct buf *out, size_t len)
{
    uint8_t prefix[RPC_PREFIX_LEN];

    rpc_prefix(prefix, len);
    buf_append(out, prefix, sizeof(prefix));
}

/* Append a whole message to ${out}, which is empty. */
static int put_message(struct buf *out, const request *message)
{
    struct buf packed;

    buf_init(&packed, HEAD_MAX);
    pbwire_pack(&packed, &message->base);
    put_prefix(out, packed.len);
    buf_append(out, packed.data, packed.len);
    if (packed.failed)
        out->failed = true;
    buf_release(&packed);
    return out->failed ? -1 : 0;
}

static int put_metadata(struct buf *out, const char *host_id, const char *task_id)
{
    C1__Connectorapi__Baton__V1__BatonServiceUploadAssetRequest__UploadMetadata metadata =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_UPLOAD_ASSET_REQUEST__UPLOAD_METADATA__INIT;
    request message = C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_UPLOAD_ASSET_REQUEST__INIT;

    metadata.host_id = pbwire_field(host_id);
    metadata.task_id = pbwire_field(task_id);
    message.msg_case = C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_UPLOAD_ASSET_REQUEST__MSG_METADATA;
    message.metadata = &metadata;
    return put_message(out, &message);
}

/* What stands before ${n} bytes of the file: the prefix, and the tags and lengths of two messages, one in the other. */
static void put_chunk(struct upload *u, size_t n)
{
    struct buf inner;

    buf_init(&inner, HEAD_MAX);
    protofield_put_head(&inner, FIELD_DATA, n);
    buf_clear(&u->head);
    protofield_put_head(&u->head, FIELD_DATA_MESSAGE, inner.len + n);
    buf_append(&u->head, inner.data, inner.len);
    buf_clear(&inner);
    put_prefix(&inner, u->head.len + n);
    buf_append(&inner, u->head.data, u->head.len);
    buf_clear(&u->head);
    buf_append(&u->head, inner.data, inner.len);
    buf_release(&inner);
    u->chunk_left = n;
}

static int put_end(struct upload *u)
{
    unsigned char digest[DIGEST_LEN];
    C1__Connectorapi__Baton__V1__BatonServiceUploadAssetRequest__UploadEOF eof =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_UPLOAD_ASSET_REQUEST__UPLOAD_EOF__INIT;
    request message = C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_UPLOAD_ASSET_REQUEST__INIT;

    if (EVP_DigestFinal_ex(u->digest, digest, NULL) != 1)
        return -1;
    eof.sha256_checksum = (ProtobufCBinaryData){.len = sizeof(digest), .data = digest};
    message.msg_case = C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_UPLOAD_ASSET_REQUEST__MSG_EOF;
    message.eof = &eof;
    buf_clear(&u->head);
    u->finished = true;
    return put_message(&u->head, &message);
}

/* Prepare the next message. Return 1, or 0 behind the last one, or -1. */
static int next_message(struct upload *u)
{
    off_t left = u->size - u->at;

    if (u->finished)
        return 0;
    u->head_at = 0;
    if (left == 0)
        return put_end(u) < 0 ? -1 : 1;
    put_chunk(u, left < UPLOAD_CHUNK ? (size_t)left : UPLOAD_CHUNK);
    return u->head.failed ? -1 : 1;
}

static ssize_t read_head(struct upload *u, uint8_t *to, size_t size)
{
    size_t n = u->head.len - u->head_at;

    if (n > size)
        n = size;
    memcpy(to, u->head.data + u->head_at, n);
    u->head_at += n;
    return (ssize_t)n;
}

static ssize_t read_file(struct upload *u, uint8_t *to, size_t size)
{
    ssize_t n = pread(u->fd, to, size < u->chunk_left ? size : u->chunk_left, u->at);

    if (n <= 0 || EVP_DigestUpdate(u->digest, to, (size_t)n) != 1)
        return -1;
    u->at += n;
    u->chunk_left -= (size_t)n;
    return n;
}

ssize_t upload_read(void *arg, uint8_t *to, size_t size)
{
    struct upload *u = arg;
    int r;

    if (u->head_at < u->head.len)
        return read_head(u, to, size);
    if (u->chunk_left > 0)
        return read_file(u, to, size);
    r = next_message(u);
    return r > 0 ? read_head(u, to, size) : r;
}

int upload_rewind(void *arg)
{
    struct upload *u = arg;

    u->at = 0;
    u->chunk_left = u->head_at = 0;
    u->finished = false;
    buf_clear(&u->head);
    buf_append(&u->head, u->metadata.data, u->metadata.len);
    return !u->head.failed && EVP_DigestInit_ex(u->digest, EVP_sha256(), NULL) == 1 ? 0 : -1;
}

int upload_open(struct upload *u, int fd, const char *host_id, const char *task_id, struct err *e)
{
    struct stat st;

    *u = (struct upload){.fd = fd};
    buf_init(&u->metadata, HEAD_MAX);
    buf_init(&u->head, HEAD_MAX);
    if (fstat(fd, &st) < 0)
        return err_sys(e, EX_IOERR, "cannot look at the file to upload");
    u->size = st.st_size;
    u->digest = EVP_MD_CTX_new();
    if (u->digest != NULL && put_metadata(&u->metadata, host_id, task_id) == 0 && upload_rewind(u) == 0)
        return 0;
    return err_set(e, EX_OSERR, "no memory");
}

void upload_close(struct upload *u)
{
    EVP_MD_CTX_free(u->digest);
    buf_release(&u->metadata);
    buf_release(&u->head);
}
