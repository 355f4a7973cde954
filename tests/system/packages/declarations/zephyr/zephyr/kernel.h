#pragma once
#include <zephyr/device.h>
extern "C" int32_t k_msleep(int32_t ms);
