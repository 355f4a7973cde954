// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace modelgen {

// The last digit of sin, exp and log differs between C libraries, and a training run magnifies it. These use
// nothing but the four operations that IEEE 754 fixes to the bit; seven digits are enough here.

/// The sine of an angle given in turns: sine(0.25) is 1.
constexpr double sine(double turns) {
  const long long whole = static_cast<long long>(turns);
  double x = turns - static_cast<double>(whole);  // (-1, 1)
  if (x > 0.5) x -= 1.0;
  if (x < -0.5) x += 1.0;
  if (x > 0.25) x = 0.5 - x;
  if (x < -0.25) x = -0.5 - x;
  const double angle = x * 6.283185307179586;  // at most a quarter turn, where the series is short
  const double square = angle * angle;
  double term = angle;
  double sum = angle;
  for (int n = 2; n <= 18; n += 2) {
    term *= -square / static_cast<double>(n * (n + 1));
    sum += term;
  }
  return sum;
}

constexpr double cosine(double turns) {
  return sine(turns + 0.25);
}

/// e to the power of x; 0 below -700 and without a meaning above 700.
constexpr double exponential(double x) {
  if (x < -700.0) return 0.0;
  const double halvings = x * 1.4426950408889634;
  const int power = static_cast<int>(halvings < 0 ? halvings - 0.5 : halvings + 0.5);
  const double rest = x - static_cast<double>(power) * 0.6931471805599453;  // within half of log 2
  double term = 1.0;
  double sum = 1.0;
  for (int n = 1; n <= 12; ++n) {
    term *= rest / static_cast<double>(n);
    sum += term;
  }
  for (int n = 0; n < power; ++n) sum *= 2.0;
  for (int n = 0; n > power; --n) sum *= 0.5;
  return sum;
}

/// The natural logarithm of a positive number.
constexpr double logarithm(double x) {
  int power = 0;
  while (x > 1.5) x *= 0.5, ++power;
  while (x < 0.75) x *= 2.0, --power;
  const double y = (x - 1.0) / (x + 1.0);  // log x = 2 artanh y
  double odd = y;
  double sum = 0.0;
  for (int n = 1; n <= 19; n += 2) {
    sum += odd / static_cast<double>(n);
    odd *= y * y;
  }
  return 2.0 * sum + static_cast<double>(power) * 0.6931471805599453;
}

}  // namespace modelgen
