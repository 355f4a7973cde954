#pragma once
#include <zephyr/device.h>
extern "C" int uart_poll_in(const struct device* dev, unsigned char* p_char);
