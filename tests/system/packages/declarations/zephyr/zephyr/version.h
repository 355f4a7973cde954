#pragma once
#define ZEPHYR_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#define KERNEL_VERSION_NUMBER 0x030700
#define KERNELVERSION 0x03070000
