// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace tmd::host {

/// Something a person has to put right. The message says what is wrong with which file and what to do, in one
/// line without a full stop; the program prints it after "tmd: error: ".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Does work on the contents of a file, whose name what is thrown then begins with.
template <class Work>
auto about(const std::string& file, Work&& work) try {
  return work();
} catch (const Error& error) {
  throw Error(file + ": " + error.what());
}

}  // namespace tmd::host
