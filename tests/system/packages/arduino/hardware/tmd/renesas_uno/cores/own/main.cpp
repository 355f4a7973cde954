// SPDX-License-Identifier: Apache-2.0
#include "Arduino.h"

static volatile unsigned serial_register;
SerialPort Serial;

int SerialPort::available() {
  return static_cast<int>(serial_register & 1);
}
unsigned long millis() {
  return 0;
}
int SerialPort::read() {
  return static_cast<int>(serial_register);
}
void SerialPort::print(const char* text) {
  while (*text != 0) serial_register = static_cast<unsigned char>(*text++);
}
void SerialPort::print(unsigned long number) {
  serial_register = number;
}
void SerialPort::println(const char* text) {
  print(text);
}
void SerialPort::println(unsigned long number) {
  print(number);
}

int main() {
  setup();
  for (;;) loop();
}
