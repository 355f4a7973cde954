// SPDX-License-Identifier: Apache-2.0
// examples/esp32 on the host, in a time of its own: what a chip does that ESP-IDF's target linux does not. The files
// that are named come over the console's UART, two seconds between them, as fast as 115,200 baud bring them. Bytes that
// find the FIFO full are lost; an erase, and a program, keep interrupts away whose code is not in RAM; standard input
// makes line feeds of carriage returns, as it does unless sdkconfig says otherwise (components/esp_driver_uart,
// esp_flash of ESP-IDF).
// usage: chip N FILE...   N: so many programs and erases are done, and all after them fail; says how many there were
// CONFIG_UART_ISR_IN_IRAM, CONFIG_NEWLIB_STDIN_LINE_ENDING_LF: 1 where sdkconfig.defaults has them
#include <esp_partition.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <set>
#include <vector>

#include "driver/uart.h"
#include "freertos/task.h"

extern "C" void app_main();

namespace {

constexpr std::uint64_t kByte = 87;       // microseconds of ten bits at 115,200 baud
constexpr std::uint64_t kTick = 10'000;   // CONFIG_FREERTOS_HZ is 100
constexpr std::uint64_t kErase = 45'000;  // a block of SPI NOR
constexpr std::uint64_t kProgram = 3;     // a byte of it
constexpr std::uint64_t kPause = 2'000'000;
constexpr std::size_t kFifo = 128;

std::uint64_t now = 0;
std::vector<std::uint8_t> patch;
std::set<std::size_t> pauses;  // before these bytes of it
std::size_t sent = 0;
std::uint64_t next_byte = 0;
std::deque<std::uint8_t> fifo, ring;
std::size_t ring_size = 0;
bool is_isr_in_ram = false;
std::uint64_t quiet = 0;  // ticks since the last byte was sent

void empty_fifo() {
  for (; !fifo.empty() && ring.size() < ring_size; fifo.pop_front()) ring.push_back(fifo.front());
}
void pass(std::uint64_t time, bool is_flash_busy) {
  now += time;
  while (sent < patch.size() && next_byte <= now) {
    if (fifo.size() < kFifo) fifo.push_back(patch[sent]);
    if (!is_flash_busy || is_isr_in_ram) empty_fifo();
    next_byte += pauses.count(++sent) != 0 ? kPause : kByte;
  }
  if (!is_flash_busy) empty_fifo();
}

ssize_t read_console(void*, char* out, std::size_t size) {
  std::size_t count = 0;
  for (; count < size && !fifo.empty(); ++count, fifo.pop_front()) {
    out[count] = static_cast<char>(fifo.front());
#if !CONFIG_NEWLIB_STDIN_LINE_ENDING_LF
    if (out[count] == '\r') out[count] = '\n';
#endif
  }
  return static_cast<ssize_t>(count);
}

unsigned long operations = 0, working_operations = 0;
bool fails() {
  return ++operations > working_operations;
}

constexpr std::size_t kPartition = 0x30000;
std::uint8_t cells[kPartition];
const esp_partition_t models = {
    nullptr, ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, 0x110000, kPartition, 4096, "models", false,
    false};

}  // namespace

void vTaskDelay(const TickType_t ticks) {
  pass(ticks * kTick, false);
  quiet = sent < patch.size() ? 0 : quiet + 1;
  if (quiet <= 100) return;
  std::printf("%lu flash operations\n", operations);
  std::exit(0);
}
esp_err_t uart_driver_install(uart_port_t, int rx, int, int, QueueHandle_t*, int flags) {
  if (static_cast<std::size_t>(rx) <= kFifo) return ESP_FAIL;
  ring_size = static_cast<std::size_t>(rx);
#if CONFIG_UART_ISR_IN_IRAM
  is_isr_in_ram = (flags & ESP_INTR_FLAG_IRAM) != 0;
#endif
  return (flags & ~ESP_INTR_FLAG_IRAM) == 0 ? ESP_OK : ESP_FAIL;
}
int uart_read_bytes(uart_port_t, void* out, std::uint32_t length, TickType_t) {
  if (ring_size == 0) return -1;
  std::uint32_t count = 0;
  for (; count < length && !ring.empty(); ++count, ring.pop_front())
    static_cast<std::uint8_t*>(out)[count] = ring.front();
  empty_fifo();
  return static_cast<int>(count);
}

const esp_partition_t* esp_partition_find_first(esp_partition_type_t, esp_partition_subtype_t,
                                                const char* label) {
  return std::strcmp(label, models.label) == 0 ? &models : nullptr;
}
esp_err_t esp_partition_read(const esp_partition_t*, std::size_t at, void* out, std::size_t size) {
  std::memcpy(out, cells + at, size);
  return ESP_OK;
}
esp_err_t esp_partition_read_raw(const esp_partition_t* partition, std::size_t at, void* out,
                                 std::size_t size) {
  return esp_partition_read(partition, at, out, size);
}
esp_err_t esp_partition_write(const esp_partition_t*, std::size_t at, const void* bytes, std::size_t size) {
  if (fails()) return ESP_FAIL;
  for (std::size_t i = 0; i < size; ++i)
    cells[at + i] = static_cast<std::uint8_t>(cells[at + i] & static_cast<const std::uint8_t*>(bytes)[i]);
  pass(size * kProgram, true);
  return ESP_OK;
}
esp_err_t esp_partition_erase_range(const esp_partition_t*, std::size_t at, std::size_t size) {
  if (fails()) return ESP_FAIL;
  std::memset(cells + at, 0xFF, size);
  pass(size / 4096 * kErase, true);
  return ESP_OK;
}

int main(int count, char** arguments) {
  if (count < 3) return 2;
  working_operations = std::strtoul(arguments[1], nullptr, 10);
  for (int i = 2; i < count; ++i) {
    std::FILE* const file = std::fopen(arguments[i], "rb");
    if (file == nullptr) return 2;
    for (int byte = std::getc(file); byte != EOF; byte = std::getc(file))
      patch.push_back(static_cast<std::uint8_t>(byte));
    std::fclose(file);
    pauses.insert(patch.size());
  }
  std::memset(cells, 0xFF, sizeof(cells));
  next_byte = 1'000'000;  // the sender waits until the board has booted
  stdin = fopencookie(nullptr, "r", {read_console, nullptr, nullptr, nullptr});
  app_main();
}
