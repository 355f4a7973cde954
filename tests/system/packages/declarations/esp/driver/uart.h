#pragma once
#include <cstdint>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#define ESP_INTR_FLAG_IRAM (1 << 10)
typedef enum { UART_NUM_0, UART_NUM_1 } uart_port_t;
typedef struct QueueDefinition* QueueHandle_t;
extern "C" {
esp_err_t uart_driver_install(uart_port_t uart_num, int rx_buffer_size, int tx_buffer_size, int queue_size,
                              QueueHandle_t* uart_queue, int intr_alloc_flags);
int uart_read_bytes(uart_port_t uart_num, void* buf, uint32_t length, TickType_t ticks_to_wait);
}
