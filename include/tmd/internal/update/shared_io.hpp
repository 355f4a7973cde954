// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd::detail {

/// What a decoder reads and writes through, behind one type for several ways to do so: where a firmware has more than
/// one, the decoder is in it once all the same. None of it is pure: that would need a C++ library to link with.
class SharedIo {
 public:
  virtual Status read_base(std::uint32_t, const MutableBytes&) { return Status::wrong_state; }
  virtual Status read_target(std::uint32_t, const MutableBytes&) { return Status::wrong_state; }
  virtual std::uint32_t room() const { return 0; }
  virtual void put(std::uint8_t) {}
  virtual std::uint32_t read_floor(std::uint32_t) const { return 0; }

 protected:
  SharedIo() = default;
  ~SharedIo() = default;
};

/// `Io` behind that type; itself where a configuration has no other.
template <class Io, bool kShared>
class Shareable final : public SharedIo {
 public:
  template <class... Arguments>
  explicit Shareable(Arguments&... arguments) : io_{arguments...} {}
  SharedIo& shared() { return *this; }

  Status read_base(std::uint32_t offset, const MutableBytes& out) override {
    return io_.read_base(offset, out);
  }
  Status read_target(std::uint32_t offset, const MutableBytes& out) override {
    return io_.read_target(offset, out);
  }
  std::uint32_t room() const override { return io_.room(); }
  void put(std::uint8_t byte) override { io_.put(byte); }
  std::uint32_t read_floor(std::uint32_t produced) const override { return io_.read_floor(produced); }

 private:
  Io io_;
};
template <class Io>
class Shareable<Io, false> : public Io {
 public:
  template <class... Arguments>
  explicit Shareable(Arguments&... arguments) : Io{arguments...} {}
  Io& shared() { return *this; }
};

}  // namespace tmd::detail
