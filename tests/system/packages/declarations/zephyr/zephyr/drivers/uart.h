#pragma once
#include <zephyr/device.h>
#include <cstdint>
extern "C" int uart_poll_in(const struct device* dev, unsigned char* p_char);
typedef void (*uart_irq_callback_user_data_t)(const struct device* dev, void* user_data);
extern "C" int uart_irq_callback_set(const struct device* dev, uart_irq_callback_user_data_t cb);
extern "C" int uart_irq_update(const struct device* dev);
extern "C" int uart_irq_rx_ready(const struct device* dev);
extern "C" int uart_fifo_read(const struct device* dev, std::uint8_t* rx_data, const int size);
extern "C" void uart_irq_rx_enable(const struct device* dev);
extern "C" void uart_irq_rx_disable(const struct device* dev);
