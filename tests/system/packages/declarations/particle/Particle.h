#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

// Device OS has the macros of Arduino cores.
#define bit(b) (1UL << (b))
#define sq(x) ((x) * (x))
#define word(...) makeWord(__VA_ARGS__)
#define F(text) (text)
#define HIGH 0x1
#define LOW 0x0

class USBSerial {
 public:
  void begin(long speed);
  int available();
  int read();
  size_t println(const char* text);
  size_t printlnf(const char* format, ...) __attribute__((format(printf, 2, 3)));
};
extern USBSerial Serial;
uint32_t millis();
