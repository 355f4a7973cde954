/* SPDX-License-Identifier: Apache-2.0 */
/* Zephyr's printk, for its sample on the monitor: through semihosting, at most 127 bytes a call. */
#ifndef ZEPHYR_SYS_PRINTK_H
#define ZEPHYR_SYS_PRINTK_H
#ifdef __cplusplus
extern "C" {
#endif
void printk(const char* format, ...) __attribute__((format(printf, 1, 2)));
#ifdef __cplusplus
}
#endif
#endif
