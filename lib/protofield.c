#include "protofield.h"

#define NUMBER_MAX ((UINT64_C(1) << 29) - 1)

bool protofield_next(struct reader *in, struct protofield *f)
{
    uint64_t tag;

    if (reader_left(in) == 0)
        return false;
    tag = reader_uv(in);
    *f = (struct protofield){.number = (uint32_t)(tag >> 3), .wire = tag & 7};
    if (tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
        in->bad = true;
    switch (f->wire) {
    case PROTOFIELD_VARINT:
        f->value = reader_uv(in);
        break;
    case PROTOFIELD_64:
        f->value = reader_le(in, 8);
        break;
    case PROTOFIELD_BYTES:
        f->bytes = reader_prefixed(in);
        break;
    case PROTOFIELD_32:
        f->value = reader_le(in, 4);
        break;
    default: /* groups, which proto3 does not have */
        in->bad = true;
    }
    return !in->bad;
}
