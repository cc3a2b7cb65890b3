/*
 * upload.h: a file as the messages of UploadAsset (reference/conductorone-service.md section 3.3): one of metadata, the
 * bytes in messages of 512 KiB, one with their SHA-256.
 */
#ifndef C1_SERVE_UPLOAD_H
#define C1_SERVE_UPLOAD_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

/* The bytes of the file in one message; the service takes up to twice as much. */
#define UPLOAD_CHUNK 524288

/*
 * A file on its way: ${at} of ${size} bytes are sent.  ${head} is what stands before the next bytes of the file, sent up
 * to ${head_at}; ${chunk_left} bytes of the file belong behind it.  ${metadata} is the first message, whole.
 */
struct upload {
    int fd;
    off_t size, at;
    struct buf metadata, head;
    size_t head_at, chunk_left;
    bool finished; /* the last message is in ${head} */
    EVP_MD_CTX *digest;
};

/**
 * upload_open(u, fd, host_id, task_id, e):
 * Begin with the regular file ${fd}, which stays the caller's and does not change meanwhile.  Return 0, or -1 with ${e}.
 */
int upload_open(struct upload *u, int fd, const char *host_id, const char *task_id, struct err *e);
void upload_close(struct upload *u);

/* As struct h2_body and struct rpc_call want them; ${arg} is a struct upload. */
ssize_t upload_read(void *arg, uint8_t *to, size_t size);
int upload_rewind(void *arg);

#endif
