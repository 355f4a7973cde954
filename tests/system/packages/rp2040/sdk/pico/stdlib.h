// SPDX-License-Identifier: Apache-2.0
// What examples/pico uses of the Pico SDK, by the same names, over the bare chip: for the emulator.
#pragma once

#include <cstdint>

constexpr int PICO_ERROR_TIMEOUT = -1;

void stdio_init_all();
/// The next byte from UART 0, or PICO_ERROR_TIMEOUT where none comes for so long.
int getchar_timeout_us(std::uint32_t microseconds);
