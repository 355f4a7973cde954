// SPDX-License-Identifier: Apache-2.0
// What the Zephyr application in ../zephyr needs of Zephyr, over the monitor: its start, and printk.
#include <cstdarg>
#include <cstdio>

#include "client.hpp"
#include "zephyr/sys/printk.h"

extern "C" int sample_main();  // its main, renamed by the build

void printk(const char* format, ...) {
  char line[128];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  semihosting::write(line);
}

int run() {
  return sample_main();
}

void tick_handler() {}
