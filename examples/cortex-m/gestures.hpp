// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "images.hpp"
#include "interpreter/interpreter.hpp"
#include "semihosting.hpp"
#include "tmd/bytes.hpp"

/// The application: it tells gestures from the windows of an accelerometer. Here they were recorded.
namespace gestures {

constexpr const char* kNames[] = {"rest", "wave", "circle", "shake", "lift", "knock"};
constexpr std::size_t kClasses = sizeof(kNames) / sizeof(kNames[0]);
constexpr std::size_t kInput = 64 * 3;  // samples of three axes
constexpr std::size_t kShown = 6;       // windows that are printed; all are counted
constexpr std::size_t kArena = 3328;    // tmd run tells it

inline std::size_t recorded() {
  return images::windows().size() / (1 + kInput);
}
inline tmd::ConstBytes window(std::size_t index) {
  return images::windows().slice(index * (1 + kInput), 1 + kInput);
}

/// One model in its slot, ready to run.
class Classifier {
 public:
  explicit Classifier(tmd::ConstBytes model)
      : ready_(interpreter().load(model, tmd::MutableBytes(arena())) == Ok) {}

  bool ready() {
    return ready_ && interpreter().input().size() == kInput && interpreter().output().size() == kClasses;
  }
  /// The gesture of a window; kClasses where the model cannot be run.
  std::size_t name(tmd::ConstBytes window) {
    if (!ready()) return kClasses;
    tmd::copy_bytes(window.from(1), interpreter().input());
    if (interpreter().invoke() != Ok) return kClasses;
    const tmd::ConstBytes scores = interpreter().output();
    std::size_t best = 0;
    for (std::size_t i = 1; i < kClasses; ++i)
      if (static_cast<std::int8_t>(scores[i]) > static_cast<std::int8_t>(scores[best])) best = i;
    return best;
  }

 private:
  static constexpr auto Ok = tmd::host::interpreter::InterpreterStatus::ok;
  using Interpreter = tmd::host::interpreter::BasicInterpreter<tmd::host::interpreter::Capacity<48, false>>;
  // Static: too large for the stack of a small board.
  static Interpreter& interpreter() {
    static Interpreter interpreter;
    return interpreter;
  }
  using Arena = std::uint8_t[kArena];
  static Arena& arena() {
    static Arena arena;
    return arena;
  }

  bool ready_;
};

/// How many of the first `count` windows the model names right.
inline unsigned score(tmd::ConstBytes model, std::size_t count) {
  Classifier classifier(model);
  unsigned right = 0;
  for (std::size_t i = 0; i < count && i < recorded(); ++i)
    right += classifier.name(window(i)) == window(i)[0] ? 1U : 0U;
  return right;
}

/// Prints what the model makes of the first windows, and how many of all it names right; returns that number.
inline unsigned show(const char* when, tmd::ConstBytes model) {
  semihosting::write(when);
  semihosting::write(":");
  Classifier classifier(model);
  unsigned right = 0;
  for (std::size_t i = 0; i < recorded(); ++i) {
    const std::size_t named = classifier.name(window(i));
    const std::size_t truth = window(i)[0];
    right += named == truth ? 1U : 0U;
    if (i >= kShown) continue;
    semihosting::write(" ");
    semihosting::write(named < kClasses ? kNames[named] : "-");
    if (named == truth) continue;
    semihosting::write("(is ");
    semihosting::write(truth < kClasses ? kNames[truth] : "?");
    semihosting::write(")");
  }
  semihosting::write("\n");
  semihosting::write(when);
  semihosting::write("\t");
  semihosting::write(right);
  semihosting::write(" of ");
  semihosting::write(static_cast<std::uint32_t>(recorded()));
  semihosting::write(" right\n");
  return right;
}

}  // namespace gestures
