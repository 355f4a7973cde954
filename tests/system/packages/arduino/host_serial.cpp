// SPDX-License-Identifier: Apache-2.0
// A sketch on the host: the files that are named come over its serial port, one after the other, and what it prints
// goes to the standard output. Nothing comes behind a file until the sketch asks whether there is more; ends behind the
// last one.
#include <cstdio>
#include <cstdlib>

#include "Arduino.h"

SerialPort Serial;

static char** next_name;
static std::FILE* file;

int SerialPort::available() {
  if (file == nullptr) {
    if (*next_name == nullptr) std::exit(0);
    file = std::fopen(*next_name++, "rb");
    if (file == nullptr) std::exit(2);
  }
  const int next = std::getc(file);
  if (next != EOF) {
    std::ungetc(next, file);
    return 1;
  }
  std::fclose(file);
  file = nullptr;
  return 0;
}
int SerialPort::read() {
  return file == nullptr ? -1 : std::getc(file);
}
unsigned long millis() {
  static unsigned long now = 0;
  return ++now;
}
void SerialPort::print(const char* text) {
  std::fputs(text, stdout);
}
void SerialPort::print(unsigned long number) {
  std::printf("%lu", number);
}
void SerialPort::println(const char* text) {
  std::puts(text);
}
void SerialPort::println(unsigned long number) {
  std::printf("%lu\n", number);
}

int main(int, char** arguments) {
  next_name = arguments + 1;
  setup();
  for (;;) loop();
}
