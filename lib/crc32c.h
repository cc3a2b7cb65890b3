/*
 * crc32c.h: the checksum of Pebble's logs and tables: CRC-32C (Castagnoli), masked so that the sum of bytes that hold a
 * sum says something (reference/c1z-v3.md section 2.2).
 */
#ifndef AB_CRC32C_H
#define AB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The plain sum of ${len} bytes behind those whose sum is ${crc} (0: none), and the mask. */
uint32_t crc32c_update(uint32_t crc, const void *data, size_t len);
uint32_t crc32c_mask(uint32_t crc);

/* The same as crc32c_update where the processor has no instruction for it: several times as slow. */
uint32_t crc32c_update_by_tables(uint32_t crc, const void *data, size_t len);

/* The masked sum of ${len} bytes at ${data}. */
uint32_t crc32c_masked(const void *data, size_t len);

#endif
