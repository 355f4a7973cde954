// SPDX-License-Identifier: Apache-2.0
// The least of an Arduino core that a sketch for this test needs, with the macros of several cores at once: what a
// library must live with.
#pragma once

// Cores include these themselves, before their macros would break them.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define constrain(amt, low, high) ((amt) < (low) ? (low) : ((amt) > (high) ? (high) : (amt)))
#define sq(x) ((x) * (x))
#define bit(b) (1UL << (b))
#define bitRead(value, b) (((value) >> (b)) & 1)
#define bitSet(value, b) ((value) |= bit(b))
#define bitClear(value, b) ((value) &= ~bit(b))
#define lowByte(w) ((uint8_t)((w)&0xff))
#define highByte(w) ((uint8_t)((w) >> 8))
#define word(...) makeWord(__VA_ARGS__)
#define F(text) (text)
#define _BV(b) (1UL << (b))
#define PI 3.1415926535897932384626433832795
#define HIGH 1
#define LOW 0
#define INPUT 0
#define OUTPUT 1
#define DEFAULT 1
#define EXTERNAL 0
#define INTERNAL 2
#define SERIAL 0
#define DISPLAY 1
#define CHANGE 2
#define B0 0
#define B1 1
#define B10 2
#define B11111111 255
#define SP 0x5D
#define __I volatile const
#define __IO volatile
#define interrupts()
#define noInterrupts()
typedef bool boolean;
typedef uint8_t byte;

class SerialPort {
 public:
  void begin(unsigned long) {}
  int available();
  int read();
  void print(const char* text);
  void print(unsigned long number);
  void println(const char* text);
  void println(unsigned long number);
};
extern SerialPort Serial;
unsigned long millis();

void setup();
void loop();
